"""Runs and walks end to end: values, notes, phases, and why there is no value."""

from dataclasses import replace

import numpy as np
import pytest

from motion.body.body import Body
from motion.body.body_of import body
from motion.body.landmarks import Landmarks, Point
from motion.findings import Findings
from motion.metric import Reason
from motion.request import Activity, Request
from motion.running import running
from motion.synthetic import Camera, Clock, Flaws, Movement, Side, project, run, squat, walk
from motion.synthetic.gait import RUNNING, WALKING
from tests.kit.motion.filmed import value, why_null

TALL = Request(activity=Activity.RUNNING, height_cm=175)
RATE = 120.0


def film(movement: Movement, rate: float = RATE, side: Side = Side.RIGHT, flaws: Flaws | None = None) -> Landmarks:
    return project(movement, Camera(side), Clock(rate), flaws or Flaws())


def found(landmarks: Landmarks, request: Request = TALL, camera_moved: bool = False) -> Findings:
    whole: Body = replace(body(landmarks, request), camera_moved=camera_moved)
    return running.findings(whole, request)


@pytest.fixture(scope="module")
def runner() -> Landmarks:
    return film(run())


@pytest.fixture(scope="module")
def of_the_runner(runner: Landmarks) -> Findings:
    return found(runner)


def test_all_metrics_are_there_with_unit_confidence_and_uncertainty(of_the_runner: Findings) -> None:
    for metric in of_the_runner.metrics:
        assert metric.value is not None, metric
        assert metric.uncertainty is not None, metric
        assert 0 < metric.confidence <= 1, metric
        assert metric.unit in {"s", "steps/min", "ratio", "%", "m", "m/s", "degrees"}, metric


def test_a_run_is_no_walk_and_its_sides_are_alike(of_the_runner: Findings) -> None:
    assert "walking" not in of_the_runner.notes
    assert "few_strides" not in of_the_runner.notes
    assert "within_frame_error:contact_time_symmetry" in of_the_runner.notes
    assert of_the_runner.repetitions >= 3


def test_contacts_and_flights_are_phases_within_the_film(runner: Landmarks, of_the_runner: Findings) -> None:
    names = {phase.name for phase in of_the_runner.phases}
    assert names == {"left_contact", "right_contact", "flight"}
    for phase in of_the_runner.phases:
        assert phase.start <= phase.picture <= phase.end, phase
        assert phase.rep >= 1


def test_every_stride_has_its_own_values(of_the_runner: Findings) -> None:
    contacts = [m for m in of_the_runner.metrics if m.name == "left_contact_time" and m.rep is not None]
    assert [metric.rep for metric in contacts] == [*range(1, len(contacts) + 1)]
    assert all(metric.side == "left" for metric in contacts)


def test_the_side_away_from_the_camera_is_named(of_the_runner: Findings) -> None:
    assert "far_side:left_knee_at_contact" in of_the_runner.notes
    assert "far_side:right_knee_at_contact" not in of_the_runner.notes


def test_facing_left_changes_the_near_side_and_no_value(of_the_runner: Findings) -> None:
    turned = found(film(run(), side=Side.LEFT))
    assert "far_side:right_knee_at_contact" in turned.notes
    for name in ("cadence", "contact_time", "trunk_lean", "knee_at_contact", "foot_strike_angle", "speed"):
        assert value(turned, name) == pytest.approx(value(of_the_runner, name), abs=0.02), name


def test_a_walk_is_called_one_and_has_no_flight() -> None:
    findings = found(film(walk(how=replace(WALKING, duration=4.0))))
    assert "walking" in findings.notes
    assert value(findings, "flight_time") == 0
    assert value(findings, "duty_factor") == pytest.approx(0.618, abs=0.02)
    assert why_null(findings, "flight_time_symmetry") is Reason.DEGENERATE


def test_few_strides_are_said_to_be_few() -> None:
    findings = found(film(run(how=replace(RUNNING, duration=1.2))))
    assert "few_strides" in findings.notes
    assert findings.repetitions < 3


def test_without_a_scale_oscillation_is_in_leg_lengths(runner: Landmarks) -> None:
    findings = found(runner, Request(activity=Activity.RUNNING))
    assert why_null(findings, "vertical_oscillation") is Reason.NO_SCALE
    assert why_null(findings, "speed") is Reason.NO_SCALE
    assert value(findings, "vertical_oscillation_leg_lengths") == pytest.approx(0.07 / (0.491 * 1.75), rel=0.02)


def test_a_belts_speed_is_scale_enough_for_ratio_and_step_length(runner: Landmarks) -> None:
    findings = found(runner, Request(activity=Activity.RUNNING, treadmill_speed_kmh=2.8 * 3.6))
    assert value(findings, "step_length") == pytest.approx(2.8 * 0.36, rel=0.01)
    assert value(findings, "vertical_ratio") == pytest.approx(100 * 0.07 / (2.8 * 0.36), rel=0.03)


def test_a_camera_that_moved_leaves_cadence_and_angles(runner: Landmarks) -> None:
    findings = found(runner, camera_moved=True)
    assert value(findings, "cadence") == pytest.approx(166.7, abs=1)
    for name in ("contact_time", "flight_time", "duty_factor", "vertical_oscillation", "speed", "step_length"):
        assert why_null(findings, name) is Reason.CAMERA_MOVED, name


def test_feet_out_of_the_picture_are_not_visible(runner: Landmarks) -> None:
    unseen = runner.visibility.copy()
    unseen[:, Point.LEFT_ANKLE :] = 0
    findings = found(replace(runner, visibility=unseen))
    for name in ("cadence", "contact_time", "left_knee_at_contact", "vertical_oscillation"):
        assert why_null(findings, name) is Reason.NOT_VISIBLE, name


def test_a_squat_is_no_run() -> None:
    findings = found(film(squat(), 60.0))
    assert findings.repetitions == 0
    assert why_null(findings, "cadence") is Reason.TOO_FEW
    assert why_null(findings, "trunk_lean") is Reason.TOO_FEW


def test_a_film_upside_down_shows_no_run(runner: Landmarks) -> None:
    size = np.array([runner.width, runner.height])
    findings = found(runner.with_points(size - runner.points))
    assert findings.metric("cadence") is not None
    assert findings.repetitions == 0


def test_a_view_from_the_front_says_so_of_all_else() -> None:
    findings = found(film(run(), side=Side.FRONT))
    assert value(findings, "cadence") == pytest.approx(166.7, abs=1)
    names = [metric.name for metric in findings.metrics if metric.rep is None]
    assert len(names) == len(set(names))
    assert why_null(findings, "right_hip_at_contact") is Reason.WRONG_VIEW


def test_slow_motion_that_was_not_declared_is_called_implausible(runner: Landmarks) -> None:
    findings = found(replace(runner, times=2 * runner.times))
    assert "implausible:cadence" in findings.notes
