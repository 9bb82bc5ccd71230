"""What must hold for any sessions, however strange their events."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.kit.media_rows import START, Event, sessions
from tests.reference.media.answers import STATUSES, sessions_stats, status
from tests.reference.media.fold import fold
from tests.reference.media.usage import usage

HOUR = 3_600_000_000


@given(sessions(), st.randoms(use_true_random=False))
def test_neither_order_nor_repeats_change_a_session(events: list[Event], random: Any) -> None:
    repeats = [{**event, "received_at": event["received_at"] + HOUR} for event in events if random.random() < 0.3]
    shuffled = [*events, *repeats]
    random.shuffle(shuffled)
    assert fold(shuffled) == fold(events)


@given(sessions())
def test_watching_fits_into_the_session(events: list[Event]) -> None:
    for session in fold(events):
        assert 0 <= session.watch_time_seconds <= (session.last_event_at - session.first_event_at) / 1e6
        assert session.completion_percent is None or 0 <= session.completion_percent <= 100
        assert session.content_seconds <= (session.max_position_seconds or 0)


@given(sessions(), st.integers(0, 3 * HOUR))
def test_the_states_partition_the_total(events: list[Event], later: int) -> None:
    answer = sessions_stats(fold(events), "24h", START + later)
    assert sum(answer[name] for name in STATUSES) == answer["total_sessions"]


@given(sessions())
def test_an_old_session_is_never_active(events: list[Event]) -> None:
    assert all(status(session, session.last_event_at + HOUR) != "active" for session in fold(events))


@given(sessions())
def test_usage_adds_up_to_the_sessions(events: list[Event]) -> None:
    folded = fold(events)
    stats = usage(folded, "30d", "1m", START + 24 * HOUR)["stats"]
    sampled = sum(session.bits or 0.0 for session in folded if session.first_bitrate is not None)
    assert abs(sum(item["bits"] for item in stats) - sampled) <= 1e-9 * max(1.0, sampled)
    ended = [stall for session in folded for stall in session.stalls if stall.end is not None]
    assert sum(item["stalls"] for item in stats) == len(ended)
