"""Poses whose angles are known because they are drawn from them, and films of one pose or of a few points."""

from collections.abc import Mapping

import numpy as np

from motion.body.landmarks import POINTS, Floats, Landmarks, Point

LENGTH = 100.0
"""Pixels of every limb."""
WIDTH, HEIGHT = 1080, 1920
HIPS = np.array([540.0, 960.0])


def towards(degrees: float) -> Floats:
    """(2): a limb's vector in pixels, so many degrees from straight up, clockwise in the picture."""
    return LENGTH * np.array([np.sin(np.radians(degrees)), -np.cos(np.radians(degrees))])


def sideways(
    *, trunk: float, hip: float, knee: float, ankle: float, shoulder: float, elbow: float, facing: float = 1.0
) -> Floats:
    """(33, 2): seen from the side, both sides alike; degrees of flexion, `trunk` its lean.

    `ankle`: the foot's angle to the shank, 0 at right angles, toes up +. `facing` 1 to the right, −1 to the left.
    """
    thigh, arm = trunk - hip, trunk + 180 - shoulder
    shank = thigh + knee
    points = {Point.LEFT_HIP: np.zeros(2), Point.LEFT_SHOULDER: towards(trunk)}
    points[Point.LEFT_ELBOW] = points[Point.LEFT_SHOULDER] + towards(arm)
    points[Point.LEFT_WRIST] = points[Point.LEFT_ELBOW] + towards(arm - elbow)
    points[Point.LEFT_KNEE] = points[Point.LEFT_HIP] - towards(thigh)
    points[Point.LEFT_ANKLE] = points[Point.LEFT_KNEE] - towards(shank)
    points[Point.LEFT_HEEL] = points[Point.LEFT_ANKLE] + np.array([0.0, 10.0])
    points[Point.LEFT_TOE] = points[Point.LEFT_HEEL] + towards(shank + 90 - ankle)
    return _both(points, facing)


def from_the_front(*, abduction: float, inward: float, pelvis: float = 0.0) -> Floats:
    """(33, 2): facing the camera, hips two limbs apart; `pelvis` turned clockwise in the picture, both legs alike."""
    points = np.zeros((POINTS, 2))
    for side, outward in ((0, 1.0), (1, -1.0)):
        hip = outward * towards(90 + pelvis)
        knee = hip + towards(180 + pelvis - outward * abduction)
        ankle = knee + towards(180 + pelvis - outward * (abduction + inward))
        points[Point.LEFT_HIP + side], points[Point.LEFT_KNEE + side] = hip, knee
        points[Point.LEFT_ANKLE + side] = ankle
        points[Point.LEFT_SHOULDER + side] = outward * towards(90 + pelvis) * 1.2 + 2 * towards(pelvis)
    return np.asarray(points + HIPS)


def _both(points: Mapping[Point, Floats], facing: float) -> Floats:
    whole = np.zeros((POINTS, 2))
    for point, place in points.items():
        whole[point] = whole[point + 1] = place * np.array([facing, 1.0])
    return np.asarray(whole + HIPS)


def film(points: Floats, rate: float = 30.0, visibility: Floats | float = 1.0) -> Landmarks:
    """A film of points (n, 33, 2)."""
    seen = np.where(np.isnan(points).any(axis=2), 0.0, np.broadcast_to(visibility, points.shape[:2]))
    return Landmarks(np.arange(len(points)) / rate, points, seen, WIDTH, HEIGHT)


def still(pose: Floats, seconds: float = 2.0, rate: float = 30.0) -> Landmarks:
    """A film in which nothing moves."""
    return film(np.repeat(pose[None], round(seconds * rate), axis=0), rate)
