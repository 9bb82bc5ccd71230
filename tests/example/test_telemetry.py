"""Example visits, error reports, audit entries and consent records: valid, the same for the same seed, told apart."""

from collections import Counter
from hashlib import sha256
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinelake.example.analytics.messages import SENT_TOGETHER, log_messages
from kinelake.example.analytics.traffic import AnalyticsTraffic
from kinelake.example.audit import SERVER, AuditTraffic
from kinelake.example.consent import ConsentTraffic
from kinelake.example.errors import SHARE, ErrorsTraffic
from kinelake.example.media.traffic import planned
from kinelake.example.traffic import ClientEvent, Example, Plan, examples
from schemas.shared.message import LINE_END, item_line
from schemas.shared.stream import Stream
from schemas.shared.validation import EventValidator

START = 1_770_000_000_000_000
DAY_US = 86_400_000_000
TRAFFIC = [examples()[name] for name in ("analytics", "errors", "audit", "consent")]
ON_THE_LOG = TRAFFIC[:2]


def plan(seed: int = 1, events: int = 2_000) -> Plan:
    return Plan(seed, events, START, DAY_US)


def bodies(events: list[ClientEvent]) -> list[dict[str, Any]]:
    return [msgspec.json.decode(event.body) for event in events]


def accepted(stream: Stream, events: list[ClientEvent]) -> list[Any]:
    validator = EventValidator(stream)
    return [validator.accept(event.body, event.arrived) for event in events]


@pytest.mark.parametrize("example", TRAFFIC, ids=lambda example: example.stream.name)
@given(seed=st.integers(0, 2**40))
@settings(max_examples=4, deadline=None)
def test_every_body_is_valid_and_comes_in_order_and_not_before_it_happens(example: Example[Any], seed: int) -> None:
    events = list(example.traffic(plan(seed, 500)).client_events())
    assert [event.arrived for event in events] == sorted(event.arrived for event in events)
    taken = accepted(example.stream, events)
    assert all(one.occurred_at <= event.arrived for one, event in zip(taken, events, strict=True))


@pytest.mark.parametrize("example", TRAFFIC, ids=lambda example: example.stream.name)
def test_the_same_plan_gives_the_same_traffic_and_another_time_other_ids(example: Example[Any]) -> None:
    first = list(example.traffic(plan()).client_events())
    assert first == list(example.traffic(plan()).client_events())
    later = list(example.traffic(plan()._replace(start=START + 1000)).client_events())
    ids = [{body["event_id"] for body in bodies(events)} for events in (first, later)]
    assert not ids[0] & ids[1]


@pytest.mark.parametrize("example", TRAFFIC, ids=lambda example: example.stream.name)
def test_there_is_about_as_much_as_was_asked_for_and_some_of_it_twice(example: Example[Any]) -> None:
    events = list(example.traffic(plan(events=10_000)).client_events())
    once = Counter(event.body for event in events)
    assert len(once) == pytest.approx(10_000 * example.share, rel=0.25)
    assert set(once.values()) == {1, 2}


def test_people_watch_on_their_visits_what_the_media_traffic_says_they_do() -> None:
    watched = {one.session_id: one for one in planned(plan()).watched()}
    starts = [
        (event.person, body)
        for event in AnalyticsTraffic(plan()).client_events()
        if (body := msgspec.json.decode(event.body))["event_name"] == "exercise.start"
    ]
    assert {body["session_id"] for _, body in starts} == watched.keys()
    for person, body in starts:
        assert (person, body["resource_id"]) == (
            watched[body["session_id"]].person,
            watched[body["session_id"]].title.media_id,
        )


def test_reports_are_of_watched_sessions_and_some_hold_what_is_masked() -> None:
    watched = {one.session_id: one for one in planned(plan()).watched()}
    events = list(ErrorsTraffic(plan(events=10_000)).client_events())
    sessions = {one.session_id: one for one in planned(plan(events=10_000)).watched()}
    for event, body in zip(events, bodies(events), strict=True):
        session = sessions[body["session_id"]]
        assert (event.person, body["media_id"]) == (session.person, session.title.media_id)
    masked = [one for one in accepted(examples()["errors"].stream, events) if "[" in one.fields["error_message"]]
    assert 0.1 < len(masked) / len(events) < 0.5
    assert len(watched) < len(sessions)


def test_messages_of_visits_are_what_a_gateway_would_put_on_the_log() -> None:
    traffic = AnalyticsTraffic(plan())
    validator = EventValidator(examples()["analytics"].stream)
    sent = {}
    for event in traffic.client_events():
        taken = validator.accept(event.body, event.arrived)
        sent[taken.event_id] = msgspec.json.decode(item_line(taken, str(taken.event_id)))
    for message in log_messages(traffic, str.upper):
        head, *items = map(msgspec.json.decode, message.value.split(LINE_END))
        assert len(items) <= SENT_TOGETHER
        assert message.key == f"{head['tenant']}:{items[0]['session_id']}".encode()
        for item in items:
            expected = sent.pop(item["event_id"])
            assert item | {"payload_digest": 0} == expected | {"payload_digest": 0}
            assert item["occurred_at"] <= head["received_at"]
    assert sent == {}


def test_visits_and_reports_have_messages_for_the_log() -> None:
    for example in ON_THE_LOG:
        assert example.messages is not None
        messages = list(example.messages(example.traffic(plan()), str.upper))
        assert len(messages) > 2_000 * SHARE / 2


def test_an_entry_is_told_by_the_server_and_names_who_did_it_in_the_headers_of_a_proxy() -> None:
    audit = examples()["audit"]
    types = set[str]()
    for event in AuditTraffic(plan()).client_events():
        sent = audit.request(lambda name: f"token of {name}", event.person, [event.body])
        assert sent.headers["Authorization"] == f"Bearer token of {SERVER}"
        assert sent.headers["X-Actor-Hash"] == sha256(event.person.name.encode()).hexdigest()
        types.add(sent.headers["X-Actor-Type"])
    assert (audit.role, types) == ("system", {"user", "specialist", "admin"})


def test_entries_say_that_they_are_examples_and_some_that_something_was_refused() -> None:
    entries = bodies(list(AuditTraffic(plan(events=10_000)).client_events()))
    assert all(entry["metadata"]["example"] and entry["resource_id"].startswith("example-") for entry in entries)
    refused = [entry for entry in entries if entry["status"] == "refused"]
    assert 0.01 < len(refused) / len(entries) < 0.06
    assert {entry["status_code"] for entry in refused} == {403}


def test_who_withdraws_has_allowed_it_before_and_is_nobody_of_the_other_traffic() -> None:
    said = dict[str, dict[str, int]]()
    for event in ConsentTraffic(plan(events=10_000)).client_events():
        body = msgspec.json.decode(event.body)
        assert body["source"].startswith("example-")
        # a repeat changes nothing
        said.setdefault(event.person.name, {}).setdefault(body["event_id"], body["level"])
    withdrawn = {name for name, words in said.items() if list(words.values())[-1] < 2}
    assert 0.05 < len(withdrawn) / len(said) < 0.3
    assert all(next(iter(said[name].values())) >= 2 for name in withdrawn)
    others = {person.name for person in planned(plan(events=10_000)).people}
    assert not withdrawn & others
    assert (said.keys() - withdrawn) & others
