"""Sessions of players that never say where the playhead is, as those that speak CMCD: time in play is all there is."""

from datetime import timedelta
from random import Random
from typing import Any

import polars as pl
import pytest

from schemas.media.sessions import MEDIA_SESSION_STATES
from schemas.shared.times import moment
from sinks.media.status import status
from tests.kit.media_folded import Folded, expect, expect_usage
from tests.kit.media_rows import Event, rows
from tests.reference.media.playback import BEGINNING, event, start

KEYED: dict[str, Any] = {"_source": "cmcd", "_ingest_key": "a key"}


def told(at: float, kind: str, **data: Any) -> Event:
    return event(at, kind, **KEYED, **data)


def folded(*events: Event) -> dict[str, Any]:
    """The one session of these events, as the reference has it too."""
    step = Folded()
    step.take(rows(list(events)))
    expect(step, list(events))
    expect_usage(step, list(events))
    (session,) = step.states.values()
    return session


def watched(*events: Event) -> tuple[float, int, float]:
    """Seconds in play, stalls and their seconds."""
    session = folded(*events)
    return session["watch_time_seconds"], session["buffering_count"], session["buffering_duration_ms"] / 1000


BEGUN = (start(0, **KEYED), told(1, "play"))
SEEK = told(11, "seek", from_seconds=None, to_seconds=None), told(11, "buffering_start")


def test_without_positions_watch_time_is_time_in_play_and_what_was_watched_is_unknown() -> None:
    session = folded(
        *BEGUN, told(11, "heartbeat", current_bitrate=1e6), told(21, "pause"), told(81, "play"), told(91, "heartbeat")
    )
    assert (session["watch_time_seconds"], session["media_seconds"], session["bits"]) == (30, 30, 3e7)
    assert (session["unique_seconds"], session["completion_percent"], session["max_position_seconds"]) == (None,) * 3
    assert (session["source"], session["ingest_key"], session["reached_end"]) == ("cmcd", "a key", False)


def test_a_session_that_never_played_watched_nothing_and_that_is_known() -> None:
    session = folded(start(0, **KEYED), told(3, "buffering_start"), told(60, "heartbeat"))
    assert (session["watch_time_seconds"], session["unique_seconds"], session["completion_percent"]) == (0, 0, 0)
    assert (session["buffering_count"], session["first_play_at"]) == (0, None)


@pytest.mark.parametrize("to_seconds", [None, 40.0])
def test_from_a_seek_to_the_next_play_nothing_is_watched_and_nothing_is_a_stall(to_seconds: float | None) -> None:
    away = told(11, "seek", from_seconds=None, to_seconds=to_seconds), told(11, "buffering_start")
    assert watched(*BEGUN, *away, told(14, "play"), told(24, "pause")) == (20, 0, 0)
    assert watched(*BEGUN, *away, told(12, "buffering_start"), told(13, "heartbeat"), told(24, "pause")) == (10, 0, 0)
    assert watched(*BEGUN, *away, told(24, "pause"), told(34, "play"), told(35, "pause")) == (11, 0, 0)


def test_a_seek_ends_a_stall_and_a_play_after_it_begins_anew() -> None:
    stalled = told(9, "buffering_start")
    assert watched(*BEGUN, stalled, *SEEK, told(14, "play"), told(24, "pause")) == (18, 1, 2)
    assert watched(
        *BEGUN, *SEEK, told(14, "play"), told(16, "buffering_start"), told(19, "play"), told(20, "pause")
    ) == (13, 1, 3)


def test_a_stall_that_nothing_ends_lasts_until_the_last_report() -> None:
    assert watched(*BEGUN, told(5, "buffering_start"), told(15, "heartbeat"), told(25, "error", fatal=False)) == (
        4,
        1,
        20,
    )


def test_states_that_are_said_twice_change_nothing() -> None:
    once = (
        *BEGUN,
        told(11, "buffering_start"),
        told(14, "play"),
        told(24, "pause"),
        told(30, "play"),
        told(31, "pause"),
    )
    again = start(0, **KEYED), told(6, "play"), told(12, "buffering_start"), told(20, "play"), told(27, "pause")
    assert watched(*once) == watched(*once, *again)


def test_the_end_is_reached_by_a_milestone_alone() -> None:
    ended = told(61, "milestone", percent=95, position_seconds=None), told(61, "pause")
    session = folded(*BEGUN, *ended, told(70, "play"), told(75, "pause"))
    assert (session["reached_end"], session["end_status"], session["watch_time_seconds"]) == (True, None, 65)


def test_the_numbers_a_player_counts_itself_are_taken_where_it_says_them() -> None:
    counted = told(
        11, "heartbeat", buffering_count=3, buffering_duration_ms=4500.0, dropped_frames=7, playback_rate=2.0
    )
    session = folded(*BEGUN, counted, told(21, "heartbeat", current_bitrate=1e6))
    assert (session["buffering_count"], session["buffering_duration_ms"], session["dropped_frames"]) == (3, 4500, 7)
    assert (session["watch_time_seconds"], session["media_seconds"]) == (20, 30)


def test_only_who_reported_a_position_is_abandoned_for_not_moving() -> None:
    beats = [told(60.0 * minute, "heartbeat") for minute in range(1, 41)]
    unseen, seen = folded(*BEGUN, *beats), folded(*BEGUN, told(30, "heartbeat", position_seconds=29.0), *beats)
    assert [status_of(each, minutes=41) for each in (unseen, seen)] == ["active", "abandoned"]
    assert [status_of(each, minutes=50) for each in (unseen, seen)] == ["abandoned", "abandoned"]


def status_of(session: dict[str, Any], minutes: int) -> str:
    row = pl.DataFrame([session], schema=MEDIA_SESSION_STATES.schema)
    return str(row.select(status(moment(BEGINNING) + timedelta(minutes=minutes))).item())


def test_in_any_order_and_in_any_batches_it_is_the_same_session() -> None:
    stalled = told(30, "buffering_start"), told(31, "heartbeat"), told(33, "play"), told(40, "error", fatal=False)
    played = (*BEGUN, *SEEK, told(12, "play"), *stalled, told(41, "milestone", percent=95), told(41, "pause"))
    events, expected = list(played), folded(*played)
    for seed in range(20):
        Random(seed).shuffle(events)
        step = Folded()
        for number, one in enumerate(events):
            step.take(rows([one], number))
        expect_usage(step, events)
        (session,) = step.states.values()
        assert {**session, "revision": 0} == {**expected, "revision": 0}


def test_a_session_that_a_token_and_a_key_write_says_the_key_that_came_first() -> None:
    mixed = event(0, "play", 0), event(5, "heartbeat", 5, _source="segment", _ingest_key="b"), told(10, "heartbeat")
    assert (folded(*mixed)["source"], folded(*mixed)["ingest_key"]) == ("segment", "b")
