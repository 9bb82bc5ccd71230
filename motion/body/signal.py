"""From landmarks as decoded to landmarks that can be measured: masked, gaps filled, despiked, smoothed."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import scipy
from numpy.lib.stride_tricks import sliding_window_view

from motion.body.edges import spans
from motion.body.landmarks import VISIBLE, Flags, Floats, Landmarks

LONGEST_GAP = 0.12
"""Seconds between two known frames that a straight line may bridge."""

WINDOW, SPREADS, MAD_TO_SD = 7, 3.0, 1.4826
"""Hampel's filter: samples, limit in standard deviations, and what makes one of a median absolute deviation."""

ORDER, PADDING = 2, 9
"""Butterworth's order, each way, and the samples that a run must have more than."""

BOTH_WAYS = 0.802
"""(√2 − 1)^¼: order 2 passed twice has its −3 dB at this share of its own (Winter 2009, 2.4.4.2)."""

HIGHEST = 1 / 3
"""The share of the frame rate that a cut-off may reach."""

SLOW, FAST = 6.0, 10.0
"""Hertz: cut-off for squats and lifts (Winter 2009), and for running and jumps."""


def visible(landmarks: Landmarks) -> Flags:
    """(n, 33): the point is seen in the frame itself."""
    return np.asarray((landmarks.visibility >= VISIBLE) & ~np.isnan(landmarks.points).any(axis=2))


def filtered(landmarks: Landmarks, cut_off: float) -> Landmarks:
    """The same frames with clean pixels, NaN where nothing can be said; `cut_off` in Hz."""
    points = np.where(visible(landmarks)[..., None], landmarks.points, np.nan)
    points = despiked(filled(landmarks.times, points))
    return landmarks.with_points(smoothed(landmarks.times, points, cut_off))


def filled(times: Floats, values: Floats) -> Floats:
    """Values (n, …) with gaps up to LONGEST_GAP seconds, from known frame to known frame, on straight lines."""
    columns = values.reshape(len(values), -1)
    known = ~np.isnan(columns)
    frames = np.arange(len(columns))[:, None]
    before = np.maximum.accumulate(np.where(known, frames, -1), axis=0)
    after = np.minimum.accumulate(np.where(known, frames, len(columns))[::-1], axis=0)[::-1]
    bridged = ~known & (before >= 0) & (after < len(columns))
    first, last = np.where(bridged, before, 0), np.where(bridged, after, 0)
    bridged &= times[last] - times[first] <= LONGEST_GAP
    span = np.where(bridged, times[last] - times[first], 1.0)
    share = (times[:, None] - times[first]) / span
    start, end = (np.take_along_axis(columns, index, axis=0) for index in (first, last))
    return np.where(bridged, start + share * (end - start), columns).reshape(values.shape)


def despiked(values: Floats) -> Floats:
    """Values (n, …) with what lies beyond SPREADS of its window's median replaced by it (Hampel 1974).

    At the ends of a run the window holds what there is of it.
    """
    # Column by column: all windows of a long film at once would be hundreds of megabytes.
    columns = [_despiked(column) for column in values.reshape(len(values), -1).T]
    return np.stack(columns, axis=1).reshape(values.shape)


def _despiked(column: Floats) -> Floats:
    window = sliding_window_view(np.pad(column, WINDOW // 2, constant_values=np.nan), WINDOW)
    middle = _median(window)
    limit = SPREADS * MAD_TO_SD * _median(np.abs(window - middle[:, None]))
    return np.where(np.abs(column - middle) > limit, middle, column)


def _median(windows: Floats) -> Floats:
    """The median of the last axis' known values, NaN for none: sorting puts NaN last."""
    ordered = np.sort(windows, axis=-1)
    count = (~np.isnan(windows)).sum(axis=-1)[..., None]
    low, high = (np.take_along_axis(ordered, index, axis=-1) for index in (np.maximum(count - 1, 0) // 2, count // 2))
    return np.asarray((low + np.where(count % 2 == 0, high, low))[..., 0] / 2)


def smoothed(times: Floats, points: Floats, cut_off: float) -> Floats:
    """Points (n, k, 2) without what is faster than `cut_off` Hz, each run of known frames longer than PADDING alone."""
    smooth, known = points.copy(), np.asarray(~np.isnan(points).any(axis=2))
    # Most points are known in the same frames: those go through the filter side by side.
    patterns, pattern_of = np.unique(known, axis=1, return_inverse=True)
    for number, pattern in enumerate(patterns.T):
        alike = np.flatnonzero(pattern_of == number)
        for run in runs(times, pattern):
            beside = points[run, alike]
            smooth[run, alike] = low_passed(times[run], beside.reshape(len(beside), -1), cut_off).reshape(beside.shape)
    return smooth


def runs(times: Floats, known: Flags) -> Iterator[slice]:
    """Frames, more than PADDING, that are known and no more than LONGEST_GAP seconds apart."""
    for first, last in spans(known):
        breaks = first + 1 + np.flatnonzero(np.diff(times[first : last + 1]) > LONGEST_GAP)
        bounds = [int(first), *breaks.tolist(), int(last) + 1]
        yield from (slice(a, b) for a, b in pairwise(bounds) if b - a > PADDING)


def low_passed(times: Floats, values: Floats, cut_off: float) -> Floats:
    """Values (n, k) of one run, no phase shifted: resampled to the median rate, filtered both ways, interpolated back.

    Butterworth of order 2; the cut-off is raised so that both passes together have their −3 dB there:
    f = fs/π · atan(tan(π·fc/fs)/0.802), fc at most fs/3.
    """
    count = max(PADDING + 1, round((times[-1] - times[0]) / float(np.median(np.diff(times))) + 1))
    even = np.linspace(times[0], times[-1], count)
    rate = (count - 1) / (times[-1] - times[0])
    numerator, denominator = scipy.signal.butter(ORDER, corrected(cut_off, rate), fs=rate)
    smooth = scipy.signal.filtfilt(
        numerator, denominator, scipy.interpolate.CubicSpline(times, values)(even), axis=0, padlen=PADDING
    )
    return np.asarray(scipy.interpolate.CubicSpline(even, smooth)(times))


def corrected(cut_off: float, rate: float) -> float:
    """The cut-off of one pass, Hz, for which two passes have theirs at `cut_off`."""
    wanted = min(cut_off, rate * HIGHEST)
    return float(rate / np.pi * np.arctan(np.tan(np.pi * wanted / rate) / BOTH_WAYS))
