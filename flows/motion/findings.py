"""The findings of analyses as rows of the tables that are beside motion_sessions."""

import structlog

from flows.conveyor.batch import Batch
from schemas.motion import SESSIONS
from sinks.motion.parts import findings_of

log = structlog.get_logger()


def with_findings(batch: Batch) -> Batch:
    """The same rows, with what analyses among them found in a row each.

    Whoever publishes has findings checked (`schemas.motion.sessions`). Where bytes that nobody checked hold others, the
    analysis stays as it is, without any, and the process says so.
    """
    if "findings" not in batch.rows.columns:
        return batch
    found, unread = findings_of(batch.rows)
    for session_id, why in unread.items():
        log.error("findings_unread", session_id=session_id, detail=why)
    for table, rows in found.items():
        batch = batch.adding(table, rows)
    return batch.with_rows(batch.rows.drop(SESSIONS.log_only))
