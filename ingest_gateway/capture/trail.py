"""What is done with a session, as a row of the audit log that is published beside the request's own message."""

from collections.abc import Mapping
from typing import Any, Final

from control.capture_sessions import CaptureSession
from event_log import Record
from ingest_gateway.taking.identifiers import TimeOrderedIds
from schemas.audit.house import Occasion
from schemas.capture.trail import STREAM, SessionAction, session_row

USER: Final = "user"

_ids: Final = TimeOrderedIds()


def record_of(
    action: SessionAction,
    session: CaptureSession,
    details: Mapping[str, Any],
    at: int,
    request_id: str,
    event_id: str | None = None,
) -> tuple[str, Record]:
    """The stream and the record; `at` in µs since 1970, `details` what there is beside the session_id.

    A request that may be repeated names the row itself by `event_id`, so that it is one row, too.
    """
    named = event_id or _ids.next(at)
    where = (session.tenant, session.subject, USER, "", request_id, session.project_id)
    return STREAM, Record(*session_row(Occasion(at, named, *where), action, session.id, details))
