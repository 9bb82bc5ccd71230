"""The quick way of usual requests makes the same of them as the way of every stream."""

from typing import Any

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from ingest_gateway.capture.interactions import items_of, usual
from ingest_gateway.taking.admission import Admission
from ingest_gateway.taking.forms import taken_of
from ingest_gateway.taking.identifiers import TimeOrderedIds, repeatable_id
from ingest_gateway.taking.intake import Intake
from schemas.capture import EVENTS
from schemas.shared.requests import Head, RequestValidator
from schemas.shared.validation import EventValidator
from tests.kit.capture import CALLER, event
from web.problems import Problem

STARTED = 1_771_322_400_000_000
RECEIVED = STARTED + 60_000_000
SESSION = "01900000-0000-7000-8000-000000000001"
HEAD = Head(SESSION, None, {"project_id": "project", "session_created_at": STARTED}, b"")
REQUESTS, VALIDATOR = RequestValidator(None, "events"), EventValidator(EVENTS)

numbers = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)
pixels = st.none() | st.integers(-10, 2000) | st.sampled_from([450.0, 450.5, -0.0, 1_000_001, "1", True])
events = st.fixed_dictionaries(
    {"event_type": st.text(max_size=6), "timestamp_ms": st.integers(-1, 200_000_000)},
    optional={
        "x": pixels,
        "y": pixels,
        "target": st.none() | st.text(max_size=9),
        "payload": st.none() | st.dictionaries(st.text(max_size=4), values, max_size=4) | st.just([1]),
        "event_id": st.just("00000000-0000-4000-8000-000000000001"),
        "more": values,
    },
)


def slowly(body: bytes) -> list[dict[str, Any]] | None:
    """What every stream's way makes of it; None where it refuses any of it."""
    intake = Intake(Admission(EVENTS, CALLER), VALIDATOR, TimeOrderedIds(), "k", RECEIVED, HEAD, holder="project")
    outcomes = intake.judged(REQUESTS.accept(body).items)
    if any(isinstance(outcome, Problem) for outcome in outcomes):
        return None
    return [msgspec.json.decode(taken.item) for taken in taken_of(outcomes)]


def quickly(body: bytes) -> list[dict[str, Any]] | None:
    """What the quick way makes of it; None where it leaves it to the other."""
    written = usual(body, STARTED, RECEIVED)
    if written is None:
        return None
    ids = [repeatable_id("acme", "project", EVENTS.name, "k", index) for index in range(len(written))]
    return [msgspec.json.decode(item) for item in items_of(written, ids)]


@given(st.lists(events, max_size=4))
@example([event(payload={"a": [1e19, -0.0, 1.0, None, {"b": '\u2028\\"'}], "c": None})])
@example([event(payload={"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": 1}}}}}}}})])
@example([event(), event(12, x=None, y=None, target=None, payload=None)])
def test_what_goes_quickly_comes_out_as_it_would_have_slowly(sent: list[dict[str, Any]]) -> None:
    body = msgspec.json.encode({"events": sent})
    quick = quickly(body)
    assert quick is None or quick == slowly(body)


def test_what_clients_mostly_send_goes_quickly() -> None:
    usual_ones = [
        event(payload={"buttonText": "Save"}),
        event(3500, event_type="input"),
        {"event_type": "a", "timestamp_ms": 0},
    ]
    assert quickly(msgspec.json.encode({"events": usual_ones})) is not None
