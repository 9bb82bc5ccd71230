"""How large the person is in the picture, and what a metre is there."""

import numpy as np

from motion.body.angles import UPRIGHT, mean_of_known, three_point, trunk_leans
from motion.body.body import Body
from motion.body.landmarks import Floats, Point
from motion.request import Request

SHOULDER_TO_ANKLE = 0.779
"""Share of stature that trunk, thigh and shank make together (Winter 2009, figure 4.1, after Drillis & Contini)."""

STRAIGHT = 20.0
"""Degrees of knee flexion up to which a leg shows its whole length from the front too; ours."""

ENOUGH = 0.2
"""Seconds of straight legs that are preferred to all upright frames; ours."""


def pixel_stature(body: Body) -> float:
    """The person's standing height in pixels; NaN where no upright frame shows trunk, thigh and shank.

    The median over upright frames of trunk + thigh + shank, ÷ SHOULDER_TO_ANKLE; over those with straight legs where
    the film has them, because seen from the front a bent leg looks short.
    """
    points = body.filtered.points
    trunk = np.linalg.norm(_middle(points, Point.LEFT_SHOULDER) - _middle(points, Point.LEFT_HIP), axis=-1)
    leg, bend = mean_of_known(_leg(points, 0), _leg(points, 1))
    length = leg + trunk
    usable = ~np.isnan(length) & (np.abs(trunk_leans(body.filtered)) < UPRIGHT)
    straight = usable & (bend < STRAIGHT)
    chosen = length[straight if straight.sum() >= ENOUGH * body.raw.rate else usable]
    return float(np.median(chosen)) / SHOULDER_TO_ANKLE if chosen.size else float("nan")


def pixels_per_metre(body: Body, request: Request) -> float | None:
    """From the stature given in the request; None where none was given or none is seen."""
    stature = pixel_stature(body)
    return None if request.height_cm is None or np.isnan(stature) else 100 * stature / request.height_cm


def _middle(points: Floats, left: Point) -> Floats:
    """(n, 2): between a left point and its right neighbour, or the one that is known."""
    return mean_of_known(points[:, left], points[:, left + 1])


def _leg(points: Floats, side: int) -> Floats:
    """(2, n): length of thigh and shank of a side, pixels, and flexion of its knee without sign, degrees."""
    hip, knee, ankle = (points[:, joint + side] for joint in (Point.LEFT_HIP, Point.LEFT_KNEE, Point.LEFT_ANKLE))
    length = np.linalg.norm(hip - knee, axis=-1) + np.linalg.norm(knee - ankle, axis=-1)
    return np.stack([length, three_point(hip, knee, ankle)])
