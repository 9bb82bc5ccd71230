"""Messages as files of a folder, on their way from the process that makes them to the one that publishes them."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from event_log import Record

TOGETHER: Final = 8
"""Messages that are read at once, of a megabyte at most each."""


def write(folder: Path, messages: Iterable[Record]) -> bytes:
    """A message a file, all of one key, which is given back; the folder is new."""
    folder.mkdir()
    key = b""
    for number, message in enumerate(messages):
        (folder / f"{number:06}").write_bytes(message.value)
        key = message.key
    return key


def read(folder: Path, key: bytes) -> Iterator[list[Record]]:
    """They in their order, TOGETHER at a time."""
    files = sorted(folder.iterdir())
    for first in range(0, len(files), TOGETHER):
        yield [Record(key, file.read_bytes()) for file in files[first : first + TOGETHER]]
