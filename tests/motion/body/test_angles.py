"""Formulas against poses whose angles are known, to 0.05°."""

import numpy as np
import pytest

from motion.body.angles import (
    hip_abduction,
    knee_inward,
    knee_ratio,
    lean,
    limbs,
    mean_of_known,
    three_point,
    trunk_line,
    wrapped,
)
from motion.body.landmarks import Floats, Point
from motion.metric import Side
from tests.kit.motion.poses import from_the_front, sideways

EXACT = 0.05

SQUAT = {"trunk": 40.0, "hip": 115.0, "knee": 120.0, "ankle": 25.0, "shoulder": 165.0, "elbow": 5.0}
STANDING = {"trunk": 2.0, "hip": 3.0, "knee": 1.0, "ankle": -2.0, "shoulder": 10.0, "elbow": 12.0}
BENT_BACK = {"trunk": -15.0, "hip": -20.0, "knee": -6.0, "ankle": -30.0, "shoulder": -40.0, "elbow": 140.0}
BEHIND_THE_HEAD = {"trunk": 10.0, "hip": 90.0, "knee": 90.0, "ankle": 0.0, "shoulder": 188.0, "elbow": 0.0}

NAMES = {"hip": "hip_angle", "knee": "knee_angle", "ankle": "foot_shank_angle"}
NAMES |= {"shoulder": "shoulder_angle", "elbow": "elbow_angle"}


@pytest.mark.parametrize("pose", [SQUAT, STANDING, BENT_BACK, BEHIND_THE_HEAD])
@pytest.mark.parametrize("facing", [1.0, -1.0])
@pytest.mark.parametrize("side", ["left", "right"])
def test_angles_seen_from_the_side_are_those_drawn(pose: dict[str, float], facing: float, side: Side) -> None:
    points = sideways(**pose, facing=facing)[None]
    series = limbs(points, side, facing).series()
    for drawn, name in NAMES.items():
        assert series[name] == pytest.approx(pose[drawn], abs=EXACT), name
    assert series["shank_inclination"] == pytest.approx(pose["trunk"] - pose["hip"] + pose["knee"], abs=EXACT)
    assert lean(trunk_line(points), facing) == pytest.approx(pose["trunk"], abs=EXACT)


@pytest.mark.parametrize("pelvis", [0.0, 8.0, -8.0])
@pytest.mark.parametrize(("abduction", "inward"), [(25.0, 10.0), (-5.0, -8.0), (0.0, 0.0)])
@pytest.mark.parametrize("side", ["left", "right"])
def test_angles_seen_from_the_front_are_those_drawn(abduction: float, inward: float, pelvis: float, side: Side) -> None:
    points = from_the_front(abduction=abduction, inward=inward, pelvis=pelvis)[None]
    assert hip_abduction(points, side) == pytest.approx(abduction, abs=EXACT)
    assert knee_inward(points, side, 1.0 if side == "left" else -1.0) == pytest.approx(inward, abs=EXACT)


@pytest.mark.parametrize("degrees", [0.0, 30.0, 90.0, 150.0, 180.0])
def test_three_points_give_flexion_without_a_sign(degrees: float) -> None:
    there = np.radians(degrees)
    for turn in (1.0, -1.0):
        last = np.array([1 + np.cos(there), turn * np.sin(there)])
        assert three_point(np.zeros(2), np.array([1.0, 0.0]), last) == pytest.approx(degrees, abs=1e-9)


def test_points_that_coincide_have_no_angle() -> None:
    assert np.isnan(three_point(np.ones(2), np.ones(2), np.zeros(2)))


def test_knees_as_far_apart_as_ankles_have_a_ratio_of_one() -> None:
    assert knee_ratio(from_the_front(abduction=0.0, inward=0.0)[None]) == pytest.approx(1.0)


def test_knees_that_touch_have_a_ratio_of_nought() -> None:
    points = from_the_front(abduction=0.0, inward=0.0)[None]
    points[:, Point.LEFT_KNEE] = points[:, Point.RIGHT_KNEE]
    assert knee_ratio(points) == pytest.approx(0.0)


def test_ankles_that_are_close_have_no_ratio() -> None:
    points = from_the_front(abduction=0.0, inward=0.0)[None]
    points[:, Point.LEFT_ANKLE] = points[:, Point.RIGHT_ANKLE] + 99.0 * np.array([1.0, 0.0])
    assert np.isnan(knee_ratio(points)).all()


def test_a_trunk_of_which_one_side_is_hidden_is_that_of_the_other() -> None:
    points = np.repeat(sideways(**SQUAT)[None], 3, axis=0)
    points[:, [Point.LEFT_SHOULDER, Point.LEFT_HIP]] += 7.0
    both, hidden = trunk_line(points), points.copy()
    hidden[:2, Point.LEFT_HIP] = np.nan
    assert trunk_line(hidden) == pytest.approx(both, abs=1e-9)


@pytest.mark.parametrize(("degrees", "least", "expected"), [(190, -180, -170), (180, -180, 180), (-100, -90, 260)])
def test_angles_are_wrapped_into_a_turn(degrees: float, least: float, expected: float) -> None:
    assert wrapped(np.array(degrees), least) == pytest.approx(expected)


def test_the_mean_of_what_is_known_is_the_one_that_is() -> None:
    known: Floats = np.array([1.0, np.nan, 3.0, np.nan])
    other: Floats = np.array([3.0, 5.0, np.nan, np.nan])
    np.testing.assert_array_equal(mean_of_known(known, other), [2.0, 5.0, 3.0, np.nan])
