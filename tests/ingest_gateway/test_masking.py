"""What is masked is masked before the log: the bytes of the message have none of it, and neither has the digest."""

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from schemas.analytics import STREAM as ANALYTICS
from schemas.errors import STREAM as ERRORS
from schemas.media.events import STREAM as MEDIA
from schemas.shared.stream import Stream
from tests.ingest_gateway.conftest import Gateway, event
from tests.kit.secrets import BY_THEMSELVES, CONTEXTS, encoded

pytestmark = pytest.mark.anyio

FIELDS = st.sampled_from(["error_message", "stack_trace"])
UNCHECKED = [HealthCheck.function_scoped_fixture]


async def posted(gateway: Gateway, stream: Stream, *bodies: Any) -> str:
    """What lies on the log of clients' own words once these were taken, each alone and all in one batch.

    Times, digests and subjects may have the digits of a secret by chance.
    """
    gateway.recorder.published.clear()
    for body in (*bodies, {"events": bodies}):
        answer = await gateway.post(body, stream.route_path)
        assert answer.status_code == 202, answer.text
    messages = gateway.recorder.messages
    return "\n".join(str(message.get(column.name)) for message in messages for column in stream.primary.columns
                     if column.name in stream.example)  # fmt: skip


@given(FIELDS, CONTEXTS, BY_THEMSELVES, CONTEXTS)
@settings(max_examples=100, suppress_health_check=UNCHECKED)
async def test_no_secret_of_an_error_report_lies_on_the_log(
    gateway: Gateway, field: str, before: str, secret: str, after: str
) -> None:
    assume(secret not in before + after)
    on_the_log = await posted(gateway, ERRORS, {**ERRORS.example, field: before + secret + after})
    assert secret not in on_the_log


@given(st.sampled_from(["page_url", "referrer_url"]), BY_THEMSELVES, st.sampled_from(["?q=", "#", "?a=1&b=", "#/x?y="]))
@settings(max_examples=100, suppress_health_check=UNCHECKED)
async def test_no_secret_of_a_query_or_fragment_lies_on_the_log(
    gateway: Gateway, field: str, secret: str, before: str
) -> None:
    url = f"/library{before}{encoded(secret, 1)}"
    on_the_log = await posted(gateway, ANALYTICS, {**ANALYTICS.example, field: url})
    assert encoded(secret, 1) not in on_the_log
    assert secret not in on_the_log


async def test_a_players_error_message_is_masked_too(gateway: Gateway) -> None:
    failed = event("error", {"error_code": "x", "error_message": "no seat for zoe@example.com"})
    assert (await gateway.post(failed, MEDIA.route_path)).status_code == 202
    assert b"zoe@example.com" not in gateway.recorder.published[0][1].value
    assert gateway.recorder.messages[0]["error_message"] == "no seat for [email]"


async def test_ids_and_what_the_client_alone_knows_stay_as_they_were_sent(gateway: Gateway) -> None:
    ids = {"media_id": "550e8400-e29b-41d4-a716-446655440000", "session_id": "20260217100000", "error_code": "12345678"}
    await posted(gateway, ERRORS, {**ERRORS.example, **ids})
    assert {name: gateway.recorder.messages[0][name] for name in ids} == ids
    own = {"resource_id": "1234567890", "properties": {"order": "1234567890"}}
    await posted(gateway, ANALYTICS, {**ANALYTICS.example, **own})
    (kept, _) = gateway.recorder.messages
    assert (kept["resource_id"], kept["properties"]) == ("1234567890", '{"order":"1234567890"}')


async def digests(gateway: Gateway, *reports: dict[str, Any]) -> list[int]:
    gateway.recorder.published.clear()
    for report in reports:
        assert (await gateway.post({**ERRORS.example, **report}, ERRORS.route_path)).status_code == 202
    return [message["payload_digest"] for message in gateway.recorder.messages]


async def test_the_digest_tells_nothing_of_what_was_masked(gateway: Gateway) -> None:
    """It has 64 bits and no key: who knows the rest of a row could else try every telephone number."""
    first, other = await digests(gateway, {"error_message": "call 0721123456"}, {"error_message": "call 0721123457"})
    assert first == other


async def test_the_digest_of_a_masked_report_tells_all_else_apart(gateway: Gateway) -> None:
    base = {"error_message": "call 0721123456"}
    changes: list[dict[str, Any]] = [
        {},
        {"error_message": "ring 0721123456"},
        {"error_code": "other"},
        {"session_id": "s"},
        {"timestamp": "2026-02-17T09:00:00Z"},
        {"unknown": 1},
    ]
    found = await digests(gateway, *({**base, **change} for change in changes))
    assert len(set(found)) == len(changes)


async def test_a_retry_without_a_timestamp_is_the_same_report_when_it_comes_later(gateway: Gateway) -> None:
    (first,) = await digests(gateway, {"error_message": "call 0721123456"})
    gateway.site.clock.pass_seconds(60)
    (again,) = await digests(gateway, {"error_message": "call 0721123456"})
    assert first == again


async def test_a_stack_trace_of_64_kib_is_taken_and_the_body_of_128_kib_bounds_it(gateway: Gateway) -> None:
    for trace, status in (("s" * 65536, 202), ("\n" * 65536, 413)):
        answer = await gateway.post({**ERRORS.example, "stack_trace": trace}, ERRORS.route_path)
        assert answer.status_code == status
