"""An analysis as documents and tables: plain values, ready for JSON and CSV, written by whoever has files."""

from motion.documents.export import export
from motion.documents.info import SessionInfo, Status
from motion.documents.joint_mobility import joint_mobility
from motion.documents.lift_analysis import lift_analysis
from motion.documents.readme import readme
from motion.documents.report import report, summary
from motion.documents.session import session, unfinished
from motion.documents.tables import Table, angles_table, keypoints_table, metrics_table

__all__ = [
    "SessionInfo",
    "Status",
    "Table",
    "angles_table",
    "export",
    "joint_mobility",
    "keypoints_table",
    "lift_analysis",
    "metrics_table",
    "readme",
    "report",
    "session",
    "summary",
    "unfinished",
]
