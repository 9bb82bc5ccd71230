"""Blobs while they come: written aside, and under their name only when they are whole.

On a bucket the library does so by itself. In a folder this module does: a blob is on the disk before it has its name,
as the log's messages are, which the library does not promise.
"""

import io
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Final, Protocol

from obstore import open_writer
from obstore.store import ObjectStore

from blob_store.media_types import media_type_of

PART_BYTES: Final = 8 * 2**20
"""What is held in memory of a file on its way to a bucket, and what a bucket takes at once."""
PARTS: Final = ".parts"
"""The folder beside the blobs where they are written; no blob's name begins with a dot."""
MAKING_FOLDERS: Final = 20
"""Times that a folder is made which the removal of another blob takes away again."""


class Upload(Protocol):
    """A blob that comes in pieces; nothing is done before the first call."""

    def write(self, pieces: Sequence[bytes]) -> None:
        """More of it."""

    def keep(self, pieces: Sequence[bytes] = ()) -> None:
        """The last of it; now it is there under its name, for good."""

    def drop(self) -> None:
        """Nothing of it stays."""


class FolderUpload:
    """A blob on its way into a folder."""

    def __init__(self, root: Path, name: str) -> None:
        self._root = root
        self._target = f"{root}/{name}"
        self._part = f"{root}/{PARTS}/{secrets.token_hex(16)}"

    @cached_property
    def _file(self) -> io.FileIO:
        try:
            return io.FileIO(self._part, "x")
        except FileNotFoundError:
            (self._root / PARTS).mkdir(exist_ok=True)
            return io.FileIO(self._part, "x")

    def write(self, pieces: Sequence[bytes]) -> None:
        """More of it."""
        for piece in pieces:
            left = memoryview(piece)
            while left:
                left = left[self._file.write(left) :]

    def keep(self, pieces: Sequence[bytes] = ()) -> None:
        """The last of it; now it is on the disk under its name."""
        self.write(pieces)
        with self._file:
            os.fsync(self._file.fileno())
        moved(self._root, self._part, self._target)

    def drop(self) -> None:
        """Nothing of it stays."""
        if "_file" in vars(self):
            self._file.close()
            Path(self._part).unlink(missing_ok=True)


def moved(root: Path, source: str, target: str) -> None:
    """A file of the folder `root` has that path from now on, on the disk as well; it replaces what was there."""
    folder, made = Path(target).parent, _named(source, target)
    # a name is as durable as its folder, and a folder as the one that it is in
    for each in (folder, *(folder.parents if made else ())):
        _on_disk(each)
        if each == root:
            break


def _named(source: str, target: str) -> bool:
    """Whether the target's folder had to be made."""
    for attempt in range(MAKING_FOLDERS):
        # a folder may be there and gone again while it is looked at
        with suppress(FileNotFoundError, FileExistsError):
            if attempt:
                Path(target).parent.mkdir(parents=True, exist_ok=True)
            os.replace(source, target)
            return attempt > 0
    os.replace(source, target)
    return True


def _on_disk(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class BucketUpload:
    """A blob on its way into a bucket: one request where it is smaller than a part, else a multipart upload."""

    def __init__(self, store: ObjectStore, name: str) -> None:
        about = {"Content-Type": media_type_of(name)}
        self._writer = open_writer(store, name, attributes=about, buffer_size=PART_BYTES)

    def write(self, pieces: Sequence[bytes]) -> None:
        """More of it."""
        for piece in pieces:
            self._writer.write(piece)

    def keep(self, pieces: Sequence[bytes] = ()) -> None:
        """The last of it; now it is there under its name."""
        self.write(pieces)
        self._writer.close()

    def drop(self) -> None:
        """Nothing of it stays: the parts that were uploaded are removed."""
        abandoned = InterruptedError("the blob is not wanted any more")
        self._writer.__exit__(type(abandoned), abandoned, None)
