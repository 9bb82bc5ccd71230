"""Whatever a stranger sends is read within its time, refused by name, or lies on the log as a flow reads it."""

from contextlib import suppress
from typing import Any, Final

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from flows.conveyor.text import Text
from flows.steps.decode import ITEM_REQUIRED
from flows.steps.lines import Lines
from ingest_gateway.analytics import refused as reasons
from ingest_gateway.analytics.values import LONGEST_KIND, LONGEST_NAME, LONGEST_URL
from ingest_gateway.door.protocol import Read, Said
from schemas.analytics import STREAM
from schemas.shared.message import LINE_END, session_member, straight_line
from tests.ingest_gateway.analytics.read import CATEGORIES, ID, NOW, TIME, read, row
from tests.ingest_gateway.analytics.test_recorded_items import known, told
from tests.kit.fuzzing import fuzzed
from tests.kit.strategies import SEEN, json_values
from tests.reference.segment import stored
from web.problems import Problem

REASONS: Final = {value for name, value in vars(reasons).items() if name.isupper()}
LONGEST: Final = {
    "event_name": LONGEST_NAME,
    "resource_id": LONGEST_NAME,
    "event_category": LONGEST_KIND,
    "page_url": 2 * LONGEST_URL,
    "referrer_url": 2 * LONGEST_URL,
}
"""What is masked may become longer, by less than as much again."""
LINES = Lines(STREAM.item_columns("track"), ITEM_REQUIRED)
"""As flows read them."""

MEMBERS = (
    "type", "event", "name", "groupId", "userId", "anonymousId", "messageId", "timestamp", "originalTimestamp",
    "sentAt", "properties", "context", "traits", "writeKey", "_metadata", "batch", "integrations",
)  # fmt: skip
OF_CONTEXT = (
    "app", "library", "campaign", "locale", "timezone", "screen", "os", "page", "consent", "consentManagement", "ip",
    "sessionId", "userAgent", "traits", "device",
)  # fmt: skip
OF_PROPERTIES = ("category", "value", "revenue", "url", "referrer", "path", "title", "a", "search")
TEXTS = st.text(st.characters(codec="utf-8"), max_size=200)
TYPES = st.sampled_from(["track", "page", "screen", "identify", "group", "alias"])
JSON = json_values(st.sampled_from((*OF_CONTEXT, *OF_PROPERTIES, "categoryPreferences", "allowedConsentIds")))
USUAL = {"type": TYPES, "timestamp": st.sampled_from([TIME, "2026-11-28T08:15:32+01:00"]), "userId": TEXTS}


def objects(names: tuple[str, ...]) -> st.SearchStrategy[Any]:
    return st.dictionaries(st.sampled_from(names), JSON | TEXTS, max_size=6)


ODD = st.builds(
    lambda odd, usual: {**usual, **odd},
    st.dictionaries(st.sampled_from(MEMBERS), JSON | TEXTS | objects(OF_CONTEXT) | objects(OF_PROPERTIES), max_size=4),
    st.fixed_dictionaries(USUAL, optional={"event": TEXTS}),
)
BODIES = (
    st.binary(max_size=300)
    | st.builds(msgspec.json.encode, JSON | ODD | st.fixed_dictionaries({"batch": st.lists(ODD | JSON, max_size=5)}))
)  # fmt: skip


@given(body=BODIES, cut=st.integers(0, 400), server=st.booleans())
@fuzzed(600)
def test_any_body_is_read_or_refused_by_name(body: bytes, cut: int, server: bool) -> None:
    for tried in (body, body[:cut], body + body[cut:]):
        with suppress(Problem):
            look_at(read(tried, server=server))


def look_at(found: Read) -> None:
    assert found.refused.keys() <= REASONS
    for said in found.said:
        texts = {name: value for name, value in row(said).items() if name in LONGEST}
        assert all(0 < len(value) <= LONGEST[name] for name, value in texts.items())
    if found.said:
        frame, unread = LINES(Text.of(b"".join(written(said) + LINE_END for said in found.said)))
        assert (len(frame), unread) == (len(found.said), {})


def written(said: Said) -> bytes:
    return straight_line(said.event, said.event.event_id or ID, session_member(said.event.session_id))


NAMES = st.text(SEEN, min_size=1, max_size=20)
WHOLE = st.integers(-(2**53), 2**53)
PROPERTIES = st.fixed_dictionaries(
    {},
    optional={
        "category": NAMES | WHOLE,
        "value": WHOLE | NAMES | st.booleans(),
        "revenue": st.floats(-1e9, 1e9),
        "url": st.sampled_from(["https://example.org/?token=abc", "/a#password=b", "$direct", "", "x" * 8000]),
        "referrer": st.sampled_from(["https://a:b@example.org/", "$direct", ""]),
        "path": NAMES.map("/{}".format) | st.just("/" + "p" * 128),
        "more": st.dictionaries(NAMES, WHOLE | NAMES, max_size=3),
    },
)
CONTEXT = st.fixed_dictionaries(
    {},
    optional={
        "locale": NAMES,
        "sessionId": WHOLE | NAMES,
        "page": PROPERTIES,
        "traits": PROPERTIES,
        "app": st.dictionaries(NAMES, NAMES | WHOLE, max_size=2),
        "consent": st.fixed_dictionaries(
            {}, optional={"categoryPreferences": st.dictionaries(st.sampled_from([*CATEGORIES, "Ads"]), st.booleans())}
        ),
        "consentManagement": st.fixed_dictionaries({}, optional={"allowedConsentIds": st.lists(NAMES, max_size=2)}),
    },
)
ITEMS = st.fixed_dictionaries(
    {"type": TYPES},
    optional={
        "event": NAMES | st.just("x" * 129),
        "name": NAMES | st.just(""),
        "groupId": NAMES | WHOLE,
        "userId": NAMES | st.just("") | WHOLE,
        "anonymousId": NAMES,
        "timestamp": st.sampled_from([TIME, "2026-11-28T08:15:32+01:00", "2026-11-28T08:15:32"]),
        "originalTimestamp": st.sampled_from([TIME, "2026-11-28T08:15:32.123456Z", ""]),
        "sentAt": st.sampled_from([TIME, "2026-11-28T07:15:32Z"]),
        "properties": PROPERTIES,
        "context": CONTEXT,
    },
)


@given(item=ITEMS)
@fuzzed(500)
def test_an_item_of_the_usual_types_is_what_the_rules_in_plain_python_say(item: dict[str, Any]) -> None:
    expected, found = stored(item, None, NOW), read(item)
    if isinstance(expected, str):
        assert found.refused.keys() == {expected}
    else:
        assert [told(each) for each in found.said] == [known(expected)]
