"""Instants between frames: spans of flagged frames, where a series crosses a level, and straight lines through it."""

import numpy as np
import scipy
from numpy.typing import NDArray

from motion.body.landmarks import Flags, Floats

Spans = NDArray[np.intp]
_ROUNDING = 1e-9


def spans(flags: Flags) -> Spans:
    """(k, 2): the first and last frame of each unbroken run of set flags, in order."""
    steps = np.diff(np.concatenate(([0], flags.astype(np.int8), [0])))
    return np.column_stack((np.flatnonzero(steps == 1), np.flatnonzero(steps == -1) - 1))


def bridged(flags: Flags, times: Floats, longest: float) -> Flags:
    """The flags with holes of at most `longest` seconds, between the set frames beside them, closed."""
    closed = flags.copy()
    for first, last in spans(~flags):
        inside = first > 0 and last < flags.size - 1
        if inside and times[last + 1] - times[first - 1] <= longest + _ROUNDING:
            closed[first : last + 1] = True
    return closed


def crossing(times: Floats, values: Floats, level: float, before: int) -> float:
    """When the series passes `level` between the frames `before` and `before` + 1; NaN where it does not.

    On the straight line between the two values.
    """
    if not 0 <= before < times.size - 1:
        return float("nan")
    low, high = values[before] - level, values[before + 1] - level
    if np.isnan(low) or np.isnan(high) or low == high or low * high > 0:
        return float("nan")
    return float(times[before] + (times[before + 1] - times[before]) * low / (low - high))


def half_width(times: Floats, wanted: float) -> float:
    """Seconds to either side that hold `wanted`, but never less than one frame."""
    return max(wanted, 1.5 * float(np.median(np.diff(times)))) if times.size > 1 else wanted


def local_line(times: Floats, values: Floats, half: float, at: Floats | None = None) -> tuple[Floats, Floats]:
    """(m) level and slope per second of the least-squares line through the values within ±`half` seconds of `at` (m).

    `at` is every frame's time unless given. NaN values are left out; NaN where fewer than two remain.
    """
    at = times if at is None else at
    known = ~np.isnan(values)
    t, v = times[known], values[known]
    first = np.searchsorted(t, at - half - _ROUNDING)
    count = np.searchsorted(t, at + half + _ROUNDING, side="right") - first
    columns = np.arange(max(1, int(count.max(initial=0))))
    inside = columns < count[:, None]
    index = np.minimum(first[:, None] + columns, max(0, t.size - 1))
    if t.size == 0:
        return np.full(at.size, np.nan), np.full(at.size, np.nan)
    return _line(np.where(inside, t[index] - at[:, None], 0), np.where(inside, v[index], 0), inside.sum(axis=1))


def _line(t: Floats, v: Floats, count: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Level at t = 0 and slope of each row's line; padded places hold zeros."""
    n = np.where(count >= 2, count, np.nan)
    mean_t, mean_v = t.sum(axis=1) / n, v.sum(axis=1) / n
    spread = (t * t).sum(axis=1) - n * mean_t**2
    slope = ((t * v).sum(axis=1) - n * mean_t * mean_v) / np.where(spread > 0, spread, np.nan)
    return np.asarray(mean_v - slope * mean_t), np.asarray(slope)


def level_at(times: Floats, values: Floats, when: float, half: float) -> float:
    """The series at one instant, read off the local line; NaN where that is not known."""
    level, _ = local_line(times, values, half, np.array([when]))
    return float(level[0])


def frame_gaps(times: Floats, when: Floats) -> Floats:
    """(m) the longest of the times between frames at and beside each instant; NaN for NaN.

    An instant is read from several frames, so one that is missing next to it counts too.
    """
    gaps = scipy.ndimage.maximum_filter1d(np.diff(times), 3, mode="nearest")
    after = np.clip(np.searchsorted(times, when), 1, times.size - 1)
    return np.where(np.isnan(when), np.nan, gaps[after - 1])


def duration_uncertainty(times: Floats, start: Floats, end: Floats) -> Floats:
    """(m) one standard deviation of end − start: each edge is uniform in its frame gap.

    √((Δt₁² + Δt₂²)/12), which is Δt/√6 for frames evenly spaced.
    """
    return np.sqrt((frame_gaps(times, start) ** 2 + frame_gaps(times, end) ** 2) / 12)
