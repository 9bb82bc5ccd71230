"""How an analysis ends without a result, in the session and on the log; and sessions that nobody brings to an end."""

from collections.abc import Sequence
from typing import Any, Final

import structlog

from control.motion_sessions import MotionSession
from control.written_offsets import Written
from event_log import Position, Record
from jobs.motion.heads import Filmed, failed
from jobs.motion.version import ANALYSIS_VERSION
from jobs.work import Context
from schemas.motion import SESSIONS
from schemas.shared.times import microseconds

INTERNAL: Final = "internal"
"""No word about the film: a fault of ours, or of the machine."""

log = structlog.get_logger()


def filmed(session: MotionSession) -> Filmed:
    """Whose film it is, as messages say it."""
    return Filmed(
        tenant=session.tenant,
        subject=session.subject,
        session_id=session.id,
        request_id=session.request_id,
        consent_level=session.consent_level,
        consent_source=session.consent_source,
        gpc=session.gpc,
    )


def failing(session: MotionSession, at: int, reason: str) -> tuple[Record, dict[str, Any]]:
    """The message and the session's new members; where an earlier analysis counts, it goes on to."""
    message = failed(filmed(session), ANALYSIS_VERSION, at, reason)
    if session.analysis_version is not None:
        return message, {"status": "done", "progress": 100.0}
    return message, {"status": "failed", "error": reason}


def written(session_id: str, stream: str, positions: Sequence[Position]) -> list[Written]:
    """Where messages lie, for who reads the session."""
    return [Written(f"session:{session_id}", stream, each.partition, each.offset + 1) for each in positions]


def end_left_alone(context: Context) -> None:
    """Sessions have failed whose job was given up because its workers died: nobody was left to say so."""
    control = context.lake.control
    for session in control.motion_sessions.left_alone():
        message, values = failing(session, microseconds(context.clock()), INTERNAL)
        positions = context.publish(SESSIONS.name, [message])
        control.written.note(written(session.id, SESSIONS.name, positions))
        control.motion_sessions.note(session.id, **values)
        log.error("analysis_left_alone", session_id=session.id)
