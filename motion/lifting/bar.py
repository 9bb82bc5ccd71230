"""The bar in the picture, for which the wrists stand, and the lifter's hips, shoulders and knees beside it.

Heights are pixels over the picture's lower edge, up; forward is where the lifter looks.
"""

from dataclasses import dataclass
from math import pi, sqrt

import numpy as np
import scipy

from motion.body.angles import middle
from motion.body.body import Body
from motion.body.landmarks import Flags, Floats, Point
from motion.body.segment import Facing, Segment, View
from motion.body.signal import MAD_TO_SD, SLOW
from motion.metric import Side

SEEN = 0.5
"""Share of a segment's frames in which wrists, hips, shoulders, ankles have to be seen for lifts to be looked for."""

_WRISTS = (Point.LEFT_WRIST, Point.RIGHT_WRIST)


@dataclass(frozen=True, slots=True)
class Lifter:
    """A lifter in one segment, (n) each, holes bridged by straight lines, but `knee`, which is NaN where unknown.

    `forward`, `bar`: where the bar is. `speed`: its velocity upwards, pixels/s. `hip`, `shoulder`, `ankle`: heights.
    `knee`: flexion, degrees. `depth`: how far the hip is below the knee, in thighs. `known`: the bar was seen.
    Pixels: `noise`, how far the bar's raw height scatters about the filtered one, and `stature`.
    """

    times: Floats
    forward: Floats
    bar: Floats
    speed: Floats
    hip: Floats
    shoulder: Floats
    ankle: Floats
    knee: Floats
    depth: Floats
    known: Flags
    noise: float
    stature: float

    @property
    def gap(self) -> float:
        """Seconds between frames."""
        return float(np.median(np.diff(self.times)))

    @property
    def speed_noise(self) -> float:
        """Pixels/s, one standard deviation: what noise that is even in all frequencies leaves in the filtered speed.

        σ·2π·√(2·fc³/(3·fs)), the power of its derivative below the cut-off.
        """
        return self.noise * 2 * pi * sqrt(2 * SLOW**3 * self.gap / 3)

    def at(self, series: Floats, when: float) -> float:
        """A series at an instant, on the straight line between two frames."""
        return float(np.interp(when, self.times, series))

    def span(self, start: float, end: float) -> slice:
        """The frames from one instant to another, at least one."""
        first, after = np.searchsorted(self.times, [start - _ROUNDING, end + _ROUNDING]).tolist()
        return slice(min(first, self.times.size - 1), max(after, min(first, self.times.size - 1) + 1))

    def highest(self, series: Floats, start: float, end: float) -> float:
        """When a series is greatest between two instants; NaN is nothing."""
        frames = self.span(start, end)
        return float(self.times[frames][np.nanargmax(series[frames])])


_ROUNDING = 1e-9


def near_side(segment: Segment) -> Side | None:
    """The side towards the camera; None where the view is not from the side."""
    if segment.view is not View.SAGITTAL:
        return None
    return "left" if segment.facing is Facing.LEFT else "right"


def wrists(segment: Segment) -> tuple[Point, ...]:
    """The wrist that stands for the bar: the near one, or both, whose middle does."""
    near = near_side(segment)
    return _WRISTS if near is None else (Point.LEFT_WRIST if near == "left" else Point.RIGHT_WRIST,)


def lifter(body: Body, segment: Segment, stature: float) -> Lifter | None:
    """The lifter in a segment; None where too little is seen for a lift to be found."""
    times, points = body.raw.times[segment.frames], body.filtered.points[segment.frames]
    hand = points[:, list(wrists(segment))].mean(axis=1)
    joints = [middle(points[:, [left, left + 1]]) for left in (Point.LEFT_HIP, Point.LEFT_SHOULDER, Point.LEFT_ANKLE)]
    if min(np.mean(~np.isnan(path).any(axis=1)) for path in (hand, *joints)) < SEEN:
        return None
    turn = -1.0 if segment.facing is Facing.LEFT else 1.0
    height = _bridged(times, -hand[:, 1])
    hip, shoulder, ankle = (_bridged(times, -path[:, 1]) for path in joints)
    return Lifter(
        times=times,
        forward=_bridged(times, turn * hand[:, 0]),
        bar=height,
        speed=np.asarray(scipy.interpolate.CubicSpline(times, height)(times, 1)),
        hip=hip,
        shoulder=shoulder,
        ankle=ankle,
        knee=body.angles["knee_angle"][segment.frames],
        depth=_depth(points, near_side(segment)),
        known=~np.isnan(hand).any(axis=1),
        noise=_scatter(body, segment, hand[:, 1]),
        stature=stature,
    )


def _scatter(body: Body, segment: Segment, filtered: Floats) -> float:
    """Standard deviation of the raw height about the filtered one, from its median, so that outliers do not count."""
    raw = body.raw.points[segment.frames][:, list(wrists(segment)), 1].mean(axis=1)
    return MAD_TO_SD * float(np.nanmedian(np.abs(raw - filtered)))


def _bridged(times: Floats, values: Floats) -> Floats:
    known = ~np.isnan(values)
    return np.interp(times, times[known], values[known])


def _depth(points: Floats, near: Side | None) -> Floats:
    """(n): (height of the knee − height of the hip) ÷ length of the thigh in the same frame, NaN where unknown."""
    sides = [0, 1] if near is None else [int(near == "right")]
    hips, knees = (
        points[:, [left + side for side in sides]].mean(axis=1) for left in (Point.LEFT_HIP, Point.LEFT_KNEE)
    )
    length = np.linalg.norm(hips - knees, axis=1)
    return np.asarray((hips - knees)[:, 1] / np.where(length > 0, length, np.nan))
