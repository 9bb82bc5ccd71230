"""Each type of item as a row: the table of docs/segment.md, its bounds, and what does not reach the log."""

from typing import Any

import msgspec
import pytest

from schemas.analytics import STREAM
from tests.ingest_gateway.analytics.read import item, one, read, refused, row, stored

LONG = "x" * 129


def test_a_track_is_its_event_with_its_category_its_number_and_its_properties() -> None:
    properties = {"category": "Plans", "value": 12.5, "plan": "p-1", "nothing": None}
    assert stored(item(properties=properties)) == {
        "event_name": "Plan Opened",
        "event_category": "Plans",
        "numeric_value": 12.5,
        "properties": {"category": "Plans", "plan": "p-1", "value": 12.5},
    }


@pytest.mark.parametrize(
    ("properties", "value"),
    [
        ({"revenue": 3}, 3.0),
        ({"value": 0, "revenue": 3}, 0.0),
        ({"value": -0.0}, 0.0),
        ({"value": "12.50", "revenue": 3}, 3.0),
        ({"value": True}, None),
        ({"value": 10**400}, None),
        ({"value": None}, None),
        ({"value": [1]}, None),
    ],
)
def test_the_number_is_value_else_revenue(properties: dict[str, Any], value: float | None) -> None:
    assert stored(item(properties=properties)).get("numeric_value") == value


@pytest.mark.parametrize("category", ["", "x" * 65, 7, ["a"], "a\u202eb", None])
def test_a_category_that_its_column_does_not_hold_stays_in_the_properties_alone(category: Any) -> None:
    assert stored(item(properties={"category": category}))["event_category"] == "track"


def test_a_page_has_its_name_and_both_urls_masked() -> None:
    url, from_mail = "https://app.example.org/library?token=abc&tab=2", "https://mail.example.org/?to=a@example.org"
    properties = {"url": url, "referrer": from_mail, "search": "?token=abc", "title": "Token: abc", "path": "/library"}
    kept = "https://app.example.org/library?token=[token]&tab=2"
    mailed = "https://mail.example.org/?to=[email]"
    assert stored(item("page", event=..., name="Library", properties=properties)) == {
        "event_name": "page.view",
        "event_category": "navigation",
        "resource_type": "page",
        "resource_id": "Library",
        "page_url": kept,
        "referrer_url": mailed,
        "properties": {**properties, "url": kept, "referrer": mailed, "search": "?token=[token]"},
    }
    assert STREAM.mask is not None
    assert STREAM.mask({"page_url": url, "referrer_url": from_mail}) == {"page_url": kept, "referrer_url": mailed}


def test_a_page_without_name_and_properties_is_what_its_context_says() -> None:
    page = {"path": "/library", "url": "https://app.example.org/library", "referrer": "$direct", "title": "Library"}
    assert stored(item("page", event=..., context={"page": page})) == {
        "event_name": "page.view",
        "event_category": "navigation",
        "resource_type": "page",
        "resource_id": "/library",
        "page_url": "https://app.example.org/library",
        "context": {"page": {"path": "/library", "title": "Library"}},
    }


@pytest.mark.parametrize(("said", "of"), [("/" + "p" * 127, "/" + "p" * 127), ("/" + "p" * 128, None), (7, None)])
def test_a_path_that_is_too_long_for_an_id_stays_in_the_properties(said: Any, of: str | None) -> None:
    assert stored(item("page", properties={"path": said})).get("resource_id") == of


@pytest.mark.parametrize("url", ["", "x" * 8193, 7, "$direct"])
def test_what_is_no_url_of_a_page_is_none(url: Any) -> None:
    assert "page_url" not in stored(item("page", properties={"url": url}))


def test_a_screen_is_told_by_its_name() -> None:
    assert stored(item("screen", event=..., name="Home", properties={})) == {
        "event_name": "screen.view",
        "event_category": "navigation",
        "resource_type": "screen",
        "resource_id": "Home",
        "properties": {},
    }


def test_of_identify_and_group_no_trait_is_stored() -> None:
    traits = {"email": "someone@example.org", "name": "Some One"}
    kept = item("identify", event=..., traits=traits, context={"traits": traits})
    assert stored(kept) == {"event_name": "identify", "event_category": "identity"}
    of_group = item("group", groupId="clinic-1", traits=traits, properties=traits)
    assert stored(of_group) == {
        "event_name": "group",
        "event_category": "identity",
        "resource_type": "group",
        "resource_id": "clinic-1",
    }
    assert stored(item("group", groupId=42))["resource_id"] == "42"


def test_of_the_context_the_rest_is_dropped() -> None:
    kept = {
        "app": {"name": "Library", "version": "1.2"},
        "library": {"name": "analytics.js", "version": "next-1.84.3"},
        "campaign": {"name": "spring"},
        "locale": "de-DE",
        "timezone": "Europe/Berlin",
        "screen": {"width": 1280},
        "os": {"name": "iOS"},
        "consent": {"categoryPreferences": {"Analytics": True}},
        "consentManagement": {"allowedConsentIds": ["analytics"]},
    }
    dropped = {
        "traits": {"email": "someone@example.org"},
        "ip": "203.0.113.9",
        "device": {"id": "b1", "advertisingId": "c2"},
        "userAgent": "Mozilla/5.0",
        "userAgentData": {"platform": "Linux"},
        "network": {"carrier": "x"},
        "location": {"city": "Trier"},
        "page": {"path": "/a", "title": "A", "url": "https://example.org/a?secret=1", "search": "?secret=1"},
        "sessionStart": True,
    }
    said = one(item(context={**kept, **dropped}))
    assert row(said)["context"] == {**kept, "page": {"path": "/a", "title": "A"}}
    for secret in (b"someone@", b"203.0.113", b"Mozilla", b"secret", b"Trier", b"b1"):
        assert secret not in said.event.own


@pytest.mark.parametrize(
    ("session", "kept"),
    [
        (1795853786118, "1795853786118"),
        ("s-1", "s-1"),
        ("", None),
        (LONG, None),
        (True, None),
        (1.5, None),
        ({"id": 1}, None),
    ],
)
def test_a_session_is_a_number_or_a_text_that_can_be_an_id(session: Any, kept: str | None) -> None:
    assert one(item(context={"sessionId": session})).event.session_id == kept


@pytest.mark.parametrize(
    "body",
    [
        item(event=...),
        item(event=""),
        item(event=LONG),
        item(event="a\nb"),
        item(event=7),
        item("page", name=LONG),
        item("screen", name="a\u200bb"),
        item("group"),
        item("group", groupId=""),
        item("group", groupId=LONG),
        item(properties=[1]),
        item(properties="x"),
        item(context=[1]),
        item(context="x"),
        item(userId=1.5),
        item(messageId={"a": 1}),
        item(type=["track"]),
    ],
    ids=str,
)
def test_an_item_without_a_name_that_can_be_stored_is_refused(body: Any) -> None:
    assert refused(body) == {"bad_event": 1}


@pytest.mark.parametrize("kind", ["alias", "video", "Track", ""])
def test_other_types_are_refused(kind: str) -> None:
    assert refused(item(kind)) == {"unsupported": 1}


def test_the_route_says_the_type_of_an_item_that_does_not() -> None:
    assert stored(item(type=...), "track")["event_name"] == "Plan Opened"
    assert stored(item("alias"), "track")["event_name"] == "Plan Opened"
    assert refused(item(type=...)) == {"unsupported": 1}


def test_an_item_and_its_objects_are_as_large_and_deep_as_is_stored_and_no_larger() -> None:
    deep: Any = {}
    for _ in range(8):
        deep = {"a": deep}
    assert refused(item(properties=deep)) == {"too_large": 1}
    assert refused(item(context={"app": deep})) == {"too_large": 1}
    assert stored(item(properties=deep["a"]))["properties"] == deep["a"]
    assert refused(item(properties={"a": "x" * 16384})) == {"too_large": 1}
    assert refused(item(context={"locale": "x" * 16384})) == {"too_large": 1}
    room = 32 * 1024 - len(msgspec.json.encode(item(traits={"a": ""})))
    assert stored(item(traits={"a": "x" * room}))["event_name"] == "Plan Opened"
    assert refused(item(traits={"a": "x" * (room + 1)})) == {"too_large": 1}


def test_one_bad_item_does_not_lose_its_neighbours() -> None:
    bad = [item("alias"), item(event=""), item(userId=""), item(timestamp="now"), item(traits={"a": "x" * 33000}), 7]
    found = read({"batch": [item(event="A"), *bad, item(event="B")]})
    assert [row(each)["event_name"] for each in found.said] == ["A", "B"]
    assert found.refused == {"unsupported": 1, "bad_event": 2, "no_identity": 1, "bad_time": 1, "too_large": 1}
