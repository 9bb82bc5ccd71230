"""The report of an overhead squat for those who squat: a page and a document with the same contents."""

from reports.squat.report import Report, html, pdf, report
from reports.squat.shots import Pictures

__all__ = ["Pictures", "Report", "html", "pdf", "report"]
