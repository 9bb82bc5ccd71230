"""One viewing is a story a player could tell."""

from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from kinelake.example.media.viewing import HEARTBEAT_MS, TITLES, Habits, Step, viewing
from kinelake.example.places import FAIR, GOOD, POOR

ALL_IS_WELL = Habits(0, 0, 0, 0, 0, 0, 0, 0, 0)
viewings = st.builds(
    lambda seed, title, network: viewing(Random(seed), title, network),
    st.integers(0, 2**32),
    st.sampled_from(TITLES),
    st.sampled_from((GOOD, FAIR, POOR)),
)


@given(viewings)
def test_it_begins_with_session_start_and_time_does_not_run_back(steps: list[Step]) -> None:
    assert [step.kind for step in steps].count("session_start") == 1
    assert steps[0].kind == "session_start"
    assert all(before.at <= after.at for before, after in pairwise(steps))


@given(viewings)
def test_nothing_follows_session_end(steps: list[Step]) -> None:
    assert "session_end" not in [step.kind for step in steps[:-1]]


@given(viewings)
def test_every_stall_ends_before_the_next(steps: list[Step]) -> None:
    stalls = [step.kind for step in steps if step.kind.startswith("buffering")]
    assert stalls == ["buffering_start", "buffering_end"] * (len(stalls) // 2)


@given(viewings)
def test_cumulative_counters_never_fall(steps: list[Step]) -> None:
    reports = [step.data for step in steps if "watched_seconds" in step.data]
    for name in ("watched_seconds", "buffering_count", "buffering_duration_ms", "dropped_frames"):
        assert all(before[name] <= after[name] for before, after in pairwise(reports))


@given(viewings)
def test_the_playhead_stays_within_the_content(steps: list[Step]) -> None:
    duration = steps[0].data["total_duration_seconds"]
    assert all(0 <= step.data.get("position_seconds", 0) <= duration for step in steps)


def test_undisturbed_it_plays_to_the_end_with_a_heartbeat_every_ten_seconds() -> None:
    steps = viewing(Random(1), TITLES[0], GOOD, ALL_IS_WELL)
    beats = [step.at for step in steps if step.kind == "heartbeat"]
    stalls = [step for step in steps if step.kind == "buffering_start"]
    assert not stalls
    assert {after - before for before, after in pairwise(beats)} == {HEARTBEAT_MS}
    assert [step.data["percent"] for step in steps if step.kind == "milestone"] == [25, 50, 75, 95]
    assert steps[-1].data["final_status"] == "completed"
    assert steps[-1].data["position_seconds"] == TITLES[0].duration_ms / 1000
