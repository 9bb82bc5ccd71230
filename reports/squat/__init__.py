"""The report of an overhead squat for those who squat: a page and a document with the same contents."""

from pathlib import Path
from typing import TYPE_CHECKING

from jobs.video import folder as names
from reports.squat.content import content
from reports.squat.document import document
from reports.squat.page import page
from reports.squat.shots import shots

if TYPE_CHECKING:
    from jobs.video.results import Finished

__all__ = ["write_report"]


def write_report(folder: Path, finished: "Finished") -> None:
    """`report.html` and `report.pdf`, in the language and measurement system of the request.

    The pictures of the views that were filmed have to be in the folder: FileNotFoundError without.
    """
    analysis = finished.analysis
    said = content(analysis, finished.info)
    seen = shots(folder / names.PICTURES, analysis)
    (folder / names.PAGE).write_text(page(said, seen), encoding="utf-8")
    (folder / names.PDF).write_bytes(document(said, seen))
