"""Example traffic: valid, the same for the same seed, with the shares asked for."""

from collections import Counter
from dataclasses import replace
from itertools import islice

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinelake.example.media.messages import CONSENT_LEVEL, log_messages
from kinelake.example.media.traffic import EVENTS_PER_SESSION, MediaTraffic, Traffic
from kinelake.example.people import ORGANISATION, USER_AGENTS
from kinelake.example.places import NOWHERE
from kinelake.example.schedule import Shares
from kinelake.example.traffic import ClientEvent
from schemas.media.events import KINDS, STREAM
from schemas.shared.envelope import SCHEMA_VERSION, RequestPart
from schemas.shared.keys import message_key
from schemas.shared.message import head_line, item_line
from schemas.shared.validation import EventValidator
from tests.reference.accepted import accepted
from tests.reference.media.answers import status
from tests.reference.media.fold import fold

START = 1_770_000_000_000_000
DAY_US = 86_400_000_000
validator = EventValidator(STREAM)


def traffic(seed: int = 1, sessions: int = 40, span: int = DAY_US, **settings: object) -> MediaTraffic:
    return MediaTraffic(Traffic(seed, sessions, START, span, **{"templates": 60, **settings}))  # type: ignore[arg-type]


def arrivals_of(events: list[ClientEvent]) -> list[int]:
    return [event.arrived for event in events]


@given(st.integers(0, 2**40))
@settings(max_examples=15, deadline=None)
def test_every_body_is_valid(seed: int) -> None:
    for event in traffic(seed, sessions=10).client_events():
        assert validator.accept(event.body, event.arrived).event_type in KINDS


@given(st.integers(0, 2**40))
@settings(max_examples=10, deadline=None)
def test_the_same_seed_gives_the_same_traffic(seed: int) -> None:
    first, again = traffic(seed, sessions=10), traffic(seed, sessions=10)
    assert list(first.client_events()) == list(again.client_events())
    assert list(first.client_events()) == list(first.client_events())


def test_the_same_seed_at_another_time_has_the_same_people_and_other_ids() -> None:
    """A body with an id of its own and other times would be a conflict."""
    first, later = traffic(3), MediaTraffic(replace(traffic(3).traffic, start=START + 1_000))
    assert first.people == later.people
    assert not set(first.session_ids) & set(later.session_ids)
    ids = [{msgspec.json.decode(e.body)["event_id"] for e in one.client_events()} for one in (first, later)]
    assert not ids[0] & ids[1]


def test_another_seed_gives_other_traffic() -> None:
    ids = [{msgspec.json.decode(e.body)["event_id"] for e in traffic(seed).client_events()} for seed in (1, 2)]
    assert not ids[0] & ids[1]


def test_events_come_in_order_of_arrival_and_not_before_they_happen() -> None:
    events = list(traffic().client_events())
    assert arrivals_of(events) == sorted(arrivals_of(events))
    assert all(validator.accept(event.body, event.arrived).occurred_at <= event.arrived for event in events)


def test_repeats_have_the_id_and_body_of_their_original_and_the_share_asked_for() -> None:
    events = list(traffic(sessions=400, shares=Shares(repeated=0.1)).client_events())
    bodies = Counter(event.body for event in events)
    ids = Counter(msgspec.json.decode(body)["event_id"] for body in bodies)
    assert set(ids.values()) == {1}
    assert set(bodies.values()) == {1, 2}
    assert len(events) / len(bodies) - 1 == pytest.approx(0.1, abs=0.01)


def test_late_events_have_the_shares_asked_for() -> None:
    plan = traffic(sessions=1_000, shares=Shares(repeated=0, late=0.2, hours_late=0.02)).schedule
    delay = (plan.arrived - plan.at) / 1e6
    assert (delay > 3_599).mean() == pytest.approx(0.02, abs=0.004)
    assert ((delay > 4) & (delay < 3_599)).mean() == pytest.approx(0.2, abs=0.01)


def test_neighbours_change_places_on_the_way() -> None:
    plan = traffic(span=3_600_000_000, shares=Shares(0, 0, 0)).schedule
    assert (plan.at[1:] < plan.at[:-1]).any()


def test_evenings_see_more_sessions_than_mornings() -> None:
    hours = Counter(at // 3_600_000_000 % 24 for at in traffic(sessions=4_000).schedule.at.tolist())
    assert hours[19] > 3 * hours[7]


def test_sessions_are_about_as_long_as_said_and_the_bodies_of_the_usual_size() -> None:
    media = traffic(sessions=2_000, templates=1_000)
    sizes = [len(event.body) for event in islice(media.client_events(), 5_000)]
    assert len(media) / 2_000 == pytest.approx(EVENTS_PER_SESSION, rel=0.15)
    assert 300 < sum(sizes) / len(sizes) < 450


def test_people_differ_in_place_and_device_and_each_keeps_theirs() -> None:
    media = traffic(sessions=4_000)
    assert {person.user_agent for person in media.people} == set(USER_AGENTS)
    assert len({person.place.country for person in media.people}) == 8
    assert any(person.place is NOWHERE for person in media.people)
    assert len({person.name for person in media.people}) == len(media.people)


def test_all_kinds_of_endings_occur() -> None:
    sessions = fold(accepted(traffic(sessions=600, templates=600).client_events(), ORGANISATION))
    assert len(sessions) == 600
    ends = Counter(status(session, START + 3 * DAY_US) for session in sessions)
    assert ends["completed"] > 100
    assert ends["abandoned"] > 100
    assert ends["active"] == 0
    assert any(session.fatal_error for session in sessions)
    assert any(session.first_play_at is None for session in sessions)
    assert any(session.end_status is None for session in sessions)
    assert any(session.stall_count > 3 for session in sessions)


def test_messages_are_what_a_gateway_would_put_on_the_log() -> None:
    media = traffic()
    for event, sent in zip(media.client_events(), log_messages(media, str.upper), strict=True):
        taken = validator.accept(event.body, event.arrived)
        head, item = map(msgspec.json.decode, sent.value.splitlines())
        taken.payload_digest = item["payload_digest"]
        part = RequestPart(
            schema_version=SCHEMA_VERSION,
            tenant=ORGANISATION,
            subject=event.person.name.upper(),
            received_at=event.arrived,
            request_id=head["request_id"],
            consent_level=CONSENT_LEVEL,
            consent_source="token",
        )
        assert taken.event_id is not None
        assert head == msgspec.json.decode(head_line(part))
        assert item == msgspec.json.decode(item_line(taken, taken.event_id))
        assert sent.key == message_key(ORGANISATION, taken.session_id, "")
        assert sent.client.decode().startswith(event.person.address)
