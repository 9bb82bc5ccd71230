"""Control stores of tests: a process of tests runs the migrations once, every folder gets a copy of what they made."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from control.store import Control

FILE = "control.db"


def migrated(folder: Path) -> str:
    """The URL of the folder's control store: an empty one at this version's schema, unless there is one."""
    path = folder / FILE
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(_empty())
    return _url(path)


@cache
def _empty() -> bytes:
    """The file of a store that nobody has written to."""
    with TemporaryDirectory() as folder:
        path = Path(folder, FILE)
        Control.open(_url(path)).close()
        return path.read_bytes()


def _url(path: Path) -> str:
    return f"sqlite:///{path}"
