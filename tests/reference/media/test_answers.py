"""The reference's answers, against numbers worked out by hand."""

from typing import Any

import pytest

from tests.reference.media.answers import (
    bandwidth_stats,
    percentile_nearest_rank,
    qoe,
    sessions_stats,
    sketched,
    smoothness_score,
    startup_score,
    status,
)
from tests.reference.media.fold import fold
from tests.reference.media.playback import BEGINNING, event, heartbeats, start
from tests.reference.media.session import Session, Stall
from tests.reference.media.stretches import Piece, Stretch
from tests.reference.media.usage import usage

MINUTE = 60_000_000
NOW = BEGINNING + 15 * MINUTE


def three_people() -> list[Session]:
    def person(name: str, *events: dict[str, Any]) -> list[dict[str, Any]]:
        country = None if name == "c" else "RO"
        return [{**e, "subject": name, "session_id": name, "country_code": country} for e in events]

    return fold(
        [
            *person("a", start(ttfb_ms=100, video_load_time_ms=2000, initial_bitrate=1e6), event(0, "play", 0)),
            *person("a", *[dict(beat) for beat in heartbeats(10, 100)]),
            *person("b", start(ttfb_ms=300, initial_bitrate=3e6), event(0, "play", 0), event(20, "pause", 20)),
            *person("c", start(duration=10), event(5, "error", error_code="E")),
        ]
    )


def test_the_three_states_partition_the_total() -> None:
    answer = sessions_stats(three_people(), "1h", NOW)
    assert list(answer) == [
        "period",
        "total_sessions",
        "completed",
        "abandoned",
        "active",
        "avg_watch_time_seconds",
        "avg_completion_percent",
        "performance",
    ]
    assert (answer["total_sessions"], answer["completed"], answer["abandoned"], answer["active"]) == (3, 1, 2, 0)
    assert answer["avg_watch_time_seconds"] == 40
    assert answer["avg_completion_percent"] == 40
    assert answer["performance"] == {
        "p50_ttfb_ms": 100,
        "p95_ttfb_ms": 300,
        "p50_load_time_ms": 2000,
        "p95_load_time_ms": 2000,
        "p50_buffer_duration_ms": 0,
        "p95_buffer_duration_ms": 0,
    }


def test_a_status_filter_leaves_the_other_counts_zero() -> None:
    answer = sessions_stats(three_people(), "1h", NOW, "completed")
    assert (answer["total_sessions"], answer["completed"], answer["abandoned"]) == (1, 1, 0)


def test_no_sessions_answer_with_zeros_and_nulls() -> None:
    answer = sessions_stats(three_people(), "1h", BEGINNING)
    assert (answer["total_sessions"], answer["active"], answer["avg_watch_time_seconds"]) == (0, 0, None)
    assert set(answer["performance"].values()) == {None}
    assert bandwidth_stats(three_people(), "1h", "country_code", BEGINNING)["stats"] == []


def test_groups_come_by_size_and_the_missing_value_is_unknown() -> None:
    first, second = bandwidth_stats(three_people(), "1h", "country_code", NOW)["stats"]
    assert first == {
        "country_code": "RO",
        "total_sessions": 2,
        "avg_ttfb_ms": 200,
        "avg_load_time_ms": 2000,
        "avg_buffering_count": 0,
        "avg_buffering_duration_ms": 0,
        "avg_bitrate": (100 * 1e6 + 20 * 3e6) / 120,
        "completion_rate": 0.5,
        "error_rate": 0,
    }
    assert (second["country_code"], second["avg_bitrate"], second["error_rate"]) == ("unknown", None, 1)


def test_silence_or_a_still_playhead_abandon_a_session() -> None:
    (session,) = fold([start(), event(0, "play", 0), event(60, "pause", 60)])
    assert status(session, BEGINNING + 11 * MINUTE - 1) == "active"
    assert status(session, BEGINNING + 11 * MINUTE) == "abandoned"
    pausing = [event(60 * minute, "heartbeat", 60) for minute in range(2, 40)]
    (session,) = fold([start(), event(0, "play", 0), event(60, "pause", 60), *pausing])
    assert status(session, BEGINNING + 31 * MINUTE - 1) == "active"
    assert status(session, BEGINNING + 31 * MINUTE) == "abandoned"


def test_played_to_the_end_beats_an_abandoned_session_end() -> None:
    (session,) = fold([start(), event(0, "play", 0), event(96, "session_end", 96, final_status="abandoned")])
    assert status(session, NOW) == "completed"


def test_the_scores_are_those_that_mux_publishes() -> None:
    assert [round(startup_score(ms)) for ms in (400, 2000, 8000, 20_000)] == [95, 80, 50, 29]
    stalls = [Stall(0, 0, 15_000.0)] * 4
    session = Session(
        "t", "s", "i", "m", stalls=stalls, stretches=[Stretch(pieces=[Piece(0, 1_140_000_000, 1.0, None)])]
    )
    assert smoothness_score(session) == pytest.approx((44.72 + 60.65) / 2, abs=0.01)


def test_quality_of_experience_by_group() -> None:
    first, second = qoe(three_people(), "1h", "country_code", NOW)["stats"]
    assert first["startup_score"] == 80
    assert (first["smoothness_score"], first["exit_before_start_rate"], first["rebuffer_ratio"]) == (100, 0, 0)
    assert (second["startup_score"], second["smoothness_score"], second["rebuffer_ratio"]) == (None, None, None)
    assert second["exit_before_start_rate"] == 0, "a failure is no exit"


def test_usage_spreads_bits_over_minutes_and_counts_who_is_there() -> None:
    answer = usage(three_people(), "1h", "1m", NOW)
    assert [item["start"] for item in answer["stats"]] == ["2026-02-02T02:40:00Z", "2026-02-02T02:41:00Z"]
    assert [item["bits"] for item in answer["stats"]] == [60 * 1e6 + 20 * 3e6, 40 * 1e6]
    assert [item["peak_concurrent_sessions"] for item in answer["stats"]] == [3, 1]
    (five,) = usage(three_people(), "1h", "5m", NOW)["stats"]
    assert (five["peak_concurrent_sessions"], five["mean_concurrent_sessions"]) == (3, 0.8)


@pytest.mark.parametrize(("percent", "value"), [(5, 15), (30, 20), (40, 20), (50, 35), (100, 50)])
def test_percentiles_are_nearest_rank(percent: float, value: float) -> None:
    assert percentile_nearest_rank([50, 15, 40, 20, 35], percent) == value


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0, 340.0, 1e9])
def test_a_sketched_value_is_within_one_percent(value: float) -> None:
    assert sketched(value) == pytest.approx(value, rel=0.01 + 1e-12)
