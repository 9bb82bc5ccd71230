"""The numbers of a lift against a lifter whose numbers are known, and why some are missing."""

from dataclasses import replace

import numpy as np
import pytest

from motion.analysis import analyse
from motion.body.landmarks import Point
from motion.body.segment import View
from motion.findings import Findings
from motion.lifting.quantities import GRAVITY
from motion.metric import Metric, Reason
from motion.request import Exercise
from motion.synthetic import Camera, Clock, Flaws, Side, project
from motion.synthetic.lifting import bar as true_bar
from tests.kit.motion.lifters import MASS, analysed, asked, movement

LENGTHS = ["peak_velocity", "mean_velocity", "max_height", "drop", "horizontal_deviation"]


def metric(findings: Findings, name: str) -> Metric:
    found = findings.metric(name)
    assert found is not None, name
    return found


def value(findings: Findings, name: str) -> float:
    found = metric(findings, name).value
    assert found is not None, name
    return found


@pytest.mark.parametrize("exercise", [Exercise.SNATCH, Exercise.CLEAN, Exercise.CLEAN_AND_JERK])
@pytest.mark.parametrize("rate", [30.0, 60.0])
def test_heights_speeds_and_depth_are_the_true_ones_within_their_stated_error(exercise: Exercise, rate: float) -> None:
    truth = movement(exercise).truth.values
    found = analysed(exercise, rate=rate).findings
    for name in ("peak_velocity", "max_height", "drop", "depth"):
        one = metric(found, name)
        print(f"{exercise} {rate:g} fps {name}: {one.value:.3f} ± {one.uncertainty:.3f}, true {truth[name]:.3f}")
        assert one.uncertainty is not None
        assert abs(value(found, name) - truth[name]) <= 1.5 * one.uncertainty


def test_power_is_the_work_on_the_bar_over_the_second_pull() -> None:
    done = movement(Exercise.SNATCH)
    start, end = (done.truth.events[name][0] for name in ("rebent", "extended"))
    height = true_bar(done, np.array([start - 1e-3, start + 1e-3, end - 1e-3, end + 1e-3]))[:, 1]
    before, after = (height[1] - height[0]) / 2e-3, (height[3] - height[2]) / 2e-3
    risen = (height[2] + height[3] - height[0] - height[1]) / 2
    truth = MASS * (GRAVITY * risen + (after**2 - before**2) / 2) / (end - start)
    one = metric(analysed(rate=120.0).findings, "mean_power")
    print(f"mean power {one.value} ± {one.uncertainty}, true {truth}")
    assert one.uncertainty is not None
    assert value(analysed(rate=120.0).findings, "mean_power") == pytest.approx(truth, abs=2 * one.uncertainty)


def test_an_assumed_mass_gives_no_watts() -> None:
    assert metric(analysed(mass=None).findings, "mean_power").reason is Reason.NO_MASS


def test_without_a_scale_lengths_are_null_and_given_in_leg_lengths() -> None:
    found = analysed(height_cm=None).findings
    assert [metric(found, name).reason for name in LENGTHS] == [Reason.NO_SCALE] * len(LENGTHS)
    scaled = analysed().findings
    for name in LENGTHS:
        in_legs = metric(found, f"{name}_leg_lengths")
        assert in_legs.unit == ("leg lengths/s" if name.endswith("velocity") else "leg lengths")
        assert in_legs.value == pytest.approx(value(scaled, name) / (0.491 * 1.75), rel=0.01)
    assert metric(found, "depth").value == metric(scaled, "depth").value
    assert metric(found, "mean_power").reason is Reason.NO_SCALE


def test_with_a_scale_there_are_no_leg_lengths() -> None:
    assert not [one.name for one in analysed().findings.metrics if one.name.endswith("leg_lengths")]


def test_from_the_front_lifts_are_counted_and_nothing_is_measured() -> None:
    found = analysed(side=Side.FRONT).findings
    assert found.repetitions == 1
    assert {one.reason for one in found.metrics} == {Reason.WRONG_VIEW}


def test_at_an_angle_confidence_is_at_most_a_half_and_said_so() -> None:
    analysis = analysed(side=Side.OBLIQUE)
    assert analysis.view is View.OBLIQUE
    assert max(one.confidence for one in analysis.findings.metrics) <= 0.5
    assert "oblique:max_height" in analysis.findings.notes


def test_both_ways_of_facing_give_the_same_numbers() -> None:
    left, right = (analysed(side=side).findings for side in (Side.LEFT, Side.RIGHT))
    for name in (*LENGTHS, "depth"):
        assert value(left, name) == pytest.approx(value(right, name), rel=0.02)


def test_a_moved_camera_leaves_only_the_depth() -> None:
    film = project(movement(Exercise.SNATCH), Camera(), Clock(60.0))
    moved = replace(film, shift=np.linspace(0, 0.05 * film.height, film.times.size))
    found = analyse(moved, asked(Exercise.SNATCH)).findings
    assert {metric(found, name).reason for name in LENGTHS} == {Reason.CAMERA_MOVED}
    assert metric(found, "velocity_loss").reason is Reason.CAMERA_MOVED
    assert metric(found, "depth").value is not None


def test_one_repetition_loses_no_velocity_that_could_be_said() -> None:
    assert metric(analysed().findings, "velocity_loss").reason is Reason.TOO_FEW


def test_the_same_lift_again_loses_no_velocity() -> None:
    one = metric(analysed(repetitions=3).findings, "velocity_loss")
    assert one.unit == "%"
    assert value(analysed(repetitions=3).findings, "velocity_loss") <= 5


def test_every_repetition_has_its_own_metrics_and_the_session_their_median() -> None:
    found = analysed(repetitions=3).findings
    each = [one.value for one in found.metrics if one.name == "max_height" and one.rep]
    assert len(each) == 3
    assert value(found, "max_height") == np.median([one for one in each if one is not None])


def test_only_the_clean_and_jerk_has_metrics_of_the_jerk() -> None:
    names = {one.name for one in analysed(Exercise.CLEAN).findings.metrics}
    jerk = {one.name for one in analysed(Exercise.CLEAN_AND_JERK).findings.metrics} - names
    assert jerk == {"jerk_peak_velocity", "jerk_max_height", "jerk_depth"}


def test_a_clean_without_its_jerk_says_that_there_was_none() -> None:
    film = project(movement(Exercise.CLEAN), Camera(), Clock(60.0))
    found = analyse(film, asked(Exercise.CLEAN_AND_JERK)).findings
    assert metric(found, "jerk_max_height").reason is Reason.TOO_FEW
    assert metric(found, "max_height").value is not None


def test_who_shows_no_hands_shows_no_lift() -> None:
    film = project(movement(Exercise.SNATCH), Camera(), Clock(60.0), Flaws(hidden=(15, 16)))
    found = analyse(film, asked(Exercise.SNATCH)).findings
    assert {one.reason for one in found.metrics} == {Reason.NOT_VISIBLE}


def test_hidden_knees_leave_the_bars_own_phases_and_no_power() -> None:
    film = project(movement(Exercise.SNATCH), Camera(), Clock(60.0))
    visibility = film.visibility.copy()
    visibility[film.times < 2.8, Point.LEFT_KNEE : Point.RIGHT_KNEE + 1] = 0.1
    found = analyse(replace(film, visibility=visibility), asked(Exercise.SNATCH)).findings
    assert [phase.name for phase in found.phases] == ["lift_off", "peak_velocity", "peak_height", "catch"]
    assert metric(found, "mean_power").reason is Reason.NOT_VISIBLE
    assert metric(found, "depth").reason is Reason.LOW_VISIBILITY
    assert metric(found, "max_height").value is not None


def test_a_body_whose_legs_are_never_seen_has_no_size_and_so_no_lift() -> None:
    film = project(movement(Exercise.SNATCH), Camera(), Clock(60.0), Flaws(hidden=(25, 26)))
    found = analyse(film, asked(Exercise.SNATCH)).findings
    assert {one.reason for one in found.metrics} == {Reason.NOT_VISIBLE}


def test_noise_in_the_film_is_in_the_stated_error_of_speeds() -> None:
    film = project(movement(Exercise.SNATCH), Camera(), Clock(60.0), Flaws(noise=4.0, seed=1))
    noisy, clean = analyse(film, asked(Exercise.SNATCH)).findings, analysed().findings
    stated = [metric(found, "peak_velocity").uncertainty or 0.0 for found in (clean, noisy)]
    assert stated[1] > 1.2 * stated[0]
    assert abs(value(noisy, "peak_velocity") - value(clean, "peak_velocity")) <= 2 * stated[1]


def test_a_few_frames_less_move_no_metric_by_more_than_its_uncertainty() -> None:
    whole = analysed().findings
    film = project(movement(Exercise.SNATCH), Camera(), Clock(60.0), Flaws(dropped=0.2, seed=3))
    thinned = analyse(film, asked(Exercise.SNATCH)).findings
    for name in (*LENGTHS, "depth"):
        error = metric(whole, name).uncertainty
        assert error is not None
        assert abs(value(whole, name) - value(thinned, name)) <= error, name


def test_phases_carry_the_metrics_that_are_about_them() -> None:
    carried = {phase.name: [one.name for one in phase.metrics] for phase in analysed().findings.phases}
    assert carried["first_pull"] == ["duration"]
    assert carried["second_pull"] == ["duration", "peak_velocity", "mean_power"]
    assert carried["catch"] == ["duration", "drop", "depth"]
