"""The reference itself, against sessions worked out by hand from the specification."""

import random
from typing import Any

import pytest

from tests.reference.media.fold import fold
from tests.reference.media.playback import BEGINNING, event, heartbeats, start
from tests.reference.media.session import MOST_APART, Session, union


def folded(*events: Any) -> Session:
    (session,) = fold(events)
    return session


def test_watch_time_is_wall_time_in_play_without_pauses_and_stalls() -> None:
    session = folded(
        start(),
        event(1, "play", 0),
        event(11, "heartbeat", 10),
        event(13, "buffering_start", 12),
        event(16, "buffering_end", 12),
        event(20, "pause", 16),
        event(50, "play", 16),
        event(60, "session_end", 26, final_status="abandoned"),
    )
    assert session.watch_time_seconds == 12 + 4 + 10
    assert (session.stall_count, session.stall_ms) == (1, 3000)
    assert session.unique_seconds == 26
    assert session.completion_percent == 26
    assert session.first_play_at == BEGINNING + 1_000_000


def test_content_watched_twice_counts_once() -> None:
    session = folded(
        start(),
        event(0, "play", 0),
        event(30, "seek", from_seconds=30, to_seconds=10),
        event(60, "pause", 40),
    )
    assert session.watch_time_seconds == 60
    assert session.unique_seconds == 40


def test_what_was_sought_is_not_played_but_what_follows_is() -> None:
    sought = [start(), event(0, "play", 0), event(5, "seek", from_seconds=5, to_seconds=97)]
    assert not folded(*sought, event(5, "pause", 97)).reached_end
    assert folded(*sought, event(6, "pause", 98)).reached_end


@pytest.mark.parametrize(
    ("events", "count", "milliseconds"),
    [
        pytest.param([event(1, "buffering_start", 0), event(3, "buffering_end", 0)], 0, 0, id="before the first play"),
        pytest.param([event(1, "play", 0), event(3, "buffering_start", 2)], 1, 7000, id="never ended"),
        pytest.param(
            [event(1, "play", 0), event(3, "buffering_start", 2), event(4, "buffering_start", 2), event(5, "play", 2)],
            1,
            2000,
            id="started twice, ended by play",
        ),
        pytest.param(
            [event(1, "play", 0), event(3, "buffering_end", 2, duration_ms=500)], 1, 500, id="an end without a start"
        ),
        pytest.param([event(1, "play", 0), event(3, "buffering_end", 2)], 1, 0, id="an end without start and length"),
        pytest.param(
            [event(1, "play", 0), event(2, "buffering_start", 1), event(4, "buffering_end", 1, duration_ms=1500)],
            1,
            1500,
            id="the client's own length",
        ),
        pytest.param(
            [event(1, "play", 0), event(2, "pause", 1), event(3, "buffering_start", 1), event(4, "buffering_end", 1)],
            0,
            0,
            id="while paused",
        ),
        pytest.param(
            [
                event(1, "play", 0),
                event(2, "seek", from_seconds=1, to_seconds=50),
                event(3, "buffering_start", 50),
                event(4, "buffering_end", 50),
            ],
            0,
            0,
            id="within a seek",
        ),
        pytest.param(
            [
                event(1, "play", 0),
                event(2, "seek", from_seconds=1, to_seconds=50),
                event(3, "heartbeat", 51),
                event(4, "buffering_start", 52),
                event(5, "buffering_end", 52),
            ],
            1,
            1000,
            id="after a seek and a heartbeat",
        ),
        pytest.param(
            [
                event(1, "play", 0),
                event(2, "buffering_start", 1),
                event(4, "seek", from_seconds=1, to_seconds=50),
                event(8, "buffering_end", 50, duration_ms=6000),
            ],
            1,
            2000,
            id="a seek takes over",
        ),
        pytest.param(
            [
                event(1, "play", 0),
                event(2, "buffering_start", 1),
                event(4, "play", 1),
                event(4.5, "buffering_end", 1.5),
            ],
            1,
            2000,
            id="ended by play, its end comes after",
        ),
        pytest.param(
            [event(1, "play", 0), event(2, "heartbeat", 1, buffering_count=3, buffering_duration_ms=40)],
            3,
            40,
            id="as reported",
        ),
    ],
)
def test_stalls(events: list[Any], count: int, milliseconds: float) -> None:
    session = folded(start(), *events, event(10, "quality_change", to_resolution="720p"))
    assert (session.buffering_count, session.buffering_duration_ms) == (count, milliseconds)


def test_a_stall_without_its_start_is_taken_from_the_time_in_play() -> None:
    session = folded(
        start(), event(0, "play", 0), event(10, "buffering_end", 7, duration_ms=3000), event(12, "pause", 9)
    )
    assert session.watch_time_seconds == 9


def test_a_bitrate_holds_from_its_sample_to_the_next_and_the_first_before_it() -> None:
    session = folded(
        start(),
        event(0, "play", 0),
        event(10, "heartbeat", 10, current_bitrate=1_000_000),
        event(15, "quality_change", to_resolution="1080p", to_bitrate=3_000_000),
        event(20, "heartbeat", 20, playback_rate=2),
        event(30, "pause", 40),
    )
    assert session.media_seconds == 10 + 5 + 5 + 20
    assert session.bits == 15 * 1e6 + 25 * 3e6


def test_without_samples_the_players_average_stands() -> None:
    end = {"final_status": "completed", "avg_bitrate": 2e6}
    session = folded(start(), event(0, "play", 0), event(30, "session_end", 30, **end, watched_seconds=25))
    assert (session.bits, session.media_seconds) == (50e6, 25)
    assert folded(start(), event(0, "play", 0), event(30, "session_end", 30, **end)).media_seconds == 30
    assert folded(start(), event(0, "play", 0), event(30, "pause", 30)).bits is None


def test_heartbeats_show_that_it_plays_where_play_was_lost() -> None:
    session = folded(start(), *heartbeats(10, 40))
    assert session.first_play_at == BEGINNING + 10_000_000
    assert session.watch_time_seconds == 30
    assert session.unique_seconds == 30


def test_a_heartbeat_after_a_pause_does_not_start_it() -> None:
    session = folded(start(), event(0, "play", 0), event(10, "pause", 10), event(20, "heartbeat", 10.1))
    assert session.watch_time_seconds == 10
    assert session.last_playhead_at == BEGINNING + 10_000_000


def test_what_follows_session_end_changes_nothing_but_errors() -> None:
    before = [start(), event(0, "play", 0), event(20, "session_end", 20, final_status="abandoned")]
    after = [event(30, "heartbeat", 99, current_bitrate=5), event(31, "error", error_code="E")]
    short, long = folded(*before), folded(*before, *after)
    assert (long.watch_time_seconds, long.bits, long.reached_end) == (short.watch_time_seconds, None, False)
    assert (long.events, long.errors, long.fatal_error) == (5, 1, True)


def test_a_fatal_error_ends_playing_and_another_does_not() -> None:
    played = [start(), event(0, "play", 0)]
    assert folded(*played, event(5, "error", 5, error_code="E"), event(9, "heartbeat", 5)).watch_time_seconds == 5
    survived = folded(*played, event(5, "error", 5, error_code="E", fatal=False), event(9, "heartbeat", 9))
    assert (survived.watch_time_seconds, survived.fatal_error, survived.errors) == (9, False, 1)


def test_of_a_silence_ten_minutes_count() -> None:
    session = folded(start(duration=7200), event(0, "play", 0), event(3600, "heartbeat", 3600))
    assert (session.watch_time_seconds, session.media_seconds, session.unique_seconds) == (600, None, 3600)


def test_a_milestone_without_a_position_has_none() -> None:
    session = folded(
        start(duration=180),
        event(0, "play", 0),
        event(32, "seek", from_seconds=32, to_seconds=77),
        event(32.1, "milestone", percent=25),
        event(63, "pause", 108),
    )
    assert session.completion_percent == 35
    assert folded(start(), event(0, "play", 0), event(20, "milestone", percent=95)).reached_end


def test_media_seconds_are_the_advance_and_not_time_at_a_rate_known_only_afterwards() -> None:
    session = folded(start(initial_bitrate=1e6), event(0, "play", 0), event(10, "heartbeat", 15, playback_rate=1.5))
    assert (session.media_seconds, session.bits, session.watch_time_seconds) == (15, 15e6, 10)


@pytest.mark.parametrize(
    ("rates", "furthest"),
    [
        pytest.param((None, None), 2 + 1.25 * 10 * 2, id="twice as fast as the clock without saying so"),
        pytest.param((3.0, None), 2 + 1.25 * 10 * 3, id="at the rate before"),
        pytest.param((None, 4.0), 2 + 1.25 * 10 * 4, id="at the rate now"),
    ],
)
def test_a_playhead_that_advanced_further_than_time_allows_jumped(rates: Any, furthest: float) -> None:
    before, now = rates
    played = [start(initial_bitrate=1e6), event(0, "play", 0), event(0, "heartbeat", 0, playback_rate=before)]
    allowed = folded(*played, event(10, "heartbeat", furthest, playback_rate=now))
    jumped = folded(*played, event(10, "heartbeat", furthest + 0.001, playback_rate=now))
    assert (allowed.unique_seconds, allowed.media_seconds) == (furthest, furthest)
    assert (jumped.unique_seconds, jumped.media_seconds) == (0, 10 * (before or 1))
    assert allowed.watch_time_seconds == jumped.watch_time_seconds == 10


def test_a_jump_is_no_way_to_the_end_and_no_movement() -> None:
    session = folded(start(), event(0, "play", 0), event(1, "heartbeat", 1), event(2, "heartbeat", 97))
    assert not session.reached_end
    assert session.last_playhead_at == BEGINNING + 1_000_000
    assert session.completion_percent == 1


def test_a_playhead_that_went_back_without_a_seek_jumped() -> None:
    session = folded(start(initial_bitrate=1e6), event(0, "play", 50), event(20, "heartbeat", 10))
    assert (session.watch_time_seconds, session.media_seconds, session.unique_seconds) == (20, 20, 0)


def test_a_laptop_that_slept_did_not_watch() -> None:
    session = folded(start(initial_bitrate=1e6), event(0, "play", 0), event(540, "heartbeat", 0.2))
    assert session.watch_time_seconds == 10 + 1.25 * 0.2
    assert (session.media_seconds, session.unique_seconds) == (0.2, 0.2)


@pytest.mark.parametrize(("before", "now"), [(0.5, None), (None, 0.5), (0.5, 1.0)])
def test_watch_time_is_borne_out_at_the_slower_rate(before: float | None, now: float | None) -> None:
    played = [start(), event(0, "play", 0), event(0, "heartbeat", 0, playback_rate=before)]
    session = folded(*played, event(100, "heartbeat", 20, playback_rate=now))
    assert session.watch_time_seconds == 10 + 1.25 * 20 / 0.5


def test_a_seek_that_reports_its_target_as_from_earns_nothing() -> None:
    session = folded(
        start(), event(0, "play", 0), event(5, "seek", from_seconds=97, to_seconds=97), event(6, "pause", 97)
    )
    assert (session.unique_seconds, session.reached_end, session.watch_time_seconds) == (0, False, 6)


def test_the_advance_is_shared_by_time_where_the_bitrate_changed() -> None:
    session = folded(
        start(initial_bitrate=1e6),
        event(0, "play", 0),
        event(4, "quality_change", to_resolution="1080p", to_bitrate=3e6),
        event(10, "heartbeat", 20),
    )
    assert (session.media_seconds, session.bits) == (20, 20 * (0.4 * 1e6 + 0.6 * 3e6))


def test_time_without_a_second_position_counts_by_the_clock() -> None:
    session = folded(
        start(initial_bitrate=1e6),
        event(0, "play", 0),
        event(10, "heartbeat", 20, playback_rate=2.0),
        event(15, "session_end", final_status="abandoned"),
    )
    assert (session.watch_time_seconds, session.media_seconds, session.unique_seconds) == (15, 20 + 5 * 2, 20)


def test_a_pause_that_says_no_position_keeps_the_stretch_open() -> None:
    """Such events come from adapters."""
    session = folded(
        start(initial_bitrate=1e6),
        event(0, "play", 0),
        event(6, "pause"),
        event(60, "play"),
        event(64, "heartbeat", 10),
    )
    assert (session.watch_time_seconds, session.media_seconds, session.unique_seconds) == (10, 10, 10)


def test_a_seek_from_nowhere_leaves_the_time_before_it_to_the_clock() -> None:
    seek = event(10, "seek", from_seconds=None, to_seconds=50)
    session = folded(start(initial_bitrate=1e6), event(0, "play", 0), seek, event(15, "heartbeat", 55))
    assert (session.watch_time_seconds, session.media_seconds, session.unique_seconds) == (15, 15, 5)


def test_what_plays_without_any_position_counts_by_the_clock() -> None:
    session = folded(start(initial_bitrate=1e6), event(0, "play"), event(10, "heartbeat"), event(20, "pause"))
    assert (session.watch_time_seconds, session.media_seconds, session.completion_percent) == (20, 20, None)
    assert session.max_position_seconds is None


def test_events_of_one_instant_are_told_apart_by_their_kind() -> None:
    """The pause belongs to before the play, the beat to after it, whatever their ids."""
    events = [start(), event(0, "play", 0), event(10, "heartbeat", 10), event(10, "play", 10), event(10, "pause", 10)]
    session = folded(*events, event(20, "heartbeat", 20))
    assert (session.watch_time_seconds, session.unique_seconds) == (20, 20)


def test_a_sequence_decides_where_every_event_of_the_instant_has_one() -> None:
    beat, after = event(10, "heartbeat", 10), event(20, "heartbeat", 20)
    play, pause = event(10, "play", 10, _sequence=6), event(10, "pause", 10, _sequence=7)
    begun = [start(), event(0, "play", 0)]
    assert folded(*begun, play, pause, after).watch_time_seconds == 10
    assert folded(*begun, play, pause, beat, after).watch_time_seconds == 20


def test_a_live_stream_has_no_completion() -> None:
    live = folded(start(duration=None), event(0, "play", 0), event(10, "heartbeat", 10))
    assert (live.completion_percent, live.unique_seconds) == (None, 10)
    ended = event(20, "session_end", final_status="abandoned", completion_percent=40.0)
    assert folded(start(duration=None), event(0, "play", 0), ended).completion_percent is None


@pytest.mark.parametrize(
    ("events", "completion"),
    [
        pytest.param([event(0, "play", 30)], None, id="one position"),
        pytest.param([event(0, "play"), event(9, "session_end", completion_percent=40.0)], 40, id="as the end says"),
        pytest.param([event(0, "play"), event(9, "session_end", completion_percent=140.0)], 100, id="at most 100"),
        pytest.param([event(9, "session_end", completion_percent=40.0)], 0, id="never played"),
        pytest.param([event(0, "play", 90), event(9, "session_end", 90, completion_percent=90.0)], 0, id="measured"),
    ],
)
def test_completion_is_what_was_watched_and_never_a_position(events: list[Any], completion: float | None) -> None:
    assert folded(start(), *events).completion_percent == completion


def test_completion_without_duration_is_unknown_and_without_play_zero() -> None:
    assert folded(event(0, "play", 0), event(10, "heartbeat", 10)).completion_percent is None
    assert folded(start()).completion_percent == 0
    assert folded(start(duration=5), event(0, "play", 0), event(10, "pause", 10)).completion_percent == 100


def test_the_earliest_value_that_is_there_is_the_sessions() -> None:
    session = folded(
        start(ttfb_ms=None),
        start(1, duration=50, ttfb_ms=80, connection_type="wifi", _country_code="RO"),
        start(2, duration=60, ttfb_ms=90, connection_type="cellular", _country_code="IT"),
    )
    assert session.total_duration_seconds == 100
    assert (session.ttfb_ms, session.connection_type, session.country_code) == (80, "wifi", "RO")


def test_order_and_repeats_do_not_matter() -> None:
    events = [
        start(initial_bitrate=1e6),
        event(0, "play", 0),
        *heartbeats(10, 60, current_bitrate=2e6),
        event(62, "buffering_start", 62),
        event(65, "buffering_end", 62),
        event(70, "session_end", 67, final_status="abandoned"),
    ]
    repeats = [{**e, "received_at": e["received_at"] + 5_000_000} for e in events[::2]]
    shuffled = [*events, *repeats]
    random.Random(7).shuffle(shuffled)
    assert folded(*shuffled) == folded(*events)


def test_another_medium_in_the_same_session_is_a_session_of_its_own() -> None:
    sessions = fold([start(), start(_media_id="another")])
    assert [session.media_id for session in sessions] == ["another", "exercise"]


def test_stretches_are_united_and_the_smallest_gap_is_closed_beyond_the_most() -> None:
    stretches: list[tuple[float, float]] = []
    for begin in range(MOST_APART):
        stretches = union(stretches, (10.0 * begin, 10.0 * begin + 5))
    assert len(stretches) == MOST_APART
    assert union(stretches, (157.0, 158.0))[-1] == (150, 158)
    assert union([(0, 1), (2, 3)], (1, 2)) == [(0, 3)]
