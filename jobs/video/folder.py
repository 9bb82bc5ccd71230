"""The folder of one analysis: it appears whole, under its name, or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from schemas.shared.faults import Terminal

SESSION: Final = "session.json"
EXPORT: Final = "export.json"
ARCHIVE: Final = "export.zip"
KEYPOINTS: Final = "keypoints.csv"
ANGLES: Final = "angles.csv"
METRICS: Final = "metrics.csv"
VIDEO: Final = "analyzed.mp4"
PICTURES: Final = "pictures"
TEXTS: Final = "texts.json"
PAGE: Final = "report.html"
PDF: Final = "report.pdf"
LIFTS: Final = "lift-analysis.json"
NAMES: Final = frozenset(
    {SESSION, EXPORT, ARCHIVE, KEYPOINTS, ANGLES, METRICS, VIDEO, PICTURES, TEXTS, PAGE, PDF, LIFTS}
)
"""All that an analysis may leave in its folder."""


class FolderTaken(Terminal):
    """Something that no analysis wrote is where the folder of results should be."""


@contextmanager
def whole(folder: Path) -> Iterator[Path]:
    """A working folder beside `folder` that takes its place when the block ends well; else nothing is left of it.

    An earlier analysis there is replaced. FolderTaken where there is anything else; OSError where it cannot be written.
    """
    _refuse_what_is_not_ours(folder)
    target = folder.absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as beside:
        working = Path(beside) / "new"
        working.mkdir()
        yield working
        if target.exists():
            target.rename(Path(beside) / "old")
        working.rename(target)


def _refuse_what_is_not_ours(folder: Path) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise FolderTaken(f"{folder} is a file; name another folder with --out")
    others = sorted(entry.name for entry in folder.iterdir() if entry.name not in NAMES)
    if others:
        raise FolderTaken(f"{folder} holds {others[0]}, which no analysis wrote; name another folder with --out")
