"""Bodies read without HTTP: what a write key opens, and what an item that was read lies on the log as."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_DNS

import msgspec

from ingest_gateway.analytics.reading import reading
from ingest_gateway.door.protocol import Opened, Read, Said
from schemas.analytics import STREAM
from schemas.shared.envelope import ITEM_COLUMNS
from schemas.shared.message import session_member, straight_line
from schemas.shared.named_ids import named_ids
from schemas.shared.times import microseconds
from schemas.shared.validation import EventValidator

NOW = datetime(2026, 11, 28, 8, 15, 33, tzinfo=UTC)
TIME = "2026-11-28T08:15:32.393Z"
CATEGORIES = {"analytics": 2, "performance": 2, "statistics": 2, "marketing": 3, "advertising": 3}
ID = "00000000-0000-4000-8000-000000000000"
VALIDATOR = EventValidator(STREAM)


def subject_of(identifier: str) -> str:
    return hmac.new(b"clinic", identifier.encode(), hashlib.sha256).hexdigest()


def opened(**said: Any) -> Opened:
    """What a public key opens at NOW."""
    values: dict[str, Any] = {
        "key_id": "key-1",
        "tenant": "clinic",
        "person": None,
        "level": 2,
        "server": False,
        "categories": CATEGORIES,
        "subject_of": subject_of,
        "id_of": named_ids(NAMESPACE_DNS),
        "query": {},
        "received_at": microseconds(NOW),
    }
    return Opened(**{**values, **said})


def read(body: Any, kind: str | None = None, **said: Any) -> Read:
    """What a body holds: bytes as they are, anything else as JSON."""
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return reading(VALIDATOR, kind)(opened(**said), raw)


def item(kind: str = "track", **members: Any) -> dict[str, Any]:
    """One that is taken; members set to ... are left out."""
    usual = {"type": kind, "userId": "user-7", "messageId": "m-1", "timestamp": TIME, "event": "Plan Opened"}
    return {name: value for name, value in {**usual, **members}.items() if value is not ...}


def one(body: Any, kind: str | None = None, **said: Any) -> Said:
    """The only item of a body that is taken."""
    found = read(body, kind, **said)
    assert found.refused == {}
    (only,) = found.said
    return only


def line(said: Said) -> dict[str, Any]:
    """All of its line on the log."""
    event = said.event
    line = straight_line(event, event.event_id or ID, session_member(event.session_id))
    decoded: dict[str, Any] = msgspec.json.decode(line)
    return decoded


def row(said: Said) -> dict[str, Any]:
    """Its columns of the stream's own; those of objects read."""
    envelope = {column.name for column in ITEM_COLUMNS}
    return {name: _read(name, value) for name, value in line(said).items() if name not in envelope}


def stored(body: Any, kind: str | None = None, **said: Any) -> dict[str, Any]:
    """The columns of the only item."""
    return row(one(body, kind, **said))


def refused(body: Any, kind: str | None = None, **said: Any) -> Mapping[str, int]:
    """Why nothing of a body is taken."""
    found = read(body, kind, **said)
    assert found.said == []
    return found.refused


def _read(name: str, value: Any) -> Any:
    return msgspec.json.decode(value) if name in STREAM.objects else value
