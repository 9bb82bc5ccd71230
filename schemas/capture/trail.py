"""Rows of the audit log that capture writes: what was done with a session, and what a key had done with a person."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from schemas.audit import AUDIT
from schemas.audit.house import Message, Occasion, entry

STREAM: Final = AUDIT.name
"""Where the rows go."""


class SessionAction(StrEnum):
    """What the user of a session does; `details` are its session_id, and chunk_index or event_count."""

    INITIATED = "session_initiated"
    CHUNK = "chunk_uploaded"
    EVENTS = "events_uploaded"
    COMPLETED = "session_completed"


class PersonAction(StrEnum):
    """What the holder of a key has done with all there is of a person; `details` are subject_hash and counts."""

    EXPORT = "gdpr_export"
    DELETE = "gdpr_delete"


def session_row(occasion: Occasion, action: SessionAction, session_id: str, more: Mapping[str, Any]) -> Message:
    """A row of the session's user, who is the occasion's subject: an erasure takes what it says of them."""
    return entry(occasion, _fields(action, "session", session_id, {"session_id": session_id, **more}))


def person_row(
    occasion: Occasion, action: PersonAction, actor: str, subject: str, counts: Mapping[str, int]
) -> Message:
    """A row of the actor, such as api_key:ID. An erasure of the person leaves it: that it was done is what it shows."""
    details = {"subject_hash": subject, **counts}
    return entry(occasion, _fields(action, "person", subject, details), actor)


def _fields(action: str, resource: str, resource_id: str, details: Mapping[str, Any]) -> dict[str, Any]:
    named = {"action": action, "resource_type": resource, "resource_id": resource_id}
    return {**named, "status": "success", "metadata": details}
