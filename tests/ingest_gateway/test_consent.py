"""Consent over HTTP: recorded at once, durable before the 202, and every post goes by it from then on."""

from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest

from control.organisations import subject_of
from event_log.faults import LogUnavailable
from ingest_gateway.taking.recorded_consent import RecordedConsent
from tests.ingest_gateway.conftest import Gateway, event

pytestmark = pytest.mark.anyio

PATH = "/v1/consent"
ID = "3f1c0f7e-5b6b-4c4e-8d6f-0a2a4f5b6c7d"
NOON = "2026-02-17T10:00:00Z"
ZOE = "zoe"
Wrong = tuple[str, dict[str, Any], str, str]


def bearer(gateway: Gateway, **who: Any) -> str:
    return f"Bearer {gateway.site.token(**who)}"


async def say(gateway: Gateway, body: Any, role: str = "user", sub: str = ZOE, **headers: str) -> httpx.Response:
    return await gateway.post(body, PATH, Authorization=bearer(gateway, sub=sub, role=role), **headers)


async def listed(gateway: Gateway, **who: Any) -> list[dict[str, Any]]:
    async with gateway.client() as client:
        answer = await client.get(PATH, headers={"Authorization": bearer(gateway, **who)})
    assert answer.status_code == 200
    body = answer.json()
    assert list(body) == ["records"]
    records: list[dict[str, Any]] = body["records"]
    return records


def subject(gateway: Gateway, person: str = ZOE) -> str:
    return subject_of(gateway.site.control.organisations.ensure("acme").key, person)


async def test_a_person_records_their_own_consent_and_reads_it_back_the_newest_first(gateway: Gateway) -> None:
    first = await say(gateway, {"level": 2, "source": "banner"})
    gateway.site.clock.pass_seconds(60)
    await say(gateway, {"level": 0})
    assert (first.status_code, list(first.json()), first.json()["status"]) == (202, ["status", "event_id"], "accepted")
    assert await listed(gateway) == [
        {"level": 0, "source": None, "effective_at": "2026-02-17T10:01:00Z", "recorded_at": "2026-02-17T10:01:00Z"},
        {"level": 2, "source": "banner", "effective_at": NOON, "recorded_at": NOON},
    ]
    assert await listed(gateway, sub="ann") == []
    assert await listed(gateway, org="umbrella") == []


async def test_a_record_lies_on_the_log_by_its_person_and_says_who_made_it(gateway: Gateway) -> None:
    answer = await say(gateway, {"level": 2.0, "source": "banner", "form": 7}, User_Agent="Player/1.0")
    ((topic, record),) = gateway.recorder.published
    assert (topic, record.key) == ("consent", f"acme:{subject(gateway)}".encode())
    (message,) = gateway.recorder.messages
    assert message["event_id"] == answer.json()["event_id"]
    assert message["subject"] == message["recorded_by"] == subject(gateway)
    assert (message["level"], message["recorded_role"], message["extra"]) == (2, "user", '{"form":7}')
    assert message["effective_at"] == message["recorded_at"] == message["received_at"]
    assert b"zoe" not in record.value


async def test_the_system_records_anybodys_by_either_name_and_since_when(gateway: Gateway) -> None:
    since = "2026-02-01T00:00:00.25Z"
    for name in ({"user_id": ZOE}, {"subject": subject(gateway)}):
        answer = await say(gateway, {"level": 1, "effective_at": since, **name}, role="system", sub="crm")
        assert answer.status_code == 202
    assert [record["effective_at"] for record in await listed(gateway)] == ["2026-02-01T00:00:00.250000Z"] * 2
    assert {message["recorded_by"] for message in gateway.recorder.messages} == {subject(gateway, "crm")}
    jobs = gateway.site.control.jobs.list(kind="withdraw", key=None, limit=10)
    assert len(jobs) == 2


@pytest.mark.parametrize(
    ("name", "value"), [("effective_at", NOON), ("user_id", "ann"), ("subject", "a" * 64)], ids=lambda value: str(value)
)
@pytest.mark.parametrize("role", ["user", "specialist", "admin"])
async def test_nobody_else_names_a_person_or_a_time(gateway: Gateway, role: str, name: str, value: str) -> None:
    answer = await say(gateway, {"level": 2, name: value}, role=role)
    assert answer.status_code == 403
    assert answer.json()["code"] == "role_forbidden"
    assert [error["field"] for error in answer.json()["errors"]] == [name]
    assert gateway.recorder.messages == []


WRONG: list[Wrong] = [
    ("no level", {}, "level", "missing required field"),
    ("a level that there is not", {"level": 4}, "level", "Invalid enum value 4"),
    ("a level as text", {"level": "2"}, "level", "Expected `int`"),
    ("a level between two", {"level": 1.5}, "level", "Expected `int`"),
    ("an empty source", {"level": 1, "source": ""}, "source", "length >= 1"),
    ("a time without offset", {"level": 1, "effective_at": "2026-02-17T10:00:00"}, "effective_at", "with an offset"),
    ("a time to come", {"level": 1, "effective_at": "2026-02-17T10:00:01Z"}, "effective_at", "lies ahead"),
    ("two names", {"level": 1, "subject": "a" * 64, "user_id": "ann"}, "subject", "either by subject or by user_id"),
    ("a subject that is none", {"level": 1, "subject": "ann"}, "subject", "matching regex"),
    ("a user that nobody can read", {"level": 1, "user_id": "a\u202e"}, "user_id", "not printable"),
    ("a recorder", {"level": 1, "recorded_by": "me"}, "recorded_by", "for the server to say"),
    ("an id that is none", {"level": 1, "event_id": "1"}, "event_id", "matching regex"),
]


@pytest.mark.parametrize(("wrong", "body", "field", "reason"), WRONG, ids=[each[0] for each in WRONG])
async def test_what_is_wrong_is_said_by_field(
    gateway: Gateway, wrong: str, body: dict[str, Any], field: str, reason: str
) -> None:
    named = body if {"subject", "user_id"} & body.keys() else {"user_id": "ann", **body}
    answer = await say(gateway, named, role="system", sub="crm")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_event")
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert reason in error["message"]
    assert gateway.recorder.messages == []


@pytest.mark.parametrize("body", [b"", b"[]", b"1", b"{", b'"level"', b'{"level":1}x', b'{"level":' + b"[" * 9_000])
async def test_what_is_no_object_is_refused(gateway: Gateway, body: bytes) -> None:
    assert (await say(gateway, body)).status_code == 400


async def test_the_system_has_to_name_somebody(gateway: Gateway) -> None:
    answer = await say(gateway, {"level": 1}, role="system", sub="crm")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "subject")


@pytest.mark.parametrize("by_key", [True, False])
async def test_a_retry_has_one_effect_and_another_word_under_its_id_is_refused(gateway: Gateway, by_key: bool) -> None:
    named: dict[str, Any] = {} if by_key else {"event_id": ID}
    headers = {"Idempotency_Key": "once"} if by_key else {}
    first = await say(gateway, {"level": 0, **named}, **headers)
    gateway.site.clock.pass_seconds(60)
    again = await say(gateway, {"level": 0, **named}, **headers)
    other = await say(gateway, {"level": 3, **named}, **headers)
    assert first.json() == again.json()
    assert (other.status_code, other.json()["code"]) == (409, "event_id_conflict")
    assert [(record["level"], record["recorded_at"]) for record in await listed(gateway)] == [(0, NOON)]
    assert len(gateway.recorder.messages) == 1


async def test_what_the_log_did_not_take_counts_here_and_the_retry_publishes_the_same(gateway: Gateway) -> None:
    assert (await gateway.post(event())).status_code == 202
    gateway.recorder.failure = LogUnavailable("away")
    failed = await say(gateway, {"level": 0}, Idempotency_Key="once")
    assert failed.status_code == 503
    gateway.recorder.failure = None
    assert (await gateway.post(event())).status_code == 403
    (waiting,) = gateway.site.control.consent.unpublished(gateway.site.clock() + timedelta(seconds=1))
    gateway.site.clock.pass_seconds(5)
    assert (await say(gateway, {"level": 0}, Idempotency_Key="once")).status_code == 202
    assert gateway.recorder.messages[-1]["record_number"] == waiting.number
    assert gateway.recorder.messages[-1]["recorded_at"] == 1_771_322_400_000_000
    assert gateway.site.control.consent.unpublished(gateway.site.clock() + timedelta(days=1)) == []


async def test_every_post_goes_by_the_newest_record_at_once(gateway: Gateway) -> None:
    assert (await gateway.post(event())).status_code == 202
    await say(gateway, {"level": 1})
    refused = await gateway.post(event())
    assert (refused.status_code, refused.json()["code"]) == (403, "consent_required")
    assert (refused.json()["required"], refused.json()["given"]) == (2, 1)
    assert (await gateway.post(event(), Authorization=bearer(gateway, sub="ann"))).status_code == 202
    await say(gateway, {"level": 3})
    accepted = await gateway.post(event())
    assert accepted.status_code == 202
    assert gateway.recorder.messages[-1]["consent_level"] == 2, "a record lowers, and raises nothing"


async def test_a_record_lowers_what_may_be_posted_and_not_the_stamp(gateway: Gateway) -> None:
    await say(gateway, {"level": 2})
    await gateway.post(event(), Authorization=bearer(gateway, consent=3))
    assert gateway.recorder.messages[-1]["consent_level"] == 3


async def test_another_process_goes_by_it_within_a_second(gateway: Gateway) -> None:
    """Time is told by hand: what is asked for at most every half second is asked for after one, before the answer."""
    now = [0.0]
    other = RecordedConsent(gateway.site.control.consent, lambda: now[0])
    person = ("acme", subject(gateway))
    assert await other.level(*person) is None
    await say(gateway, {"level": 0})
    assert await other.level(*person) is None
    now[0] = 1.0
    assert await other.level(*person) == 0
    backdated = {"level": 3, "user_id": ZOE, "effective_at": "2026-02-01T00:00:00Z"}
    assert (await say(gateway, backdated, role="system", sub="crm")).status_code == 202
    now[0] = 2.0
    assert await other.level(*person) == 0, "an older word does not hide a newer one"


async def test_who_floods_is_stopped_but_never_from_allowing_less(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("control.consent_records.MOST_A_DAY", 3)
    for level in (1, 2, 2):
        assert (await say(gateway, {"level": level})).status_code == 202
    for level in (2, 3):
        refused = await say(gateway, {"level": level})
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_records")
        assert refused.headers["Retry-After"] == "86400"
    assert (await say(gateway, {"level": 0})).status_code == 202
    assert (await say(gateway, {"level": 2}, sub="ann")).status_code == 202
    gateway.site.clock.pass_seconds(86_401)
    token = bearer(gateway)
    assert (await gateway.post({"level": 3}, PATH, Authorization=token)).status_code == 202


async def test_the_document_shows_both_and_what_nobody_may_send_is_not_in_it(gateway: Gateway) -> None:
    document = msgspec.json.decode(msgspec.json.encode(gateway.app().openapi()))
    path = document["paths"][PATH]
    properties = path["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert {"level", "source", "effective_at", "subject", "user_id"} <= properties.keys()
    assert not {"recorded_by", "record_number"} & properties.keys()
    assert {"202", "403", "409"} <= path["post"]["responses"].keys()
    assert "get" in path
