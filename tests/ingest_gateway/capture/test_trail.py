"""What capture writes into the audit log: whose row it is, what is in it, and what never is."""

from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec

from control.capture_sessions import CaptureSession
from ingest_gateway.capture.trail import record_of
from schemas.audit.house import Occasion
from schemas.capture.trail import PersonAction, SessionAction, person_row
from schemas.shared.times import microseconds

AT = datetime(2026, 4, 25, 10, 30, tzinfo=UTC)
PROJECT = "22222222-2222-2222-2222-222222222222"
SUBJECT = "5" * 64
SESSION = CaptureSession(
    id="a1b2c3d4-e5f6-7890-abcd-ef1234567890",
    tenant="clinic",
    project_id=PROJECT,
    subject=SUBJECT,
    user_id="alice@example.org",
    capture_mode="hybrid",
    frame_rate=10.0,
    created_at=AT,
)


def lines(value: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    head, item = value.splitlines()
    return msgspec.json.decode(head), msgspec.json.decode(item)


def test_what_is_done_with_a_session_is_a_row_of_its_users_subject_in_its_project() -> None:
    stream, record = record_of(SessionAction.EVENTS, SESSION, {"event_count": 2}, microseconds(AT), "request")
    head, item = lines(record.value)
    assert (stream, record.key) == ("audit", b"clinic")
    told = {"subject": SUBJECT, "actor": SUBJECT, "actor_source": "house", "actor_type": "user", "project_id": PROJECT}
    assert told.items() <= head.items()
    assert (item["action"], item["resource_type"], item["resource_id"]) == ("events_uploaded", "session", SESSION.id)
    assert msgspec.json.decode(item["metadata"]) == {"session_id": SESSION.id, "event_count": 2}
    assert b"alice" not in record.value


def test_a_row_with_an_id_is_the_same_message_each_time() -> None:
    told = partial(record_of, SessionAction.INITIATED, SESSION, {}, microseconds(AT), "request")
    assert told("an-id") == told("an-id")
    assert told() != told()


def test_what_a_key_does_with_a_person_is_no_row_of_theirs_and_names_the_key() -> None:
    occasion = Occasion(microseconds(AT), "an-id", "clinic", "", "system", "", "request", PROJECT)
    counts = {"deleted_sessions": 5, "deleted_events": 120}
    message = person_row(occasion, PersonAction.DELETE, "api_key:key-7", SUBJECT, counts)
    head, item = lines(message.value)
    assert (head["subject"], head["actor"], head["project_id"]) == ("", "api_key:key-7", PROJECT)
    assert msgspec.json.decode(item["metadata"]) == {"subject_hash": SUBJECT, **counts}
