"""What a session's user did: all of a request or nothing of it, each event in its place."""

import asyncio
import gzip
import json
from typing import Any

import httpx
import pytest
import zstandard

from event_log.faults import LogUnavailable
from tests.ingest_gateway.capture.conftest import Capture
from tests.kit.capture import Sender, event

pytestmark = pytest.mark.anyio

NOON = 1_771_322_400_000_000
MIB = 2**20


async def test_the_contracts_request_is_answered_with_its_count(capture: Capture, sender: Sender, session: str) -> None:
    answer = await sender.events(
        session, [event(payload={"buttonText": "Save"}), event(3500, event_type="input", target="input#username")]
    )
    assert (answer.status_code, answer.content) == (200, b'{"count":2}')
    first, second = capture.items("capture_events")
    assert (first["interaction"], first["x"], first["payload"]) == ("click", 450, '{"buttonText":"Save"}')
    assert (first["occurred_at"], second["occurred_at"]) == (NOON + 1_200_000, NOON + 3_500_000)


async def test_a_request_is_one_message_of_the_sessions_user(
    capture: Capture, sender: Sender, session: str, project: tuple[str, str]
) -> None:
    await sender.events(session, [event(n) for n in range(50)])
    (record,) = [record for topic, record in capture.recorder.published if topic == "capture_events"]
    head, *lines = record.value.split(b"\n")
    said, known = json.loads(head), capture.control.capture_sessions.get(session)
    assert known is not None
    assert (record.key, len(lines)) == (f"acme:{session}".encode(), 50)
    assert (said["project_id"], said["session_created_at"], said["session_id"]) == (project[0], NOON, session)
    assert (said["subject"], said["consent_level"], said["consent_source"]) == (known.subject, 2, "default")


async def test_an_empty_list_counts_none_and_publishes_nothing(capture: Capture, sender: Sender, session: str) -> None:
    before = len(capture.recorder.published)
    answer = await sender.events(session, [])
    assert (answer.status_code, answer.json()) == (200, {"count": 0})
    assert len(capture.recorder.published) == before


GOOD: list[dict[str, Any]] = [
    {"timestamp_ms": 0}, {"x": 450.0}, {"x": -5, "y": 0}, {"x": None, "y": None, "target": None, "payload": None},
    {"payload": {}}, {"payload": {"a": "b" * 60_000}}, {"unknown": "key"}, {"timestamp_ms": 1200.0},
]  # fmt: skip


@pytest.mark.parametrize("fields", GOOD, ids=range(len(GOOD)))
async def test_these_events_are_taken(sender: Sender, session: str, fields: dict[str, Any]) -> None:
    assert (await sender.events(session, [event(**fields)])).json() == {"count": 1}


BAD: list[tuple[Any, str]] = [
    ({"event_type": "click"}, "timestamp_ms"),
    ({"timestamp_ms": 1}, "event_type"),
    (event(-1), "timestamp_ms"),
    (event(1.5), "timestamp_ms"),  # type: ignore[arg-type]
    (event(x=450.5), "x"),
    (event(y="320"), "y"),
    (event(event_type=""), "event_type"),
    (event(payload=[1]), "payload"),
    (event(target=7), "target"),
    (event(session_id="another"), "session_id"),
    (event(timestamp_ms=2 * 86_400_000), "timestamp"),
    ("click", ""),
    (None, ""),
]


@pytest.mark.parametrize(("wrong", "field"), BAD, ids=range(len(BAD)))
async def test_one_wrong_event_refuses_all_and_is_named_by_index_and_field(
    capture: Capture, sender: Sender, session: str, wrong: Any, field: str
) -> None:
    before = len(capture.recorder.published)
    answer = await sender.events(session, [event(), event(), wrong])
    assert (answer.status_code, list(answer.json())) == (400, ["error"])
    assert "events[2]" in answer.json()["error"]
    assert field in answer.json()["error"]
    assert len(capture.recorder.published) == before


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"events": 7}', b'{"events": null}', b"", b"\xff", b'{"events": [}'])
async def test_a_body_that_is_no_list_of_events_is_400(sender: Sender, session: str, body: bytes) -> None:
    answer = await sender.post(f"/v1/sessions/{session}/events", body)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])


async def test_a_thousand_events_are_taken_and_one_more_is_413(sender: Sender, session: str) -> None:
    assert (await sender.events(session, [event()] * 1000)).json() == {"count": 1000}
    assert (await sender.events(session, [event()] * 1001)).status_code == 413


async def test_a_payload_of_64_kib_is_taken_and_one_byte_more_is_413(sender: Sender, session: str) -> None:
    most = {"a": "b" * (64 * 1024 - len('{"a":""}'))}
    assert (await sender.events(session, [event(payload=most)])).status_code == 200
    answer = await sender.events(session, [event(), event(payload={"a": most["a"] + "b"})])
    assert answer.status_code == 413
    assert "events[1].payload" in answer.json()["error"]


def large(size: int) -> bytes:
    """A body of exactly so many bytes, with events that are each within their limit."""
    one = json.dumps(event(payload={"a": "b" * 60_000})).encode()
    count = (size - 100_000) // (len(one) + 1)
    body = b'{"events":[' + b",".join([one] * count) + b"]}"
    return body + b" " * (size - len(body))


@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.compress], ids=["plain", "gzip", "zstd"])
async def test_a_body_of_8_mib_is_taken_and_one_byte_more_is_413(sender: Sender, session: str, pack: Any) -> None:
    encoding = {} if pack is bytes else {"Content_Encoding": "gzip" if pack is gzip.compress else "zstd"}
    path = f"/v1/sessions/{session}/events"
    assert (await sender.post(path, pack(large(8 * MIB)), **encoding)).status_code == 200
    assert (await sender.post(path, pack(large(8 * MIB + 1)), **encoding)).status_code == 413


async def test_without_a_length_the_limit_is_the_same(capture: Capture, sender: Sender, session: str) -> None:
    async def trickling() -> Any:
        for _ in range(9):
            yield b" " * MIB

    async with capture.client() as client:
        headers = {"X-API-Key": sender.key, "Content-Type": "application/json"}
        answer = await client.post(f"/v1/sessions/{session}/events", content=trickling(), headers=headers)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("media_type", "status"),
    [
        ("application/json", 200), ("application/json; charset=utf-8", 200), ("Application/JSON;charset=UTF-8", 200),
        ("text/plain", 415), ("application/json; charset=latin-1", 415), ("multipart/form-data", 415), ("", 415),
    ],
)  # fmt: skip
async def test_only_json_is_taken(sender: Sender, session: str, media_type: str, status: int) -> None:
    assert (await sender.events(session, Content_Type=media_type)).status_code == status


async def test_a_retry_with_its_idempotency_key_has_the_same_ids(
    capture: Capture, sender: Sender, session: str
) -> None:
    for key in ("k", "k", "l"):
        await sender.events(session, [event(1), event(2)], Idempotency_Key=key)
    ids = [item["event_id"] for item in capture.items("capture_events")]
    assert ids[:2] == ids[2:4]
    assert len(set(ids)) == 4
    rows = [row["event_id"] for row in capture.items("audit") if row["action"] == "events_uploaded"]
    assert (len(rows), len(set(rows))) == (3, 2)


async def test_what_was_written_can_be_awaited_by_session_and_by_project(
    capture: Capture, sender: Sender, session: str, project: tuple[str, str]
) -> None:
    await asyncio.gather(*(sender.events(session) for _ in range(20)))
    for scope in (f"session:{session}", f"project:{project[0]}"):
        written = capture.control.written.of(scope)
        assert list(written["capture_events"].values()) == [20]
        assert sum(written["audit"].values()) == 21


async def test_a_log_that_is_away_is_503_and_nothing_is_noted(capture: Capture, sender: Sender, session: str) -> None:
    capture.recorder.failure = LogUnavailable("the broker is away")
    answer = await sender.events(session)
    assert (answer.status_code, list(answer.json())) == (503, ["error"])
    assert answer.headers["Retry-After"] == "1"
    assert "capture_events" not in capture.control.written.of(f"session:{session}")


async def test_consent_that_was_lowered_since_refuses_what_comes(
    capture: Capture, sender: Sender, session: str
) -> None:
    known = capture.control.capture_sessions.get(session)
    assert known is not None
    token = capture.site.token(role="system")
    async with capture.client() as client:
        body = {"level": 1, "subject": known.subject}
        recorded = await client.post("/v1/consent", json=body, headers={"Authorization": f"Bearer {token}"})
        assert recorded.status_code == 202
    answer = await sender.events(session)
    assert (answer.status_code, list(answer.json())) == (403, ["error"])
    assert (await sender.init()).status_code == 403


async def test_head_options_and_other_methods_are_answered_in_shape(
    capture: Capture, sender: Sender, session: str
) -> None:
    async with capture.client() as client:
        url = f"/v1/sessions/{session}/events"
        refused = await client.get(url, headers={"X-API-Key": sender.key})
        assert (refused.status_code, refused.headers["Allow"]) == (405, "OPTIONS, POST")
        assert list(refused.json()) == ["error"]
        assert (await client.options(url)).status_code == 204
        assert isinstance(await client.post(url + "/", headers={"X-API-Key": sender.key}), httpx.Response)
