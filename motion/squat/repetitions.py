"""Repetitions of a movement that lowers the hip and raises it again: squats, seen from any side.

They are found in the height of the middle of the hips over the middle of the ankles, divided by its value in standing:
a number without unit that every view shows, however far the camera is away.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import scipy
from numpy.typing import NDArray

from motion.body.angles import middle
from motion.body.landmarks import Floats, Point
from motion.body.segment import Segment

PROMINENCE = 0.15
"""How far the hip drops at least, in standing heights; ours: a quarter squat lowers it by about 0.2."""
APART = 0.5
"""Seconds between two lowest points at least; ours: nobody squats faster."""
EDGE = 0.1
"""The share of the drop at which a repetition starts and ends, and that still belongs to its bottom; ours."""
STANDING_PERCENTILE = 95.0
"""The standing value among the heights around a frame: the highest but for outliers."""
STANDING_WINDOW = 10.0
"""Seconds around a frame in which a person stands at some time; so walking up to the camera lowers nobody. Ours."""
_HIPS, _ANKLES = [Point.LEFT_HIP, Point.RIGHT_HIP], [Point.LEFT_ANKLE, Point.RIGHT_ANKLE]


@dataclass(frozen=True, slots=True)
class Repetition:
    """One way down and up; seconds, between frames, but for `lowest`, a frame.

    `start` and `end` are where 10 % of the drop is reached, or the film's edge; `half` is when half of it is, on the
    way down; within [`bottom_start`, `bottom_end`] the hip is within 10 % of the drop of its lowest. `drop`: how far
    the hip went down, in standing heights.
    """

    start: float
    half: float
    bottom_start: float
    lowest: int
    bottom_end: float
    end: float
    drop: float

    def frames(self, times: Floats) -> NDArray[np.intp]:
        """The frames from start to end."""
        return np.flatnonzero((times >= self.start) & (times <= self.end))


def squats(times: Floats, points: Floats, segments: Sequence[Segment]) -> tuple[Repetition, ...]:
    """The repetitions in filtered points (n, 33, 2) in which the hip sinks over both feet.

    Who lifts one foot, to walk or to balance, brings the middle of the ankles up to the hip, but not the lower ankle.
    """
    over_middle, over_lower = hip_heights(points, segments).T
    return tuple(one for one in repetitions(times, over_middle) if _sinks(times, over_lower, one))


def hip_heights(points: Floats, segments: Sequence[Segment]) -> Floats:
    """(n, 2): pixels from the middle of the ankles, and from the lower one, up to mid-hip; NaN where unknown.

    A side that is hardly seen in a segment is left out for all of it, so that the heights do not jump.
    """
    blocks = [np.arange(*segment.frames.indices(len(points))) for segment in segments]
    beside = np.setdiff1d(np.arange(len(points)), np.concatenate([*blocks, np.array([], np.intp)]))
    heights = np.full((len(points), 2), np.nan)
    for frames in (*blocks, beside):
        hips, ankles = points[frames][:, _HIPS], points[frames][:, _ANKLES]
        levels = np.column_stack([middle(ankles)[:, 1], np.fmax(ankles[:, 0, 1], ankles[:, 1, 1])])
        heights[frames] = levels - middle(hips)[:, 1:]
    return heights


def _sinks(times: Floats, height: Floats, repetition: Repetition) -> bool:
    """Whether a height too falls by what a repetition has to, as far as it is known."""
    known = ~np.isnan(height)
    start, lowest = np.interp([repetition.start, times[repetition.lowest]], times[known], height[known])
    return bool(lowest <= (1 - (1 - EDGE) * PROMINENCE) * start)


def repetitions(times: Floats, height: Floats) -> tuple[Repetition, ...]:
    """The repetitions in a height (n, any unit, NaN where unknown), in order.

    They are dips of at least PROMINENCE standing heights whose lowest points are at least APART seconds apart. Holes in
    the height are bridged by straight lines, which have no dips of their own.
    """
    known = np.flatnonzero(~np.isnan(height))
    if known.size < 3:
        return ()
    span = slice(int(known[0]), int(known[-1]) + 1)
    clock = times[span]
    filled = np.interp(clock, times[known], height[known])
    relative = filled / _standing(clock, filled)
    found = []
    for before, after in _dips(clock, relative):
        lowest = before + int(filled[before : after + 1].argmin())
        found.append(_repetition(clock, relative, before, lowest, after, offset=span.start))
    return tuple(found)


def _evenly(times: Floats) -> tuple[Floats, float]:
    """Instants as far apart as frames mostly are, and how many a second."""
    step = float(np.median(np.diff(times)))
    return np.arange(times[0], times[-1] + step / 2, step), 1 / step


def _standing(times: Floats, height: Floats) -> Floats:
    """(n): the height in standing around each frame."""
    even, rate = _evenly(times)
    window = 1 + 2 * round(STANDING_WINDOW * rate / 2)
    highest = scipy.ndimage.percentile_filter(
        np.interp(even, times, height), STANDING_PERCENTILE, size=window, mode="nearest"
    )
    return np.asarray(np.interp(times, even, highest))


def _dips(times: Floats, height: Floats) -> Iterator[tuple[int, int]]:
    """The frames of the tops before and after each dip."""
    even, rate = _evenly(times)
    found, _ = scipy.signal.find_peaks(
        -np.interp(even, times, height), prominence=PROMINENCE, distance=max(1.0, APART * rate)
    )
    between = [0, *np.searchsorted(times, even[found]).tolist(), times.size - 1]
    tops = [first + int(height[first : last + 1].argmax()) for first, last in pairwise(between)]
    yield from pairwise(tops)


def _repetition(times: Floats, height: Floats, before: int, lowest: int, after: int, *, offset: int) -> Repetition:
    low = height[lowest]
    down, drop = slice(before, lowest + 1), height[before] - low
    up, rise = slice(after, lowest - 1 if lowest else None, -1), height[after] - low
    return Repetition(
        start=_passed(times[down], height[down], low + (1 - EDGE) * drop),
        half=_passed(times[down], height[down], low + drop / 2),
        bottom_start=_passed(times[down], height[down], low + EDGE * drop),
        lowest=lowest + offset,
        bottom_end=_passed(times[up], height[up], low + EDGE * rise),
        end=_passed(times[up], height[up], low + (1 - EDGE) * rise),
        drop=float(drop),
    )


def _passed(times: Floats, height: Floats, level: float) -> float:
    """When a height that ends at its lowest is last at a level, on the straight line between two frames."""
    at = int(np.flatnonzero(height >= level)[-1])
    share = (height[at] - level) / (height[at] - height[at + 1])
    return float(times[at] + share * (times[at + 1] - times[at]))
