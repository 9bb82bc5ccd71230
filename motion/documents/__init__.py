"""An analysis as documents and tables: plain values, ready for JSON and CSV, written by whoever has files."""

from motion.documents.export import export
from motion.documents.info import SessionInfo, Status
from motion.documents.joint_mobility import Shown, asked_angles, joint_mobility
from motion.documents.lift_analysis import lift_analysis
from motion.documents.readme import readme
from motion.documents.report import report, summary
from motion.documents.session import brief, session, unfinished
from motion.documents.tables import Table, angles_table, csv_text, export_table, keypoints_table, metrics_table
from motion.documents.threads import Kind, Thread, all_threads, thread, thread_ids, threads

__all__ = [
    "Kind",
    "SessionInfo",
    "Shown",
    "Status",
    "Table",
    "Thread",
    "all_threads",
    "angles_table",
    "asked_angles",
    "brief",
    "csv_text",
    "export",
    "export_table",
    "joint_mobility",
    "keypoints_table",
    "lift_analysis",
    "metrics_table",
    "readme",
    "report",
    "session",
    "summary",
    "thread",
    "thread_ids",
    "threads",
    "unfinished",
]
