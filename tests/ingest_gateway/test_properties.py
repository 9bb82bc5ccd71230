"""For any body there is an answer that is ours; for any valid event it is a 202, and the log holds what was sent."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.shared.meaning import object_text
from schemas.shared.stream import Stream
from schemas.shared.times import parsed
from tests.ingest_gateway.conftest import PATH, POSTED, Gateway, event
from tests.kit.strategies import client_events, json_values
from tests.web.conftest import Clock

pytestmark = pytest.mark.anyio

STREAMS = [stream for stream in POSTED if stream.items is None]
"""Requests of several items that are taken whole are in test_declared, pose frames in test_pose."""
EVENTS = {stream.name: client_events(stream, Clock().now) for stream in STREAMS}
VALID = msgspec.json.encode({"events": [event(), event("pause")]})
KEYS = st.sampled_from(["event", "events", "data", "session_id", "media_id", "timestamp", "sent_at", "event_id", "x"])
# The gateway keeps nothing between requests, so examples may share it.
examples = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])

WRONG: list[Any] = [None, 1, "event", {}, [], {"event": "unknown"}]


def put(body: dict[str, Any], path: list[str], value: Any) -> dict[str, Any]:
    """The body with another value at the end of the path, as far as it leads through objects."""
    first, *rest = path
    inner = body.get(first)
    return {**body, first: put(inner, rest, value) if rest and isinstance(inner, dict) else value}


BODIES = st.one_of(
    json_values(KEYS).map(msgspec.json.encode),
    st.builds(put, st.just(event()), st.lists(KEYS, min_size=1, max_size=2), json_values()).map(msgspec.json.encode),
    st.binary(max_size=100),
    st.builds(
        lambda start, length, junk: bytes(VALID[:start] + junk + VALID[start + length :]),
        st.integers(0, 200),
        st.integers(0, 5),
        st.binary(max_size=5),
    ),
)


@given(body=BODIES)
@examples
async def test_any_body_is_accepted_or_refused_and_never_breaks_anything(gateway: Gateway, body: bytes) -> None:
    before = len(gateway.recorder.messages)
    answer = await gateway.post(body)
    assert answer.status_code in (202, 400, 413)
    published = len(gateway.recorder.messages) - before
    if answer.status_code == 202:
        assert published == answer.json().get("accepted", 1)
    else:
        assert published == 0
        assert answer.json()["code"]


@given(
    headers=st.dictionaries(
        st.sampled_from(["Idempotency-Key", "Content-Type", "Content-Encoding", "Sec-GPC"]),
        st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"]), max_size=300),
    )
)
@examples
async def test_any_headers_are_accepted_or_refused(gateway: Gateway, headers: dict[str, str]) -> None:
    named = {"Content-Type": "application/json", **headers}
    async with gateway.client() as client:
        raw = [(name.encode(), value.encode("latin-1")) for name, value in named.items()]
        answer = await client.post(PATH, content=msgspec.json.encode(event()), headers=raw)
    assert answer.status_code in (202, 400, 415)


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
@given(data=st.data())
@examples
async def test_every_valid_event_is_accepted_and_lies_on_the_log_as_it_was_sent(
    gateway: Gateway, stream: Stream, data: st.DataObject
) -> None:
    body = data.draw(EVENTS[stream.name])
    answer = await gateway.post(body, path=stream.route_path, Authorization=gateway.poster(stream))
    assert answer.status_code == 202, answer.text
    topic, _ = gateway.recorder.published[-1]
    assert topic == stream.name
    check_same(body, gateway.recorder.messages[-1], stream)


def check_same(body: dict[str, Any], message: Mapping[str, Any], stream: Stream) -> None:
    """Everything that was sent is in the message or its default, masked, at the corrected time; nulls are absent."""
    own = {column.name for column in stream.kinds[message["event_type"]]}
    sent = {name: value for name, value in flat(body, stream).items() if value is not None}
    counts = {**stream.defaults(message["event_type"]), **written(sent, stream)}
    said = {**stream.defaults(message["event_type"]), **message}
    assert {name: said[name] for name in own & said.keys()} == {name: counts[name] for name in own & counts.keys()}
    if "timestamp" in sent:
        behind = message["received_at"] - parsed(sent["sent_at"]) if "sent_at" in sent else 0
        late = behind if abs(behind) > 60_000_000 else 0
        assert message["occurred_at"] == parsed(sent["timestamp"]) + late


def written(sent: Mapping[str, Any], stream: Stream) -> Mapping[str, Any]:
    """What was sent with its objects as texts, and without what the stream masks."""
    texts = {name: object_text(sent[name]).decode() for name in stream.objects & sent.keys()}
    plain = {**sent, **texts}
    return plain if stream.mask is None else stream.mask(plain)


def flat(body: dict[str, Any], stream: Stream) -> dict[str, Any]:
    nested = {name: value for part in stream.nested for name, value in (body.get(part) or {}).items()}
    return {name: value for name, value in body.items() if name not in stream.nested} | nested


@pytest.mark.parametrize("stream", [stream for stream in STREAMS if stream.batches], ids=lambda stream: stream.name)
@given(data=st.data())
@examples
async def test_a_batch_accepts_exactly_its_valid_items(gateway: Gateway, stream: Stream, data: st.DataObject) -> None:
    good = EVENTS[stream.name].map(lambda body: (True, body))
    bad: st.SearchStrategy[tuple[bool, Any]] = st.sampled_from(WRONG).map(lambda body: (False, body))
    items = data.draw(st.lists(good | bad, max_size=6))
    batch = {"events": [body for _, body in items]}
    answer = await gateway.post(batch, path=stream.route_path, Authorization=gateway.poster(stream))
    assert answer.status_code == (202 if any(valid for valid, _ in items) else 400)
    results = answer.json()["results"]
    assert [result["status"] == "accepted" for result in results] == [valid for valid, _ in items]
