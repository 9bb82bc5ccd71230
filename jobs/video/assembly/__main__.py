"""The process that makes a video; `python -m jobs.video.assembly (image|video) RATE DESCRIPTOR`.

On stdin come records: index and length as two unsigned 32-bit numbers, the higher byte first, and so many bytes. The
video goes to the open file DESCRIPTOR, what became of it to stdout as JSON.
"""

import errno
import sys
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from typing import BinaryIO

import cv2
import msgspec
from av.error import FFmpegError
from av.video.frame import VideoFrame

from jobs.video.assembly.limits import CPU_SECONDS, FILE_BYTES, MEMORY_BYTES
from jobs.video.assembly.made import RECORD, TOO_LARGE, Made
from jobs.video.assembly.pictures import Fitting, decoded, size_for
from jobs.video.assembly.pieces import copyable, frames, join
from jobs.video.assembly.runs import Run, gathered
from jobs.video.assembly.writer import Writer
from jobs.video.sandbox import OUT_OF_MEMORY, confine

Timed = tuple[Fraction, Fraction, VideoFrame]
"""From which second on a picture is shown, until when if no other follows, and the picture."""


def pieces(source: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The records, with their index."""
    while header := source.read(RECORD.size):
        index, length = RECORD.unpack(header)
        content = source.read(length)
        if len(content) < length:
            raise EOFError("whoever sends the pieces is gone")
        yield index, content


def from_pictures(source: BinaryIO, rate: Fraction, out: str) -> Made:
    """One picture a record, shown at its index; where one is missing or broken the one before it stays."""
    made = Made()
    _write(_timed(source, rate, made), out, made)
    return made


def _timed(source: BinaryIO, rate: Fraction, made: Made) -> Iterator[Timed]:
    first: int | None = None
    for index, content in pieces(source):
        frame = decoded(content)
        if frame is None:
            made.broken += 1
            continue
        first = index if first is None else first
        yield (index - first) / rate, (index - first + 1) / rate, frame


def from_video(source: BinaryIO, out: str) -> Made:
    """Pieces of a video in their order."""
    with gathered(content for _, content in pieces(source)) as runs:
        return _joined(runs, out)


def _joined(runs: list[Run], out: str) -> Made:
    known = [(run, found) for run in runs if (found := run.format()) is not None]
    good = [run for run, _ in known]
    made = Made(broken=len(runs) - len(good))
    if good and not (copyable([found for _, found in known]) and _copied(good, out, made)):
        _write(frames(good), out, made)
    return made


def _copied(runs: list[Run], out: str, made: Made) -> bool:
    """Whether MP4 took the packets as they are; it refuses some that are damaged."""
    try:
        pictures, seconds = join(runs, out)
    except FFmpegError:
        return False
    made.pictures, made.seconds = pictures, float(seconds)
    return True


def _write(timed: Iterator[Timed], out: str, made: Made) -> None:
    first = next(timed, None)
    if first is None:
        return
    size = size_for(first[2].width, first[2].height)
    fitting, last = Fitting(size), Fraction(0)
    with Writer(out, size) as writer:
        for begin, end, frame in chain((first,), timed):
            try:
                planes = fitting.planes(frame)
            except (FFmpegError, MemoryError):
                # such as a format of pixels that nobody converts
                made.broken += 1
                continue
            writer.add(begin, end, planes)
            last = max(last, end)
    made.pictures, made.seconds = writer.kept, float(last)


def main(kind: str, rate: str, descriptor: str) -> None:
    """Makes the video, and says what became of it."""
    confine(CPU_SECONDS, MEMORY_BYTES, FILE_BYTES)
    cv2.setNumThreads(1)
    source, out = sys.stdin.buffer, f"/dev/fd/{int(descriptor)}"
    try:
        made = from_pictures(source, Fraction(rate), out) if kind == "image" else from_video(source, out)
    except MemoryError:
        sys.exit(OUT_OF_MEMORY)
    except OSError as error:
        if error.errno != errno.EFBIG:
            raise
        sys.exit(TOO_LARGE)
    sys.stdout.buffer.write(msgspec.json.encode(made))


if __name__ == "__main__":
    main(*sys.argv[1:])
