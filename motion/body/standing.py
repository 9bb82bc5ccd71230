"""When a person stands: what the shank's own inclination is, and where a heel rests."""

import numpy as np

from motion.body.angles import BENT, SIDES, UPRIGHT, lean, limbs, mean_of_known, middle, trunk_line
from motion.body.body import Body
from motion.body.edges import local_line
from motion.body.landmarks import Flags, Floats, Landmarks, Point
from motion.body.segment import Facing, Segment, View
from motion.metric import Side

STILL = 0.15
"""Trunk lengths a second below which hips and ankles stand still; ours."""

STILL_OVER = 0.2
"""Seconds to either side over which that speed is read; ours."""

NEARLY_STRAIGHT = 5.0
"""Degrees by which knees in standing may be more bent than at their straightest; ours."""

STRAIGHTEST = 5.0
"""Percentile that stands for the straightest knee."""

BASELINE = 0.2
"""Seconds of standing that a baseline needs; ours."""

HEEL_RISEN = 0.05
"""Shank lengths that a heel in closed chain may rise."""


def standing(landmarks: Landmarks, segment: Segment) -> Flags:
    """(frames of the segment): upright, hips and ankles still, and knees about as straight as they get there.

    All false where the view does not show knee flexion, or fewer than BASELINE seconds remain.
    """
    points, times = landmarks.points[segment.frames], landmarks.times[segment.frames]
    if segment.view is View.FRONTAL:
        return np.zeros(times.size, bool)
    trunk = trunk_line(points)
    still = _speed(times, points) < STILL * np.linalg.norm(trunk, axis=1)
    quiet: Flags = still & (np.abs(lean(trunk)) < UPRIGHT)
    knee = _knee(points, segment)
    if not (quiet & ~np.isnan(knee)).any():
        return np.zeros(times.size, bool)
    straightest = float(np.nanpercentile(knee[quiet], STRAIGHTEST))
    stands: Flags = quiet & (knee <= min(straightest + NEARLY_STRAIGHT, BENT))
    return stands if stands.sum() >= BASELINE * landmarks.rate else np.zeros(times.size, bool)


def baseline(values: Floats, stands: Flags) -> float:
    """The median while standing; NaN where nobody stands or the values are not known then."""
    known = values[stands & ~np.isnan(values)]
    return float(np.median(known)) if known.size else float("nan")


def heel_risen(body: Body, side: Side) -> Flags:
    """(n): the heel is higher over its toe than in standing, by more than HEEL_RISEN shank lengths.

    Dorsiflexion is not that of a closed chain then. False where heel, toe or standing are not known.
    """
    right = side == "right"
    heel, toe, knee, ankle = (
        body.filtered.points[:, left + right]
        for left in (Point.LEFT_HEEL, Point.LEFT_TOE, Point.LEFT_KNEE, Point.LEFT_ANKLE)
    )
    height, shank = toe[:, 1] - heel[:, 1], np.linalg.norm(knee - ankle, axis=1)
    risen = np.zeros(body.filtered.times.size, bool)
    for segment in body.segments:
        stands = standing(body.filtered, segment)
        rest, length = baseline(height[segment.frames], stands), baseline(shank[segment.frames], stands)
        risen[segment.frames] = height[segment.frames] - rest > HEEL_RISEN * length
    return risen


def _speed(times: Floats, points: Floats) -> Floats:
    """(n): pixels/s of the fastest of mid-hip and the known ankles; NaN where none is known."""
    hips = middle(points[:, [Point.LEFT_HIP, Point.RIGHT_HIP]])
    places = (hips, points[:, Point.LEFT_ANKLE], points[:, Point.RIGHT_ANKLE])
    slopes = [[local_line(times, place[:, axis], STILL_OVER)[1] for axis in (0, 1)] for place in places]
    speeds = np.hypot(*np.moveaxis(np.array(slopes), 1, 0))
    return np.asarray(np.fmax.reduce(speeds, axis=0))


def _knee(points: Floats, segment: Segment) -> Floats:
    """(n): the knee flexion of both legs, or of the one that is known."""
    outward = -1.0 if segment.facing is Facing.LEFT else 1.0
    left, right = (limbs(points, side, outward).series()["knee_angle"] for side in SIDES)
    return mean_of_known(left, right)
