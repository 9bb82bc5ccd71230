from dataclasses import replace

import numpy as np
import pytest

from motion.body.body import Body
from motion.body.landmarks import Point
from motion.findings import Findings
from motion.metric import Reason
from motion.ranges import findings
from motion.request import Activity, Exercise, Joint, Request
from tests.kit.motion.squatters import AT_AN_ANGLE, FROM_FRONT, FROM_LEFT, FROM_RIGHT, Scene, body_of

ALL = Request(activity=Activity.MOBILITY, exercise=Exercise.JOINT_ANGLE_MOBILITY)
LEFT_KNEE = {"left_knee_angle": 140.0}
RIGHT_LEG = frozenset({Point.RIGHT_HIP, Point.RIGHT_KNEE, Point.RIGHT_ANKLE})


def whole(*scenes: Scene) -> Body:
    """A body with series of joints and elbows too; the joint's is that of the left side."""
    body = body_of(*scenes)
    elbows = dict.fromkeys(("left_elbow_angle", "right_elbow_angle"), np.linspace(0, 100, body.raw.times.size))
    angles = {**body.angles, **elbows}
    joints = {f"{joint}_angle": angles[f"left_{joint}_angle"] for joint in Joint}
    return replace(body, angles={**angles, **joints})


def value(found: Findings, name: str) -> float | None:
    metric = found.metric(name)
    assert metric is not None, name
    return metric.value


def reason(found: Findings, name: str) -> Reason | None:
    metric = found.metric(name)
    assert metric is not None, name
    return metric.reason


def test_a_range_goes_from_the_1st_to_the_99th_percentile() -> None:
    found = findings(whole(FROM_LEFT), ALL)
    for name in ("elbow", "left_elbow"):
        assert (value(found, f"{name}_min"), value(found, f"{name}_max")) == pytest.approx((1, 99))
    metric = found.metric("left_elbow_max")
    assert metric is not None
    assert (metric.unit, metric.side, metric.confidence, metric.uncertainty) == ("degrees", "left", 1.0, 12.0)


def test_one_wrong_frame_moves_no_range() -> None:
    body = whole(FROM_LEFT)
    wrong = body.angles["left_knee_angle"].copy()
    wrong[7] = 900.0
    found = findings(replace(body, angles={**body.angles, "left_knee_angle": wrong}), ALL)
    assert value(found, "left_knee_max") == pytest.approx(110, abs=1)


def test_only_the_joints_that_are_asked_for_have_a_range() -> None:
    found = findings(whole(FROM_LEFT), ALL.model_copy(update={"joints": frozenset({Joint.KNEE})}))
    names = [f"{side}knee_{end}" for side in ("", "left_", "right_") for end in ("max", "min")]
    assert [metric.name for metric in found.metrics] == names


def test_frames_that_are_not_reliable_count_for_nothing() -> None:
    body = whole(FROM_LEFT)
    reliable = body.reliable.copy()
    reliable[body.raw.times > 3, Point.LEFT_ELBOW] = False
    found = findings(replace(body, reliable=reliable), ALL)
    assert value(found, "left_elbow_max") == pytest.approx(100 * 3 / body.raw.times[-1], abs=1)


@pytest.mark.parametrize("scenes", [(FROM_LEFT, FROM_RIGHT), (FROM_RIGHT, FROM_LEFT)])
def test_a_side_is_read_where_it_is_near_the_camera(scenes: tuple[Scene, ...]) -> None:
    far = {"left_knee_angle": 150.0}
    found = findings(whole(*(replace(one, bottom=far) if one is FROM_RIGHT else one for one in scenes)), ALL)
    assert value(found, "left_knee_max") == pytest.approx(110, abs=1)
    assert found.notes == ()


def test_the_far_side_and_what_is_seen_at_an_angle_are_marked() -> None:
    found = findings(whole(FROM_LEFT), ALL)
    assert "far_side:right_knee_max" in found.notes
    assert not any(note.endswith(":left_knee_max") for note in found.notes)
    oblique = findings(whole(AT_AN_ANGLE), ALL)
    assert "oblique:left_knee_max" in oblique.notes
    metric = oblique.metric("left_knee_max")
    assert metric is not None
    assert metric.confidence == 0.5


def test_a_view_from_the_front_shows_arms_and_no_legs() -> None:
    found = findings(whole(FROM_FRONT), ALL)
    assert value(found, "left_elbow_max") == pytest.approx(99)
    for joint in ("hip", "knee", "ankle"):
        assert reason(found, f"{joint}_max") is Reason.WRONG_VIEW
        assert reason(found, f"left_{joint}_min") is Reason.WRONG_VIEW


def test_arms_are_read_near_the_camera_then_from_the_front_then_on_the_far_side() -> None:
    """The elbows' series rises evenly through the film: what is read tells where."""
    found = findings(whole(FROM_LEFT, FROM_FRONT), ALL)
    assert value(found, "left_elbow_max") == pytest.approx(50, abs=1)
    assert value(found, "right_elbow_min") == pytest.approx(50, abs=1)
    assert not any("elbow" in note for note in found.notes)


def test_a_hidden_leg_has_no_range_and_one_seen_for_a_moment_neither() -> None:
    found = findings(whole(replace(FROM_LEFT, hidden=RIGHT_LEG)), ALL)
    assert reason(found, "right_knee_max") is Reason.NOT_VISIBLE
    body = whole(FROM_LEFT)
    seen = body.reliable.copy()
    seen[10:, Point.LEFT_WRIST] = False
    assert reason(findings(replace(body, reliable=seen), ALL), "left_elbow_max") is Reason.LOW_VISIBILITY


def test_an_ankle_without_a_standing_baseline_has_no_range() -> None:
    body = whole(FROM_LEFT)
    none = {name: series * np.nan for name, series in body.angles.items() if "ankle" in name}
    found = findings(replace(body, angles={**body.angles, **none}), ALL)
    assert {reason(found, f"{name}_max") for name in ("ankle", "left_ankle")} == {Reason.NO_BASELINE}
