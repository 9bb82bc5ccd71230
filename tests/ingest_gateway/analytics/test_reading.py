"""Bodies: batches and items, whose an item is, when it happened, its id, what makes a repeat, words about consent."""

from typing import Any

import msgspec
import pytest

from ingest_gateway.analytics.reading import MOST_ITEMS, write_key_in
from ingest_gateway.door.protocol import Client
from schemas.shared.times import microseconds, parsed
from tests.ingest_gateway.analytics.read import NOW, TIME, item, line, one, read, refused, subject_of
from web.problems import Problem

RECEIVED = microseconds(NOW)
HOUR = 3_600_000_000


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"7", b"null", b'{"batch":{}}', b'{"batch":7}', b"\xff\xfe", b"[" * 9000]
)
def test_what_is_no_item_and_no_batch_is_no_body(body: bytes) -> None:
    with pytest.raises(Problem) as problem:
        read(body)
    assert (problem.value.status, problem.value.code) == (400, "invalid_json")


def test_an_empty_batch_is_refused_and_so_is_one_of_too_many() -> None:
    with pytest.raises(Problem) as empty:
        read({"batch": []})
    assert (empty.value.status, empty.value.code) == (400, "no_items")
    assert len(read({"batch": [item()] * MOST_ITEMS}).said) == MOST_ITEMS
    with pytest.raises(Problem) as many:
        read({"batch": [item()] * (MOST_ITEMS + 1)})
    assert (many.value.status, many.value.code) == (413, "too_many_items")


@pytest.mark.parametrize(
    ("ids", "identifier"),
    [
        ({"userId": "user-7", "anonymousId": "anon-1"}, "user-7"),
        ({"userId": 7}, "7"),
        ({"userId": None, "anonymousId": "anon-1"}, "anonymous:anon-1"),
        ({"userId": "", "anonymousId": "anon-1"}, "anonymous:anon-1"),
        ({"userId": ..., "anonymousId": 0}, "anonymous:0"),
    ],
)
def test_an_item_is_of_its_user_else_of_somebody_without_a_name(ids: dict[str, Any], identifier: str) -> None:
    assert one(item(**ids)).subject == subject_of(identifier)


@pytest.mark.parametrize("ids", [{"userId": ...}, {"userId": "", "anonymousId": ""}, {"userId": None}])
def test_an_item_of_nobody_is_refused(ids: dict[str, Any]) -> None:
    assert refused(item(**ids)) == {"no_identity": 1}


def test_with_a_token_every_item_is_of_its_holder() -> None:
    found = read({"batch": [item(), item(userId=...), item(userId="another")]}, person="the holder")
    assert [each.subject for each in found.said] == ["the holder"] * 3


@pytest.mark.parametrize(
    ("times", "at", "client"),
    [
        ({}, TIME, None),
        ({"originalTimestamp": "2026-11-28T07:00:00Z"}, "2026-11-28T07:00:00Z", None),
        ({"originalTimestamp": ""}, TIME, None),
        ({"timestamp": "2026-11-28T08:15:37.671+00:00"}, "2026-11-28T08:15:37.671Z", None),
        ({"sentAt": "2026-11-28T08:14:40Z"}, TIME, None),
        ({"sentAt": "2026-11-28T07:15:33Z"}, "2026-11-28T09:15:32.393Z", TIME),
        ({"sentAt": "2026-11-28T09:15:33Z"}, "2026-11-28T07:15:32.393Z", TIME),
        ({"timestamp": ...}, "2026-11-28T08:15:33Z", None),
        ({"timestamp": ..., "sentAt": "2026-11-28T07:15:33Z"}, "2026-11-28T08:15:33Z", None),
    ],
)
def test_it_happened_when_its_client_says_corrected_by_when_that_sent_it(
    times: dict[str, Any], at: str, client: str | None
) -> None:
    event = one(item(**times)).event
    assert event.occurred_at == parsed(at)
    assert event.client_occurred_at == (None if client is None else parsed(client))


def test_a_batch_says_when_it_was_sent_for_items_that_do_not() -> None:
    batch = [item(), item(sentAt=TIME)]
    first, second = read({"batch": batch, "sentAt": "2026-11-28T07:15:33Z"}).said
    assert first.event.occurred_at == parsed(TIME) + HOUR
    assert second.event.occurred_at == parsed(TIME)


@pytest.mark.parametrize(
    "times",
    [
        {"timestamp": "2026-11-28T08:15:32.393"},
        {"timestamp": "2026-11-28"},
        {"timestamp": 1795853533811},
        {"timestamp": "2026-11-30T08:15:32Z"},
        {"timestamp": "2024-11-20T08:15:32Z"},
        {"timestamp": "1960-01-01T00:00:00Z"},
        {"originalTimestamp": {}},
        {"sentAt": "yesterday"},
        {"sentAt": 7},
    ],
)
def test_a_time_that_is_none_or_cannot_be_is_refused(times: dict[str, Any]) -> None:
    assert refused(item(**times)) == {"bad_time": 1}


def test_an_id_follows_from_the_clients_own_whatever_text_it_is() -> None:
    ids = [one(item(messageId=each)).event.event_id for each in ("ajs-next-1", "ajs-next-2", "ajs-next-1", 7, "7")]
    assert ids[0] == ids[2] != ids[1]
    assert ids[3] == ids[4]
    assert one(item(messageId=...)).event.event_id is None
    assert one(item(messageId="")).event.event_id is None


def test_what_changes_when_it_is_sent_again_is_not_in_the_digest() -> None:
    digests = {
        one(each).event.payload_digest
        for each in (
            item(properties={"a": 1, "b": 2.5}),
            item(properties={"b": 2.5, "a": 1.0, "c": None}, sentAt=TIME, writeKey="kpk_1", _metadata={"bundled": []}),
            item(properties={"a": 1, "b": 2.5}, context={"traits": {"email": "a@example.org"}, "ip": "203.0.113.9"}),
            item(properties={"a": 1, "b": 2.5}, sentAt="2026-11-28T07:15:33Z"),
        )
    }
    assert len(digests) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"event": "Plan Closed"},
        {"properties": {"a": 1}},
        {"timestamp": "2026-11-28T08:15:32.394Z"},
        {"context": {"sessionId": 1}},
        {"context": {"locale": "de"}},
    ],
)
def test_what_means_something_else_has_another_digest(other: dict[str, Any]) -> None:
    assert one(item(**other)).event.payload_digest != one(item()).event.payload_digest


def test_without_a_time_a_repeat_has_the_same_digest_whenever_it_comes() -> None:
    untimed = item(timestamp=...)
    later = one(untimed, received_at=RECEIVED + HOUR)
    assert later.event.payload_digest == one(untimed).event.payload_digest
    assert later.event.occurred_at == RECEIVED + HOUR


@pytest.mark.parametrize(
    ("context", "level"),
    [
        ({}, None),
        ({"consent": None, "consentManagement": None}, None),
        ({"consent": {"other": 1}}, None),
        ({"consent": {"categoryPreferences": {"Analytics": True, "Advertising": False}}}, 2),
        ({"consent": {"categoryPreferences": {"ADVERTISING": True, "Analytics": False}}}, 3),
        ({"consent": {"categoryPreferences": {"Analytics": "true"}}}, 0),
        ({"consent": {"categoryPreferences": {"Functional": True}}}, 0),
        ({"consent": {"categoryPreferences": {}}}, 0),
        ({"consent": {"categoryPreferences": ["Analytics"]}}, 0),
        ({"consent": "all"}, 0),
        ({"consentManagement": {"allowedConsentIds": ["analytics"], "deniedConsentIds": ["ads"]}}, 2),
        ({"consentManagement": {"allowedConsentIds": [], "deniedConsentIds": ["analytics"]}}, 0),
        ({"consentManagement": {"allowedConsentIds": [7, None]}}, 0),
        ({"consentManagement": {"deniedConsentIds": ["ads"]}}, 0),
        ({"consentManagement": 3}, 0),
        (
            {
                "consent": {"categoryPreferences": {"Advertising": True}},
                "consentManagement": {"allowedConsentIds": ["statistics"]},
            },
            2,
        ),
    ],
)
def test_the_highest_category_that_is_allowed_counts(context: dict[str, Any], level: int | None) -> None:
    assert one(item(context=context)).level == level


def test_a_key_gives_names_levels_of_its_own() -> None:
    said = {"consent": {"categoryPreferences": {"C0002": True}}}
    assert one(item(context=said), categories={"c0002": 2}).level == 2


def test_a_server_is_believed_about_its_client_and_nobody_else_is() -> None:
    context = {"ip": "203.0.113.9", "userAgent": "Mozilla/5.0"}
    assert one(item(context=context)).client is None
    assert one(item(context=context), server=True).client == Client("203.0.113.9", "Mozilla/5.0")
    assert one(item(context={"ip": "::ffff:203.0.113.9"}), server=True).client == Client("203.0.113.9", "")
    assert one(item(context={"ip": "evil\nhost", "userAgent": 7}), server=True).client == Client("", "")
    assert one(item(), server=True).client == Client("", ""), "the server's own address is nobody's"


def test_a_body_says_its_write_key_where_nothing_else_does() -> None:
    assert write_key_in(msgspec.json.encode({"batch": [item()], "writeKey": "kpk_1"})) == "kpk_1"
    assert write_key_in(msgspec.json.encode(item(writeKey="kpk_1"))) == "kpk_1"
    for body in (b"{", b"[]", b'{"writeKey":7}', b"{}"):
        assert write_key_in(body) == ""


def test_a_line_on_the_log_is_the_one_that_its_columns_are_written_as() -> None:
    said = one(item(context={"sessionId": 5, "locale": "de"}, sentAt="2026-11-28T07:15:33Z", properties={"ü": "\n"}))
    assert line(said) == {
        "event_type": "track",
        "event_id": said.event.event_id,
        "occurred_at": parsed(TIME) + HOUR,
        "client_occurred_at": parsed(TIME),
        "payload_digest": said.event.payload_digest,
        "session_id": "5",
        "event_name": "Plan Opened",
        "event_category": "track",
        "properties": '{"ü":"\\n"}',
        "context": '{"locale":"de"}',
    }
