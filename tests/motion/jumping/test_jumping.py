"""Jumps end to end: values, phases, notes, and why there is no value."""

from dataclasses import replace

import numpy as np
import pytest

from motion.body.body_of import body
from motion.body.landmarks import Landmarks, Point
from motion.findings import Findings
from motion.jumping import jumping
from motion.metric import Reason
from motion.request import Activity, Exercise, Request
from motion.synthetic import Camera, Clock, Flaws, Movement, Side, project
from motion.synthetic.jumping import Jump, countermovement_jump, drop_jump
from tests.kit.motion.filmed import value, why_null

COUNTERMOVEMENT = Request(
    activity=Activity.JUMPING, exercise=Exercise.COUNTERMOVEMENT_JUMP, height_cm=175, weight_kg=70
)
DROP = COUNTERMOVEMENT.model_copy(update={"exercise": Exercise.DROP_JUMP})
RATE = 120.0


def film(movement: Movement, rate: float = RATE, side: Side = Side.RIGHT, flaws: Flaws | None = None) -> Landmarks:
    return project(movement, Camera(side), Clock(rate), flaws or Flaws())


def found(landmarks: Landmarks, request: Request = COUNTERMOVEMENT, camera_moved: bool = False) -> Findings:
    return jumping.findings(replace(body(landmarks, request), camera_moved=camera_moved), request)


@pytest.fixture(scope="module")
def jumper() -> Landmarks:
    return film(countermovement_jump())


@pytest.fixture(scope="module")
def of_the_jumper(jumper: Landmarks) -> Findings:
    return found(jumper)


def test_all_metrics_of_a_countermovement_jump_are_there(of_the_jumper: Findings) -> None:
    names = {metric.name for metric in of_the_jumper.metrics if metric.rep is None}
    assert names == {
        *("jump_height", "hip_rise", "flight_time", "depth", "peak_velocity"),
        *("time_to_takeoff", "mrsi", "peak_power"),
    }
    for metric in of_the_jumper.metrics:
        assert metric.value is not None, metric
        assert metric.uncertainty is not None, metric
        assert 0 < metric.confidence <= 1
    assert of_the_jumper.notes == ("height_method:displacement",)


def test_phases_follow_one_another_without_gaps(of_the_jumper: Findings) -> None:
    names = [phase.name for phase in of_the_jumper.phases]
    assert names == ["unweighting", "braking", "propulsion", "flight", "landing"]
    ends = [phase.end for phase in of_the_jumper.phases]
    assert [phase.start for phase in of_the_jumper.phases][1:] == ends[:-1]
    assert all(phase.start <= phase.picture <= phase.end for phase in of_the_jumper.phases)


def test_a_drop_jump_has_contact_time_and_rsi_and_no_unweighting() -> None:
    movement = drop_jump()
    findings = found(film(movement), DROP)
    assert value(findings, "contact_time") == pytest.approx(movement.truth.values["contact_time"], abs=1 / RATE)
    assert value(findings, "rsi") == pytest.approx(movement.truth.values["rsi"], rel=0.05)
    assert [phase.name for phase in findings.phases] == ["braking", "propulsion", "flight", "landing"]
    assert findings.metric("time_to_takeoff") is None


def test_a_countermovement_jump_called_a_drop_jump_has_no_contact_time(jumper: Landmarks) -> None:
    findings = found(jumper, DROP)
    assert why_null(findings, "contact_time") is Reason.TOO_FEW
    assert why_null(findings, "rsi") is Reason.TOO_FEW
    assert value(findings, "jump_height") == pytest.approx(0.32, abs=0.01)


def test_two_jumps_are_two_repetitions_and_the_session_has_their_median(jumper: Landmarks) -> None:
    twice = replace(
        jumper,
        times=np.concatenate([jumper.times, jumper.times + jumper.times[-1] + 1 / RATE]),
        points=np.concatenate([jumper.points, jumper.points]),
        visibility=np.concatenate([jumper.visibility, jumper.visibility]),
        world=None,
    )
    findings = found(twice)
    assert findings.repetitions == 2
    each = [metric.value for metric in findings.metrics if metric.name == "jump_height" and metric.rep is not None]
    assert value(findings, "jump_height") == pytest.approx(np.median([one for one in each if one is not None]))
    assert {phase.rep for phase in findings.phases} == {1, 2}


def test_without_a_stature_the_height_is_that_of_the_flight_time(jumper: Landmarks) -> None:
    findings = found(jumper, COUNTERMOVEMENT.model_copy(update={"height_cm": None}))
    assert findings.notes == ("height_method:flight_time",)
    assert value(findings, "jump_height") == pytest.approx(9.81 * value(findings, "flight_time") ** 2 / 8)
    assert value(findings, "depth") == pytest.approx(0.30, rel=0.03)


def test_with_too_few_frames_in_the_air_there_is_no_metre_but_leg_lengths() -> None:
    small = film(countermovement_jump(how=Jump(height=0.1)), rate=30.0)
    findings = found(small, COUNTERMOVEMENT.model_copy(update={"height_cm": None}))
    assert why_null(findings, "depth") is Reason.NO_SCALE
    assert value(findings, "depth_leg_lengths") == pytest.approx(0.30 / (0.491 * 1.75), rel=0.1)


def test_a_camera_that_moved_leaves_the_flight_time(jumper: Landmarks) -> None:
    findings = found(jumper, camera_moved=True)
    assert "height_method:flight_time" in findings.notes
    assert value(findings, "jump_height") == pytest.approx(0.32, abs=0.02)
    for name in ("hip_rise", "depth", "peak_velocity"):
        assert why_null(findings, name) is Reason.CAMERA_MOVED, name


def test_without_a_mass_there_is_no_power(jumper: Landmarks) -> None:
    findings = found(jumper, COUNTERMOVEMENT.model_copy(update={"weight_kg": None}))
    assert why_null(findings, "peak_power") is Reason.NO_MASS


def test_power_is_sayers_of_height_and_mass(of_the_jumper: Findings) -> None:
    height = 100 * value(of_the_jumper, "jump_height")
    assert value(of_the_jumper, "peak_power") == pytest.approx(60.7 * height + 45.3 * 70 - 2055)


def test_a_jump_without_standing_before_it_has_no_baseline(jumper: Landmarks) -> None:
    start = int(0.95 * RATE)
    late = replace(
        jumper,
        times=jumper.times[start:] - jumper.times[start],
        points=jumper.points[start:],
        visibility=jumper.visibility[start:],
        world=None,
    )
    findings = found(late)
    assert value(findings, "jump_height") == pytest.approx(0.32, abs=0.01)
    assert why_null(findings, "hip_rise") is Reason.NO_BASELINE
    assert why_null(findings, "time_to_takeoff") is Reason.NO_BASELINE


def test_slow_motion_that_was_not_declared_is_called_implausible(jumper: Landmarks) -> None:
    findings = found(replace(jumper, times=4 * jumper.times))
    assert "implausible:flight_time" in findings.notes


def test_a_view_at_an_angle_is_worth_half_and_named() -> None:
    findings = found(film(countermovement_jump(), side=Side.OBLIQUE))
    assert "oblique:jump_height" in findings.notes
    assert all(metric.confidence <= 0.5 for metric in findings.metrics)


def test_a_film_upside_down_shows_no_jump(jumper: Landmarks) -> None:
    size = np.array([jumper.width, jumper.height])
    findings = found(jumper.with_points(size - jumper.points))
    assert findings.repetitions == 0
    assert all(metric.value is None for metric in findings.metrics)


def test_feet_out_of_the_picture_are_no_jump(jumper: Landmarks) -> None:
    unseen = jumper.visibility.copy()
    unseen[:, Point.LEFT_HEEL :] = 0
    assert found(replace(jumper, visibility=unseen)).repetitions == 0


def test_another_person_taken_for_the_jumper_in_the_air_is_no_jump(jumper: Landmarks) -> None:
    points = jumper.points.copy()
    points[int(1.75 * RATE) :, :, 1] += 300
    assert found(jumper.with_points(points)).repetitions == 0
