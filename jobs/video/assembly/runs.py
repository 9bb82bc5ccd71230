"""Pieces of a video as they come: bytes behind bytes, and a new run where a piece begins with a file's own header."""

import io
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, Final

import av
from av.container import InputContainer
from av.error import FFmpegError

from jobs.video.assembly.limits import MOST_PIXELS
from jobs.video.decode import OPEN_OPTIONS, pictured
from jobs.video.limits import CODECS

EBML: Final = b"\x1a\x45\xdf\xa3"
FTYP: Final = b"ftyp"


@dataclass(frozen=True, slots=True)
class Format:
    """What must be the same for two runs to stand in one track."""

    codec: str
    size: tuple[int, int]
    extra: bytes | None


@dataclass(frozen=True, slots=True)
class Run:
    """A file within a file: `descriptor` from `begin` up to `end`."""

    descriptor: int
    begin: int
    end: int

    @contextmanager
    def opened(self) -> Iterator[InputContainer]:
        """Its container, within CONTAINERS and without any other file; raises av.error.FFmpegError."""
        with av.open(_Window(self), "r", options=dict(OPEN_OPTIONS), metadata_errors="ignore") as container:
            yield container

    def format(self) -> Format | None:
        """What its moving pictures are; None where it has none that are taken."""
        try:
            with self.opened() as container:
                return _format(container)
        except (FFmpegError, MemoryError):
            # such as a piece whose header never came: nobody can read it
            return None


class Runs:
    """Runs in one file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._begins: list[int] = []
        self._end = 0

    def add(self, piece: bytes) -> None:
        """The next piece."""
        if not self._begins or piece.startswith(EBML) or piece[4:8] == FTYP:
            self._begins.append(self._end)
        left = memoryview(piece)
        while left:
            left = left[self._file.write(left) :]
        self._end += len(piece)

    def all(self) -> list[Run]:
        """The runs so far."""
        ends = [*self._begins[1:], self._end][: len(self._begins)]
        return [Run(self._file.fileno(), begin, end) for begin, end in zip(self._begins, ends, strict=True)]


@contextmanager
def gathered(pieces: Iterable[bytes]) -> Iterator[list[Run]]:
    """The runs of these pieces, in a file that has no name, so nothing of it outlives the process.

    Raises OSError where the limit of the process's files is reached.
    """
    with TemporaryFile(buffering=0) as file:
        runs = Runs(file)
        for piece in pieces:
            runs.add(piece)
        yield runs.all()


class _Window(io.RawIOBase):
    """A run as a file of its own."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        left = self._run.end - self._run.begin - self._at
        found = os.pread(
            self._run.descriptor, left if size < 0 else max(0, min(size, left)), self._run.begin + self._at
        )
        self._at += len(found)
        return found

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        origin = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._run.end - self._run.begin}[whence]
        self._at = max(0, origin + offset)
        return self._at

    def tell(self) -> int:
        return self._at


def _format(container: InputContainer) -> Format | None:
    stream = pictured(container)
    if stream is None or stream.codec_context is None:
        return None
    context = stream.codec_context
    codec = context.codec.canonical_name
    if codec not in CODECS or not 0 < context.width * context.height <= MOST_PIXELS:
        return None
    return Format(codec, (context.width, context.height), context.extradata)
