"""One event: the contract's answer, what lies on the log, and which id it has there."""

import gzip
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest
import zstandard
from prometheus_client import REGISTRY

from schemas.media.events import STREAM
from schemas.shared import client_context
from schemas.shared.stream import Stream, streams
from tests.ingest_gateway.conftest import PATH, POSTED, SESSION, Gateway, event

pytestmark = pytest.mark.anyio

ID = "0b7a4c1e-8d53-4e7a-9a51-6d1f0c9b2e44"
MILLISECOND = 1000
SECOND = 1_000_000
NOON = 1_771_322_400 * SECOND
"""2026-02-17T10:00:00Z, where the clock of these tests stands."""


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_the_contracts_example_gets_the_contracts_answer(gateway: Gateway) -> None:
    answer = await gateway.post(STREAM.example)
    assert answer.status_code == 202
    assert answer.headers["Content-Type"] == "application/json"
    body = answer.json()
    assert list(body) == ["status", "event_id", "session_id"]
    assert (body["status"], body["session_id"]) == ("accepted", SESSION)
    assert uuid.UUID(body["event_id"]).version == 7


@pytest.mark.parametrize("stream", POSTED, ids=lambda stream: stream.name)
async def test_every_stream_takes_its_example_and_repeats_the_keys_it_promises(
    gateway: Gateway, stream: Stream
) -> None:
    answer = await gateway.post(stream.example, path=stream.route_path, Authorization=gateway.poster(stream))
    assert answer.status_code == 202
    assert list(answer.json()) == ["status", "event_id" if stream.items is None else stream.accepted_as, *stream.echo]
    assert [topic for topic, _ in gateway.recorder.published] == [stream.name]


async def test_an_accepted_event_lies_on_the_log_with_its_envelope(gateway: Gateway) -> None:
    sent = event("heartbeat", {"position_seconds": 12.5, "dropped_frames": 3, "mood": "fine"}, color="red")
    answer = await gateway.post(sent, Sec_GPC="1", X_Request_Id="request-1")
    (message,) = gateway.recorder.messages
    digest = message.pop("payload_digest")
    assert -(2**63) <= digest < 2**63
    assert message == {
        "event_type": "heartbeat",
        "event_id": answer.json()["event_id"],
        "schema_version": 2,
        "occurred_at": NOON,
        "session_id": SESSION,
        "tenant": "acme",
        "subject": message["subject"],
        "received_at": NOON,
        "request_id": "request-1",
        "consent_level": 2,
        "consent_source": "token",
        "gpc": True,
        "media_id": "exercise-1",
        "position_seconds": 12.5,
        "dropped_frames": 3,
        "data": '{"mood":"fine"}',
        "extra": '{"color":"red"}',
    }
    assert "zoe" not in str(message)


@pytest.mark.parametrize("name", ["media", "analytics"])
async def test_no_client_says_by_which_key_its_event_came(gateway: Gateway, name: str) -> None:
    stream, claimed = streams()[name], {"ingest_key": "somebody's", "source": "cmcd"}
    answer = await gateway.post({**stream.example, **claimed}, path=stream.route_path)
    assert answer.status_code == 202
    (message,) = gateway.recorder.messages
    assert msgspec.json.decode(message["extra"]) == claimed
    assert not {*claimed} & {*message}


async def test_the_address_and_the_user_agent_travel_beside_the_value(gateway: Gateway) -> None:
    await gateway.post(event(), X_Forwarded_For="203.0.113.9", User_Agent="Player/1.0")
    ((_, record),) = gateway.recorder.published
    assert client_context.decode(record.client) == ("203.0.113.9", "Player/1.0")
    assert b"203.0.113.9" not in record.value
    assert record.key == f"acme:{SESSION}".encode()


async def test_a_clients_id_is_kept_in_lower_case(gateway: Gateway) -> None:
    answer = await gateway.post(event(event_id=ID.upper()))
    assert answer.json()["event_id"] == ID
    assert gateway.recorder.messages[0]["event_id"] == ID


async def test_a_retry_with_the_same_idempotency_key_has_the_same_id_whatever_the_body_says(gateway: Gateway) -> None:
    answers = [await gateway.post(event(**body), Idempotency_Key="order-1") for body in ({}, {"event_id": ID})]
    first, second = (answer.json()["event_id"] for answer in answers)
    assert first == second != ID
    assert uuid.UUID(first).version == 5


@pytest.mark.parametrize(
    ("who", "key"),
    [({"sub": "yan"}, "order-1"), ({"org": "umbrella"}, "order-1"), ({}, "order-2")],
    ids=["another person", "another organisation", "another key"],
)
async def test_an_idempotency_key_is_its_holders_own(gateway: Gateway, who: dict[str, Any], key: str) -> None:
    first = await gateway.post(event(), Idempotency_Key="order-1")
    token = gateway.site.token(**who)
    second = await gateway.post(event(), Idempotency_Key=key, Authorization=f"Bearer {token}")
    assert first.json()["event_id"] != second.json()["event_id"]


@pytest.mark.parametrize(
    ("timestamp", "micros"),
    [
        ("2026-02-17T11:00:00+01:00", 0),
        ("2026-02-17T09:59:59.9Z", -100 * MILLISECOND),
        ("2026-02-17T10:00:00.000001999Z", 1),
        ("2026-02-18T10:00:00Z", 86_400 * SECOND),
        ("2024-02-18T10:00:00Z", -730 * 86_400 * SECOND),
    ],
    ids=["an offset", "a tenth", "nine digits are cut", "24 h ahead", "730 days old"],
)
async def test_times_are_taken_as_rfc_3339_says(gateway: Gateway, timestamp: str, micros: int) -> None:
    answer = await gateway.post(event(timestamp=timestamp))
    assert answer.status_code == 202
    assert gateway.recorder.messages[0]["occurred_at"] == NOON + micros


async def test_sent_at_corrects_a_clock_that_is_wrong(gateway: Gateway) -> None:
    two_days_ahead = event(timestamp="2026-02-19T09:59:50Z", sent_at="2026-02-19T10:00:00Z")
    assert (await gateway.post(two_days_ahead)).status_code == 202
    (message,) = gateway.recorder.messages
    assert message["occurred_at"] == NOON - 10 * SECOND
    assert message["client_occurred_at"] == NOON + 2 * 86_400 * SECOND - 10 * SECOND


@pytest.mark.parametrize(("seconds", "corrected"), [(0, 0), (60, 0), (61, 61), (-60, 0), (-61, -61)])
async def test_only_a_clock_that_is_off_by_more_than_a_minute_is_corrected(
    gateway: Gateway, seconds: int, corrected: int
) -> None:
    sent_at = (gateway.site.clock() - timedelta(seconds=seconds)).isoformat()
    await gateway.post(event(sent_at=sent_at))
    assert gateway.recorder.messages[0]["occurred_at"] == NOON + corrected * SECOND


@pytest.mark.parametrize("percent", [b"25", b"25.0", b"2.5e1", b"25.000"])
async def test_a_whole_number_with_a_zero_fraction_is_an_integer(gateway: Gateway, percent: bytes) -> None:
    body = msgspec.json.encode(event("milestone", {"percent": 0})).replace(b'"percent":0', b'"percent":' + percent)
    assert (await gateway.post(body)).status_code == 202
    assert repr(gateway.recorder.messages[0]["percent"]) == "25"


async def test_a_negative_zero_is_zero(gateway: Gateway) -> None:
    sent = {"position_seconds": 1, "dropped_frames": -0.0}
    assert (await gateway.post(event("heartbeat", sent))).status_code == 202
    assert repr(gateway.recorder.messages[0]["dropped_frames"]) == "0"


async def test_the_oldest_age_is_a_setting(gateway: Gateway) -> None:
    async with gateway.client(gateway.app(max_age_days=1)) as client:
        old = event(timestamp="2026-02-16T09:59:59Z")
        assert (await client.post(PATH, json=old)).json()["errors"] == [
            {"field": "timestamp", "message": "is older than 1 days"}
        ]


async def test_null_is_the_same_as_absent(gateway: Gateway) -> None:
    with_nulls = event("milestone", {"percent": 25, "position_seconds": None}, event_id=None, media_type=None, x=None)
    await gateway.post(with_nulls)
    await gateway.post(event("milestone", {"percent": 25}))
    first, second = gateway.recorder.messages
    assert first["payload_digest"] == second["payload_digest"]
    assert first.keys() == second.keys()


@pytest.mark.parametrize("level", [0, 1])
async def test_consent_that_is_too_low_is_refused_and_only_counted(gateway: Gateway, level: int) -> None:
    before = counted("kinelake_consent_refusals_total", stream="media")
    answer = await gateway.post(event(), Authorization=f"Bearer {gateway.site.token(consent=level)}")
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["code"]) == (403, "consent_required")
    assert (body["required"], body["given"]) == (2, level)
    assert gateway.recorder.published == []
    assert counted("kinelake_consent_refusals_total", stream="media") == before + 1


async def test_a_trusted_proxy_may_lower_the_level_below_what_is_needed(gateway: Gateway) -> None:
    assert (await gateway.post(event(), X_Consent_Level="1")).status_code == 403
    assert (await gateway.post(event(), X_Consent_Level="3")).status_code == 202


@pytest.mark.parametrize(
    ("encoding", "pack"), [("identity", bytes), ("gzip", gzip.compress), ("zstd", zstandard.compress)]
)
async def test_packed_bodies_are_taken(gateway: Gateway, encoding: str, pack: Callable[[bytes], bytes]) -> None:
    answer = await gateway.post(pack(msgspec.json.encode(event())), Content_Encoding=encoding)
    assert answer.status_code == 202


async def test_events_are_counted_by_outcome(gateway: Gateway) -> None:
    outcomes = ("accepted", "rejected")
    before = [counted("kinelake_events_total", stream="media", outcome=outcome) for outcome in outcomes]
    await gateway.post(event())
    await gateway.post(event("unknown"))
    await gateway.post({"events": [event(), event(), event("unknown")]})
    after = [counted("kinelake_events_total", stream="media", outcome=outcome) for outcome in outcomes]
    assert [new - old for new, old in zip(after, before, strict=True)] == [3, 2]


async def test_both_slash_forms_take_events(gateway: Gateway) -> None:
    assert (await gateway.post(event(), path=f"{PATH}/")).status_code == 202
