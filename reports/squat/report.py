"""The report of one analysis, as a page and as a document."""

from dataclasses import dataclass
from pathlib import Path

from motion.analysis import Analysis
from motion.documents import SessionInfo
from reports.squat.content import content
from reports.squat.document import document
from reports.squat.page import page
from reports.squat.shots import shots


@dataclass(frozen=True, slots=True)
class Report:
    """The same contents twice: one HTML file that needs nothing else, and a PDF."""

    page: str
    pdf: bytes


def report(analysis: Analysis, info: SessionInfo, pictures: Path) -> Report:
    """In the language and measurement system of the request.

    The pictures of the views that were filmed have to be in the folder `pictures`: FileNotFoundError without.
    """
    said = content(analysis, info)
    seen = shots(pictures, analysis)
    return Report(page(said, seen), document(said, seen))
