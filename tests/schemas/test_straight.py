"""An event that goes straight onto the log lies there as one that was taken apart, and is refused as that one is."""

from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.shared.invalid import FieldError, Invalid
from schemas.shared.message import item_line, session_member, straight_line
from schemas.shared.straight import is_event_id
from schemas.shared.stream import streams
from schemas.shared.times import microseconds
from schemas.shared.validation import Accepted, EventValidator
from tests.kit.strategies import client_events, json_values
from tests.web.conftest import Clock

NOW = Clock().now
RECEIVED = microseconds(NOW)
ID = "0190B3A0-7c1e-7abc-8def-0123456789ab"
NAMES = ("media", "analytics", "errors")
VALIDATORS = {name: EventValidator(streams()[name]) for name in NAMES}
EVENTS = {name: client_events(streams()[name], NOW) for name in NAMES}
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, "", 0, -0.0, 25.0, -1e-400, 1e300, True, [], {}, "video", "a\u0007", "\u202e", '","media_id":"', "x" * 129]
)
PLACES = st.sampled_from(
    ["event", "session_id", "timestamp", "event_id", "sent_at", "media_id", "media_type", "sequence", "properties",
     "numeric_value", "page_url", "unknown", "data.position_seconds", "data.watched_seconds", "data.unknown", "data"]
)  # fmt: skip


class Told(NamedTuple):
    """What becomes of an event."""

    event_id: str | None
    session_id: str | None
    line: bytes


def told(event: Accepted) -> Told:
    if event.own:
        line = straight_line(event, ID.lower(), session_member(event.session_id))
    else:
        line = item_line(event, ID.lower())
    return Told(event.event_id, event.session_id, line)


def both(name: str, raw: bytes, sent_at: int | None = None, said: bytes = b"") -> list[Told | tuple[FieldError, ...]]:
    found: list[Told | tuple[FieldError, ...]] = []
    for way in (VALIDATORS[name].accept, VALIDATORS[name].written):
        try:
            found.append(told(way(raw, RECEIVED, sent_at, said)))
        except Invalid as invalid:
            found.append(invalid.errors)
    return found


def put(body: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    first, _, rest = path.partition(".")
    inner = body.get(first)
    return {**body, first: put(inner, rest, value) if rest and isinstance(inner, dict) else value}


def same(name: str, body: Any, **told_so: Any) -> None:
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    apart, straight = both(name, raw, **told_so)
    assert straight == apart


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_event_with_anything_in_any_place_has_the_same_line_or_the_same_refusal(
    name: str, data: st.DataObject
) -> None:
    body = data.draw(EVENTS[name])
    for path, value in data.draw(st.lists(st.tuples(PLACES, ODD | json_values()), max_size=2)):
        body = put(body, path, value)
    same(name, body, sent_at=data.draw(st.sampled_from([None, RECEIVED - 3_600_000_000])))


def media(**fields: Any) -> dict[str, Any]:
    return {
        "event": "heartbeat",
        "session_id": "s-1",
        "media_id": "m-1",
        "timestamp": "2026-02-17T09:59:00Z",
        "data": {"position_seconds": 1.5},
        **fields,
    }


@pytest.mark.parametrize(
    "fields",
    [
        {"media_type": "video"},
        {"media_type": None},
        {"media_type": "exercise", "sequence": 7},
        {"sequence": 7.0},
        {"event_id": ID},
        {"event_id": ID[:-1] + "\n"},
        {"event_id": ID[:-1]},
        {"event_id": ID.replace("-", "0")},
        {"event_id": ID[:-1] + "g"},
        {"event_id": ID[:-1] + "\u0660"},
        {"session_id": '","timestamp":1,"media_id":"'},
        {"session_id": "\u00e9t\u00e9"},
        {"session_id": "a\u200bb"},
        {"session_id": "a\u007fb"},
        {"media_id": 'say "data":{'},
        {"media_id": "zero -0.0, too"},
        {"data": {"position_seconds": -0.0, "watched_seconds": 0}},
        {"data": {"position_seconds": 0.0, "watched_seconds": None}},
        {"data": {}},
        {"event": "session_start", "data": {}},
        {"event": "session_start", "data": None},
        {"event": "error", "data": {"error_code": "E", "error_message": "mail me@example.org", "fatal": True}},
        {"event": "milestone", "data": {"percent": 50.0}},
        {"event": "quality_change", "data": {"to_resolution": "-0.0", "position_seconds": 2}},
        {"event": "unknown"},
        {"extra": None},
        {"extra": 1},
        {"timestamp": "2026-02-17t09:59:00z"},
        {"timestamp": "2026-02-17 09:59:00.123456789+01:30"},
        {"timestamp": "2026-02-17T09:59:00.12Z"},
        {"timestamp": "2026-02-17T24:00:00Z"},
        {"timestamp": "2026-02-30T09:59:00Z"},
        {"timestamp": "2026\u066002-17T09:59:00Z"},
        {"timestamp": "2026-W08-2T09:59:00Z"},
        {"timestamp": "1999-02-17T09:59:00Z"},
        {"timestamp": "2026-02-17T08:59:00Z", "sent_at": "2026-02-17T09:00:00Z"},
        {"sent_at": "never"},
    ],
    ids=str,
)
def test_a_media_event_has_the_same_line_or_refusal(fields: dict[str, Any]) -> None:
    same("media", media(**fields))
    same("media", media(**fields), said=b"said once")


@pytest.mark.parametrize(
    "fields",
    [
        {"page_url": "/library?token=hunter2"},
        {"page_url": "/library?page=2", "referrer_url": ""},
        {"properties": {"b": 1.0, "a": None, "c": {"timestamp": 1, "event_name": "x"}}},
        {"properties": {}},
        {"properties": {"text": "x" * 16 * 1024}},
        {"properties": {"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": {}}}}}}}}}},
        {"numeric_value": -0.0},
        {"numeric_value": -1.5},
        {"session_id": "s"},
    ],
    ids=lambda fields: str(fields)[:60],
)
def test_an_analytics_event_has_the_same_line_or_refusal(fields: dict[str, Any]) -> None:
    same("analytics", {"event_name": "page.view", "timestamp": "2026-02-17T09:59:00Z", **fields})


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"timestamp": "2026-02-17T09:59:00Z"},
        {"session_id": "s", "error_message": "token=hunter2"},
        {"timestamp": None, "media_position_seconds": -0.0},
    ],
    ids=str,
)
def test_a_report_of_an_error_has_the_same_line_or_refusal(fields: dict[str, Any]) -> None:
    same("errors", {"error_type": "video_error", **fields})


@pytest.mark.parametrize("name", NAMES)
def test_the_contracts_example_goes_straight(name: str) -> None:
    stream = streams()[name]
    example = {**stream.example, "session_id": "s-1"}
    assert VALIDATORS[name].written(msgspec.json.encode(example), RECEIVED).own


def test_no_event_goes_straight_of_a_stream_that_looks_into_its_items() -> None:
    pose = streams()["pose"]
    frame = msgspec.json.encode(pose.example["frames"][0])
    validator = EventValidator(pose)
    assert validator.written(frame, RECEIVED) == validator.accept(frame, RECEIVED)


@given(st.text(max_size=40) | st.from_regex(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", fullmatch=True))
def test_an_id_is_one_where_the_contracts_expression_says_so(text: str) -> None:
    (found,) = both("media", msgspec.json.encode(media(event_id=text)))[:1]
    assert is_event_id(text) is isinstance(found, Told)
