"""The report of one analysis, as a page and as a document."""

from dataclasses import dataclass

from motion.analysis import Analysis
from motion.documents import SessionInfo
from reports.squat.content import Content, content
from reports.squat.page import page
from reports.squat.shots import Pictures, Shot, shots


@dataclass(frozen=True, slots=True)
class Report:
    """The same contents twice: one HTML file that needs nothing else, and a PDF."""

    page: str
    pdf: bytes


def report(analysis: Analysis, info: SessionInfo, pictures: Pictures) -> Report:
    """In the language and measurement system of the request."""
    said = content(analysis, info)
    seen = shots(pictures, analysis)
    return Report(page(said, seen), _document(said, seen))


def html(analysis: Analysis, info: SessionInfo, pictures: Pictures) -> str:
    """The page alone."""
    return page(content(analysis, info), shots(pictures, analysis))


def pdf(analysis: Analysis, info: SessionInfo, pictures: Pictures) -> bytes:
    """The PDF alone."""
    return _document(content(analysis, info), shots(pictures, analysis))


def _document(said: Content, seen: tuple[Shot, ...]) -> bytes:
    # what draws it takes a second to import, and a process that shows pages only never draws one
    from reports.squat.document import document

    return document(said, seen)
