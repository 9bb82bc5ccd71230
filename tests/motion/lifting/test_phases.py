"""Where lifts and their phases begin and end."""

from itertools import pairwise

import numpy as np
import pytest

from motion.body.landmarks import Floats
from motion.lifting.phases import Pull, phases, pulls
from motion.request import Exercise
from motion.synthetic import Side
from tests.kit.motion.lifters import analysed, lifter_of, movement

PULLED = ["first_pull", "transition", "second_pull", "turnover", "catch", "recovery"]
JERKED = ["dip", "drive", "jerk_catch", "jerk_recovery"]


def named(names: list[str], exercise: Exercise, rate: float) -> dict[str, float]:
    """End of each phase of the first repetition, seconds."""
    found = {phase.name: phase.end for phase in analysed(exercise, rate=rate).findings.phases if phase.rep == 1}
    return {name: found[name] for name in names}


@pytest.mark.parametrize("exercise", [Exercise.SNATCH, Exercise.CLEAN, Exercise.CLEAN_AND_JERK])
@pytest.mark.parametrize("rate", [30.0, 60.0])
def test_phases_end_within_a_frame_of_the_truth(exercise: Exercise, rate: float) -> None:
    truth = {name: at[0] for name, at in movement(exercise).truth.events.items()}
    bounds = {
        "first_pull": "straightest",
        "transition": "rebent",
        "second_pull": "extended",
        "turnover": "peak_height",
        "catch": "lowest",
    }
    ends = named(list(bounds), exercise, rate)
    off = {name: round(1000 * (ends[name] - truth[event])) for name, event in bounds.items()}
    print(f"{exercise} at {rate:g} fps, ms late: {off}")
    assert max(map(abs, off.values())) <= 1000 / rate + 1


@pytest.mark.parametrize(
    ("exercise", "names"),
    [(Exercise.SNATCH, PULLED), (Exercise.CLEAN, PULLED), (Exercise.CLEAN_AND_JERK, [*PULLED, *JERKED])],
)
def test_a_lift_has_its_phases_in_order(exercise: Exercise, names: list[str]) -> None:
    found = analysed(exercise).findings.phases
    assert [phase.name for phase in found] == names
    assert all(before.end <= after.start + 1e-9 for before, after in pairwise(found))
    assert all(phase.start <= phase.picture <= phase.end for phase in found)


def test_the_jerk_dips_drives_and_catches_where_it_was_done() -> None:
    ends = named(JERKED, Exercise.CLEAN_AND_JERK, 60.0)
    assert ends["dip"] == pytest.approx(3.95, abs=0.03)
    assert ends["drive"] == pytest.approx(4.17, abs=0.03)
    assert ends["jerk_catch"] == pytest.approx(4.45, abs=0.04)
    assert ends["jerk_recovery"] > ends["jerk_catch"]


def test_every_repetition_is_found() -> None:
    analysis = analysed(repetitions=3)
    assert analysis.findings.repetitions == 3
    assert [phase.rep for phase in analysis.findings.phases] == [1] * 6 + [2] * 6 + [3] * 6


def test_without_knees_there_is_only_what_the_bar_and_the_hips_show() -> None:
    found = analysed(side=Side.FRONT).findings.phases
    assert [phase.name for phase in found] == ["lift_off", "peak_velocity", "peak_height", "catch"]
    assert all(phase.picture == phase.start for phase in found)


def pulled(low: float, high: float, seconds: float, rate: float = 50.0) -> Floats:
    """A bar that rests for a second, rises, and stays for a second."""
    rise = (1 - np.cos(np.pi * np.arange(int(seconds * rate)) / (seconds * rate))) / 2
    still = np.ones(int(rate))
    return np.concatenate([low * still, low + (high - low) * rise, high * still])


@pytest.mark.parametrize(
    ("bar", "why"),
    [
        (pulled(40.0, 190.0, 0.8), "a deadlift ends below the hips"),
        (pulled(180.0, 380.0, 0.8), "hands that start at the hips lift no bar"),
        (pulled(40.0, 380.0, 6.0), "too slow for a lift"),
        (pulled(380.0, 40.0, 0.8), "a bar that comes down"),
        (pulled(380.0, 381.0, 0.8), "arms overhead all along"),
    ],
    ids=lambda value: value.replace(" ", "-") if isinstance(value, str) else "",
)
def test_what_is_no_lift(bar: Floats, why: str) -> None:
    assert pulls(lifter_of(bar)) == [], why


def test_a_bar_pulled_fast_from_the_floor_is_a_lift() -> None:
    (pull,) = pulls(lifter_of(pulled(40.0, 380.0, 0.8)))
    assert pull.rest == 40.0
    assert 1.0 < pull.lift_off < 1.15
    assert pull.fastest == pytest.approx(1.4, abs=0.021)


def test_a_try_that_is_put_down_again_begins_no_lift() -> None:
    lifted = np.concatenate([pulled(40.0, 100.0, 0.5), pulled(100.0, 40.0, 0.5), pulled(40.0, 380.0, 0.8)])
    (pull,) = pulls(lifter_of(lifted))
    assert pull.lift_off > 5.9


def test_phases_never_run_backwards() -> None:
    pull = Pull(0.0, 1.0, 1.4, 1.8, 1.5, 2.5, 3.0, None)
    assert all(phase.end >= phase.start for phase in phases(pull, None, 1))
