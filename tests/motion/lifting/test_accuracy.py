"""How well lifts are measured, against synthetic lifters whose postures and bar are known."""

from collections.abc import Callable

import numpy as np
import pytest

from motion.body.body import Body
from motion.findings import Findings
from motion.lifting import weightlifting
from motion.request import Activity, Exercise, Request
from motion.synthetic import Flaws, Movement, Side, clean, clean_and_jerk, snatch
from tests.kit.motion.filmed import STATURE_CM, film, frames_off, seen, shown, uncertainty, value, why_null

BAR_KG = 80.0
LIFTS: dict[str, tuple[Callable[[], Movement], Exercise]] = {
    "snatch": (snatch, Exercise.SNATCH),
    "clean": (clean, Exercise.CLEAN),
    "clean and jerk": (clean_and_jerk, Exercise.CLEAN_AND_JERK),
}
PHASE_ENDS = {
    "first_pull": "straightest",
    "transition": "rebent",
    "second_pull": "extended",
    "turnover": "peak_height",
    "catch": "lowest",
    "dip": "dip",
    "drive": "drive",
    "jerk_catch": "jerk_lowest",
}
LENGTHS = ("max_height", "drop", "horizontal_deviation")


def _request(exercise: Exercise, mass: float | None = BAR_KG, height: float | None = STATURE_CM) -> Request:
    return Request(activity=Activity.WEIGHTLIFTING, exercise=exercise, height_cm=height, barbell_mass=mass)


Filmed = tuple[str, Movement, Body, Findings]


@pytest.fixture(scope="module", params=LIFTS)
def lifted(request: pytest.FixtureRequest) -> Filmed:
    make, exercise = LIFTS[request.param]
    movement = make()
    return request.param, movement, *seen(film(movement, 60.0), _request(exercise), weightlifting.findings)


def test_angles_are_right_within_half_a_degree_on_the_whole_and_two_at_most(lifted: Filmed) -> None:
    name, movement, body, _ = lifted
    true = movement.angles(body.raw.times)
    off = {
        joint: body.angles[f"right_{joint}_angle"] - true[f"right_{joint}_angle"] for joint in ("hip", "knee", "ankle")
    }
    rms = {joint: float(np.sqrt(np.nanmean(errors**2))) for joint, errors in off.items()}
    most = {joint: float(np.nanmax(np.abs(errors))) for joint, errors in off.items()}
    shown(f"{name}, angles, RMS", rms, "degrees")
    shown(f"{name}, angles, maximum", most, "degrees")
    assert max(rms.values()) <= 0.5
    assert max(most.values()) <= 2


def test_phases_begin_and_end_within_a_frame(lifted: Filmed) -> None:
    name, movement, _, findings = lifted
    ends = {phase.name: phase.end for phase in findings.phases}
    starts = {phase.name: phase.start for phase in findings.phases}
    events = movement.truth.events
    off = {
        phase: frames_off(ends[phase], events[event], 60.0)["1"]
        for phase, event in PHASE_ENDS.items()
        if event in events
    }
    off["lift_off"] = frames_off(starts["first_pull"], events["lift_off"], 60.0)["1"]
    assert shown(f"{name}, instants", off, "frames") <= 1


def test_the_bar_is_measured_within_the_stated_error(lifted: Filmed) -> None:
    name, movement, _, findings = lifted
    true = movement.truth.values
    for metric in (*LENGTHS, "peak_velocity", "mean_velocity", "depth"):
        off, stated = value(findings, metric) - true[metric], uncertainty(findings, metric)
        print(f"{name}, {metric}: {off:+.4f}, stated {stated:.4f}")
        assert abs(off) <= stated, metric
    off, stated = value(findings, "mean_power") - BAR_KG * true["power_per_kg"], uncertainty(findings, "mean_power")
    print(f"{name}, mean_power: {off:+.0f} W of {BAR_KG * true['power_per_kg']:.0f}, stated {stated:.0f}")
    assert abs(off) <= stated


def test_each_repetition_is_counted_and_none_is_slower() -> None:
    movement = snatch(repetitions=2)
    _, findings = seen(film(movement, 60.0), _request(Exercise.SNATCH), weightlifting.findings)
    assert findings.repetitions == 2
    assert value(findings, "velocity_loss") == pytest.approx(0, abs=1)


def test_the_far_side_hidden_changes_little() -> None:
    movement = snatch()
    clip = film(movement, 60.0, Side.LEFT, Flaws(far_side_hidden=True))
    _, findings = seen(clip, _request(Exercise.SNATCH), weightlifting.findings)
    assert value(findings, "max_height") == pytest.approx(movement.truth.values["max_height"], abs=0.03)


def test_a_front_view_counts_but_measures_nothing() -> None:
    _, findings = seen(film(snatch(), 60.0, Side.FRONT), _request(Exercise.SNATCH), weightlifting.findings)
    for name in ("peak_velocity", "max_height", "depth", "mean_power"):
        assert why_null(findings, name) == "wrong_view"


def test_an_oblique_view_is_worth_half() -> None:
    _, findings = seen(film(snatch(), 60.0, Side.OBLIQUE), _request(Exercise.SNATCH), weightlifting.findings)
    assert findings.repetitions == 1
    assert all(metric.confidence <= 0.5 for metric in findings.metrics)


def test_without_stature_there_are_leg_lengths_and_no_metres() -> None:
    _, findings = seen(film(snatch(), 60.0), _request(Exercise.SNATCH, height=None), weightlifting.findings)
    assert why_null(findings, "peak_velocity") == "no_scale"
    assert value(findings, "max_height_leg_lengths") > 1


def test_an_assumed_mass_gives_no_power() -> None:
    _, findings = seen(film(snatch(), 60.0), _request(Exercise.SNATCH, mass=None), weightlifting.findings)
    assert why_null(findings, "mean_power") == "no_mass"
