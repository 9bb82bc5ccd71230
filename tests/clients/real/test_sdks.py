"""Six SDKs of the Segment protocol, of pages and of servers, and the rows that come of what they say.

They make every call once, are told 503 and 429, lose the network, are closed with something unsaid, and ask people for
consent. SDKs of phones were not run.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from playwright.sync_api import Browser

from tests.clients.real.bundling import bundled
from tests.clients.real.front import Front, fault
from tests.clients.real.house import House, house
from tests.clients.real.items import MARK, sent
from tests.clients.real.speaking import PAGES, SERVERS, Speaker, page_speaker, server_speaker
from tests.kit.browser import Watched
from tests.kit.pages import block
from tests.kit.running import waiting

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.xdist_group("real clients")]

WITHOUT_SCREENS = "rudder-analytics-js"
EMAIL = "someone@example.org"
NAMES: Mapping[str, str] = {"page": "page.view", "screen": "screen.view", "identify": "identify", "group": "group"}
"""Type of an item → the event_name of its row; a track's is its own."""
AGAIN: Mapping[str, int] = {"again": 503, "later": 429}
"""Mark of an item that has to come twice → what it is answered at first."""
LAST = {"analytics-next": "batching", "rudder-analytics-js": "beacon"}
"""How each sends, when a page ends, what it has gathered."""
MANUAL: Mapping[str, str] = {
    "analytics-next": block("docs/segment.md", "analytics-next.js"),
    "rudder-analytics-js": block("docs/segment.md", "rudder-analytics.js"),
}
"""What docs/segment.md has pages set up."""
ADDRESS, KEY = "https://data.example.org", "kpk_…"
Row: TypeAlias = Mapping[str, Any]


class Spoken:
    """All that the SDKs said, and the table afterwards; by SDK, what pages by the manual asked of other hosts."""

    def __init__(self, made: House, elsewhere: Mapping[str, Sequence[str]]) -> None:
        made.settled("analytics")
        self.elsewhere = elsewhere
        self.front = made.front
        self.sent = list(sent(made.front))
        self.rows: list[Row] = list(made.analytics().iter_rows(named=True))

    def marked(self, mark: str) -> list[Row]:
        """The rows with this mark."""
        return [row for row in self.rows if json.loads(row["properties"] or "{}").get(MARK) == mark]


@pytest.fixture(scope="module")
def spoken(browser: Browser, film: Path, packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spoken]:
    with house(tmp_path_factory.mktemp("sdks"), film, packages, "web", "flow analytics") as made:
        for sdk in SERVERS:
            with server_speaker(sdk, packages, made.front.url, made.key) as speaker:
                say_all(speaker, sdk, made.front)
                say_with_consent(speaker, sdk)
                speaker.flush()
        for sdk in PAGES:
            browse(browser, made, sdk)
        folders = {sdk: tmp_path_factory.mktemp(sdk) for sdk in PAGES}
        yield Spoken(made, {sdk: set_up(browser, made, sdk, packages, folder) for sdk, folder in folders.items()})


def say_all(speaker: Speaker, sdk: str, front: Front) -> None:
    """Every call once, then two that are answered 503 and 429 at first."""
    user = {"userId": f"{sdk} user"}
    speaker.say("page", name="Library", properties={MARK: f"{sdk} page"}, **user)
    speaker.say("track", event="Plan Opened", properties={MARK: f"{sdk} track", "value": 12.5}, **user)
    speaker.say("identify", traits={"email": EMAIL}, **user)
    speaker.say("group", groupId=f"{sdk} group", **user)
    speaker.say("alias", previousId=f"{sdk} before", **user)
    if sdk != WITHOUT_SCREENS:
        speaker.say("screen", name="Home", properties={MARK: f"{sdk} screen"}, **user)
    for mark, status in AGAIN.items():
        front.faults[f"{sdk} {mark}".encode()] = fault(status)
        speaker.say("track", event="Again", properties={MARK: f"{sdk} {mark}"}, **user)
        arrived(front, f"{sdk} {mark}")
    arrived(front, f"{sdk} page", f"{sdk} track")


def say_with_consent(speaker: Speaker, sdk: str) -> None:
    """One item of a person who said yes, and one of a person who said no."""
    for word, allowed in (("yes", True), ("no", False)):
        consent = {"categoryPreferences": {"Analytics": allowed, "Advertising": False}}
        said = {"userId": f"{sdk} {word}", "properties": {MARK: f"{sdk} {word}"}, "context": {"consent": consent}}
        speaker.say("track", event="Asked", **said)


def browse(browser: Browser, made: House, sdk: str) -> None:
    """The same in pages, of which one loses the network for a while, and one is closed with something unsaid."""
    context, front = browser.new_context(), made.front
    page = context.new_page()
    speaker = page_speaker(page, made.pages, sdk, front.url, made.key)
    say_all(speaker, sdk, front)
    context.set_offline(True)
    speaker.say("track", event="Offline", properties={MARK: f"{sdk} offline"})
    page.wait_for_timeout(200)
    context.set_offline(False)
    arrived(front, f"{sdk} offline")
    ask(made, context.new_page(), sdk)
    leaving = context.new_page()
    page_speaker(leaving, made.pages, sdk, front.url, made.key, LAST[sdk]).say(
        "track", event="Left", properties={MARK: f"{sdk} left"}
    )
    assert f"{sdk} left" not in {item.mark for item in sent(front)}
    leaving.close(run_before_unload=True)
    arrived(front, f"{sdk} left")
    context.close()


def set_up(browser: Browser, made: House, sdk: str, packages: Path, folder: Path) -> Sequence[str]:
    """A page that is set up as the manual has it, but for address and key, and what it asked of other hosts."""
    watched = Watched(browser.new_page())
    watched.page.goto(f"{made.pages}/empty/{sdk}")
    before = len(list(sent(made.front)))
    source = MANUAL[sdk].replace(ADDRESS, made.front.url).replace(KEY, made.key)
    watched.page.add_script_tag(content=bundled(source, packages, folder), type="module")
    waiting(lambda: any(item.taken for item in list(sent(made.front))[before:]))
    watched.page.close()
    return watched.elsewhere


def ask(made: House, page: Any, sdk: str) -> None:
    """Consent as each SDK carries it: in an item's context, or as it was loaded with."""
    if sdk == "analytics-next":
        say_with_consent(page_speaker(page, made.pages, sdk, made.front.url, made.key), sdk)
    else:
        for word, allowed, denied in (("yes", ["analytics"], ["marketing"]), ("no", [], ["analytics", "marketing"])):
            consent = {"enabled": True, "provider": "custom", "allowedConsentIds": allowed, "deniedConsentIds": denied}
            speaker = page_speaker(page, made.pages, sdk, made.front.url, made.key, consentManagement=consent)
            speaker.say("track", event="Asked", properties={MARK: f"{sdk} {word}"})
            arrived(made.front, f"{sdk} {word}")
    arrived(made.front, f"{sdk} yes", f"{sdk} no")


def arrived(front: Front, *marks: str) -> None:
    """Returns once each got a 2xx."""
    waiting(lambda: set(marks) <= {item.mark for item in sent(front) if item.taken})


@pytest.mark.parametrize("sdk", [*SERVERS, *PAGES])
@pytest.mark.parametrize("mark", ["page", "track", *AGAIN, "yes"])
def test_what_an_sdk_says_is_one_row(spoken: Spoken, sdk: str, mark: str) -> None:
    (row,) = spoken.marked(f"{sdk} {mark}")
    assert (row["source"], row["tenant"]) == ("segment", "clinic")
    assert row["ingest_key"] is not None


@pytest.mark.parametrize("sdk", [*SERVERS, *PAGES])
@pytest.mark.parametrize("mark", AGAIN)
def test_an_item_that_was_answered_503_or_429_came_again_and_is_one_row(spoken: Spoken, sdk: str, mark: str) -> None:
    statuses = [item.status for item in spoken.sent if item.mark == f"{sdk} {mark}"]
    assert statuses[0] == AGAIN[mark]
    assert 200 in statuses
    assert len(spoken.marked(f"{sdk} {mark}")) == 1


@pytest.mark.parametrize("sdk", [*SERVERS, *PAGES])
def test_nothing_is_stored_of_whom_consent_was_asked_and_said_no(spoken: Spoken, sdk: str) -> None:
    assert f"{sdk} no" in {item.mark for item in spoken.sent}
    assert spoken.marked(f"{sdk} no") == []


@pytest.mark.parametrize("sdk", PAGES)
@pytest.mark.parametrize("mark", ["offline", "left"])
def test_a_page_that_lost_the_network_or_was_closed_lost_nothing(spoken: Spoken, sdk: str, mark: str) -> None:
    assert len(spoken.marked(f"{sdk} {mark}")) == 1


@pytest.mark.parametrize("sdk", PAGES)
def test_a_page_that_is_set_up_as_the_manual_has_it_is_one_row_and_asks_nobody_else(spoken: Spoken, sdk: str) -> None:
    (row,) = [row for row in spoken.rows if f"/empty/{sdk}" in (row["page_url"] or "")]
    assert (row["event_name"], row["resource_id"]) == ("page.view", "Library")
    assert spoken.elsewhere[sdk] == []


def test_all_items_but_aliases_are_a_row_each_and_none_is_two(spoken: Spoken) -> None:
    taken = {item.id: item for item in spoken.sent if item.taken and not item.mark.endswith(" no")}
    expected = Counter(NAMES.get(item.type, item.event) for item in taken.values() if item.type != "alias")
    assert Counter(row["event_name"] for row in spoken.rows) == expected
    assert len({row["event_id"] for row in spoken.rows}) == len(spoken.rows)
    assert expected["identify"] == expected["group"] == len((*SERVERS, *PAGES))


def test_what_is_not_taken_is_named_to_whoever_looks(spoken: Spoken) -> None:
    named = {reason.partition("=")[0] for seen in spoken.front.seen for reason in seen.refused.split(", ") if reason}
    assert named == {"consent_required", "unsupported"}


def test_traits_are_stored_nowhere(spoken: Spoken) -> None:
    assert any(EMAIL.encode() in seen.body for seen in spoken.front.seen)
    assert not [row for row in spoken.rows if EMAIL in str(row)]
