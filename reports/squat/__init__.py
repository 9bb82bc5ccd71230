"""The report of an overhead squat for those who squat: a page and a document with the same contents."""

from reports.squat.report import Report, report

__all__ = ["Report", "report"]
