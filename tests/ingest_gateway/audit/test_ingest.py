"""POST /v1/audit/ingest: the contract's example, whose entry it is, and everything that is refused."""

import gzip
import uuid
from typing import Any

import msgspec
import pytest
import zstandard

from control.organisations import subject_of
from schemas.audit import AUDIT
from tests.ingest_gateway.audit.conftest import HASH, PATH, core_api, entry
from tests.ingest_gateway.conftest import Gateway
from tests.kit.bad_input import KIB, MIB, Bad
from tests.web.conftest import Clock

pytestmark = pytest.mark.anyio

HEADERS = {
    "X-Request-Id": "from-core-api",
    "X-Actor-Hash": HASH,
    "X-Actor-Type": "user",
    "X-Organization-Id": "globex",
    "X-Consent-Level": "1",
    "X-Client-IP": "198.51.100.7",
}
"""As the contract lists them."""


async def test_the_contracts_example_gets_the_contracts_answer_and_lies_on_the_log(gateway: Gateway) -> None:
    answer = await gateway.post(AUDIT.example, PATH, Authorization=core_api(gateway), **HEADERS)
    assert answer.status_code == 202
    assert list(answer.json()) == ["status", "event_id"]
    assert answer.json()["status"] == "accepted"
    assert uuid.UUID(answer.json()["event_id"]).version == 7
    (message,) = gateway.recorder.messages
    ((topic, record),) = gateway.recorder.published
    assert (topic, record.key, record.client) == ("audit", b"globex", b"198.51.100.7\npython-httpx/" + httpx_version())
    said = {name: message[name] for name in (*AUDIT.example, "tenant", "subject", "request_id", "consent_level")}
    assert said == {
        **AUDIT.example,
        "metadata": '{"fields_accessed":["name","treatment_plans"]}',
        "tenant": "globex",
        "subject": HASH,
        "request_id": "from-core-api",
        "consent_level": 1,
    }
    assert (message["actor"], message["actor_source"], message["actor_type"]) == (HASH, "header", "user")


def httpx_version() -> bytes:
    import httpx

    return httpx.__version__.encode()


async def posted(gateway: Gateway, peer: str = "127.0.0.1", **headers: str) -> dict[str, Any]:
    """What lies on the log of an entry."""
    async with gateway.site.client(gateway.usual, peer) as client:
        given = {"Authorization": core_api(gateway), **{name.replace("_", "-"): said for name, said in headers.items()}}
        answer = await client.post(PATH, json=entry(), headers=given)
    assert answer.status_code == 202, answer.text
    return gateway.recorder.messages[-1]


def core_api_subject(gateway: Gateway) -> str:
    acme = gateway.site.control.organisations.get("acme")
    assert acme is not None
    return subject_of(acme.key, "core-api")


async def test_without_a_hash_the_actor_is_the_tokens_holder(gateway: Gateway) -> None:
    message = await posted(gateway)
    assert (message["actor"], message["actor_source"], message["actor_type"]) == (
        core_api_subject(gateway), "token", "system",
    )  # fmt: skip
    assert message["subject"] == message["actor"]
    assert (await posted(gateway, X_Actor_Type="admin"))["actor_type"] == "admin"


async def test_a_hash_without_a_type_leaves_the_type_open_and_its_case_says_nothing(gateway: Gateway) -> None:
    message = await posted(gateway, X_Actor_Hash=HASH.upper())
    assert (message["actor"], "actor_type" in message) == (HASH, False)


async def test_from_anyone_but_an_identity_proxy_the_headers_say_nothing(gateway: Gateway) -> None:
    message = await posted(gateway, "203.0.113.9", X_Actor_Hash="x", X_Actor_Type="nobody", X_Organization_Id="globex")
    assert (message["tenant"], message["actor_source"], message["actor_type"]) == ("acme", "token", "system")


async def test_the_hash_of_the_core_api_is_our_subject_where_it_holds_the_organisations_key(gateway: Gateway) -> None:
    await posted(gateway)
    acme = gateway.site.control.organisations.get("acme")
    assert acme is not None
    message = await posted(gateway, X_Actor_Hash=subject_of(acme.key, "zoe"))
    assert message["subject"] == subject_of(acme.key, "zoe")


@pytest.mark.parametrize("role", ["user", "specialist", "admin"])
async def test_only_a_system_may_ingest_whatever_type_the_actor_has(gateway: Gateway, role: str) -> None:
    own = f"Bearer {gateway.site.token(role=role)}"
    for headers in ({}, {"X-Actor-Type": "system"}):
        answer = await gateway.post(entry(), PATH, Authorization=own, **headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "role_forbidden")
    assert gateway.recorder.published == []


async def test_two_hashes_or_types_are_a_400_that_names_the_header(gateway: Gateway) -> None:
    for name, value in (("X-Actor-Hash", HASH), ("X-Actor-Type", "user")):
        lines = [("Authorization", core_api(gateway)), (name, value), (name, value)]
        async with gateway.site.client(gateway.usual) as client:
            del client.headers["Authorization"]
            answer = await client.post(PATH, json=entry(), headers=lines)
        assert answer.status_code == 400
        assert answer.json()["errors"] == [{"field": name, "message": "must be given once"}]


async def test_the_security_stream_has_no_route(gateway: Gateway) -> None:
    for path in ("/v1/audit/security", "/v1/audit_security", "/v1/security"):
        answer = await gateway.post({}, path, Authorization=core_api(gateway))
        assert answer.status_code == 404
    assert not [path for path in gateway.usual.openapi()["paths"] if "security" in path]


VALID = msgspec.json.encode(entry())
BOMB = zstandard.compress(b" " * (5 * MIB))


def wrong(name: str, field: str, value: Any, reason: str) -> Bad:
    return Bad(name, entry(**{field: value}), field=field, reason=reason)


TEXTS = {"action": 128, "resource_type": 128, "status": 64, "resource_id": 256, "code": 64}
REQUIRED = ("action", "resource_type", "status")
TABLE = [
    *(Bad(f"no {field}", entry(**{field: ...}), field=field, reason="missing required field") for field in REQUIRED),
    *(wrong(f"{field} null", field, None, "Expected `str`, got `null`") for field in REQUIRED),
    *(wrong(f"{field} a number", field, 7, "Expected `str") for field in TEXTS),
    *(wrong(f"{field} a list", field, ["a"], "Expected `str") for field in TEXTS),
    *(wrong(f"{field} empty", field, "", "length >= 1") for field in TEXTS),
    *(wrong(f"{field} too long", field, "x" * (most + 1), f"length <= {most}") for field, most in TEXTS.items()),
    *(wrong(f"{field} with a line break", field, "a\nb", "not printable") for field in TEXTS),
    *(wrong(f"{field} turned around", field, "a\u202eb", "not printable") for field in TEXTS),
    *(
        wrong(f"status_code {value!r}", "status_code", value, reason)
        for value, reason in [(99, ">= 100"), (600, "<= 599"), ("200", "`int"), (200.5, "`int"), (True, "`int")]
    ),
    wrong("metadata a text", "metadata", "x", "Expected `object"),
    wrong("metadata a list", "metadata", [], "Expected `object"),
    wrong("metadata above 16 KiB", "metadata", {"a": "x" * 17 * KIB}, "16384"),
    wrong("metadata nested too deep", "metadata", {"a": [[[[[[[[[[1]]]]]]]]]]}, "deep"),
    wrong("an event id that is no UUID", "event_id", "1", "matching regex"),
    wrong("a timestamp without offset", "timestamp", "2026-02-17T10:00:00", "with an offset"),
    wrong("a timestamp ahead", "timestamp", "2026-02-19T10:00:00Z", "24 h ahead"),
    wrong("a timestamp of long ago", "timestamp", "2023-02-17T10:00:00Z", "older than 730 days"),
    wrong("a session that is a number", "session_id", 5, "Expected `str"),
    Bad("an empty body", b"", field="", reason="not JSON"),
    Bad("no JSON", b"action=x", field="", reason="malformed"),
    Bad("cut off", VALID[:-5], field="", reason="truncated"),
    Bad("something behind", VALID + b"x", field="", reason="trailing characters"),
    Bad("a list", [entry()], field="", reason="Expected `object`, got `array`"),
    Bad("null", b"null", field="", reason="Expected `object`, got `null`"),
    Bad("a batch", {"events": [entry()]}, field="action", reason="missing required field"),
    Bad("nested without end", b'{"a":' * 10_000, field="", reason="nested too deeply"),
    Bad("above 64 KiB", entry(note="n" * 64 * KIB), "body_too_large", status=413),
    Bad("a bomb", BOMB, "body_too_large", status=413, headers={"Content-Encoding": "zstd"}),
    Bad("truncated gzip", gzip.compress(VALID)[:-9], "body_corrupt", headers={"Content-Encoding": "gzip"}),
    Bad("an unknown encoding", VALID, "unsupported_encoding", status=415, headers={"Content-Encoding": "br"}),
    Bad("a form", VALID, "unsupported_media_type", status=415, headers={"Content-Type": "text/plain"}),
    Bad("no type", VALID, "unsupported_media_type", status=415, headers={"Content-Type": ""}),
    Bad("an empty key", VALID, "invalid_idempotency_key", "Idempotency-Key", "255", headers={"Idempotency-Key": ""}),
    Bad("a short hash", VALID, "invalid_request", "X-Actor-Hash", "64 hex", headers={"X-Actor-Hash": HASH[1:]}),
    Bad("no hex", VALID, "invalid_request", "X-Actor-Hash", "64 hex", headers={"X-Actor-Hash": "g" * 64}),
    Bad("a strange type", VALID, "invalid_request", "X-Actor-Type", "one of", headers={"X-Actor-Type": "root"}),
    Bad("no organisation", VALID, "invalid_request", "X-Organization-Id", "128", headers={"X-Organization-Id": ""}),
    Bad("no token", VALID, "token_missing", status=401, token=None),
    Bad("an expired token", VALID, "token_expired", status=401, token={"ttl": -60}),
    Bad("a user's token", VALID, "role_forbidden", status=403, token={"role": "user"}),
    *(Bad(each, VALID, "method_not_allowed", status=405, method=each) for each in ("GET", "PUT", "PATCH", "DELETE")),
    Bad("a path below", VALID, "not_found", status=404, path=f"{PATH}/1"),
    Bad("a path above", VALID, "not_found", status=404, path="/v1/audit"),
]  # fmt: skip


def test_the_table_has_at_least_sixty_rows_of_different_names() -> None:
    assert len({bad.name for bad in TABLE}) == len(TABLE) >= 60


@pytest.mark.parametrize("bad", TABLE, ids=lambda bad: bad.name)
async def test_a_malformed_request_gets_its_status_field_and_reason(gateway: Gateway, bad: Bad) -> None:
    path = PATH if bad.path == Bad("", "").path else bad.path
    token = "" if bad.token is None else core_api(gateway, **bad.token)
    headers = {"Content-Type": "application/json", **bad.headers}
    async with gateway.client(Authorization=token) as client:
        answer = await client.request(bad.method, path, content=bad.content, headers=headers)
    body = answer.json()
    assert (answer.status_code, body["code"], body["status"]) == (bad.status, bad.code, bad.status)
    assert answer.headers["Content-Type"] == "application/problem+json"
    if bad.field is not None:
        (error,) = body["errors"]
        assert error["field"] == bad.field
        assert bad.reason in error["message"]
    assert gateway.recorder.published == []


async def test_a_retry_with_the_same_key_has_the_same_id(gateway: Gateway, clock: Clock) -> None:
    ids = set[str]()
    for _ in range(2):
        answer = await gateway.post(entry(), PATH, Authorization=core_api(gateway), Idempotency_Key="k")
        ids.add(answer.json()["event_id"])
        clock.pass_seconds(5)
    assert len(ids) == 1
