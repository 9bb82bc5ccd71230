"""Folders that a film's results lie in beside the stores, which nobody's death leaves there for long."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

PREFIX: Final = "kinelake-film-"


@contextmanager
def own_folder() -> Iterator[Path]:
    """A new one, gone with the block; those of workers that have died go first.

    Whoever has one holds its lock, which ends with the process however that ends.
    """
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        _remove_dead(left)
    folder, lock = _locked()
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
        os.close(lock)


def _locked() -> tuple[Path, int]:
    """Another worker may take a folder for a dead one's that has no lock yet: then there is one more."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        try:
            lock = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:
            continue
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.exists():
            return folder, lock
        os.close(lock)


def _remove_dead(folder: Path) -> None:
    try:
        lock = os.open(folder, os.O_RDONLY)
    except (FileNotFoundError, PermissionError):
        # gone by now, or another user's
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError:
        # somebody works there
        return
    finally:
        os.close(lock)
