"""Which side of the person the film shows, and when: stretches of one view and facing."""

from itertools import pairwise

import numpy as np
import scipy
from numpy.typing import NDArray

from motion.body.landmarks import VISIBLE, Flags, Floats, Landmarks, Point
from motion.body.segment import Facing, Segment, View
from motion.body.width import FRONTAL, HIPS, SAGITTAL, SHOULDER_SEEN, SHOULDERS, width_to_trunk

SHORTEST = 1.0
"""Seconds that a segment lasts at least."""

WINDOW = 0.5
"""Seconds over which a frame's view and facing are told; ours."""

Codes = NDArray[np.intp]

_NOBODY = -1
_KINDS = tuple((view, facing) for view in View for facing in Facing)


def segments(landmarks: Landmarks) -> tuple[Segment, ...]:
    """The stretches of at least SHORTEST seconds in which view and facing stay the same, in order.

    The view is told by shoulder width ÷ trunk length, a median over upright frames, and by whether both shoulders are
    seen; the facing by where toes lie of heels, or from the front by the order of left and right. What is shorter than
    a segment belongs to the segments around it if they are alike, else to none. No upright frame: no segment.
    """
    codes = _joined(_codes(landmarks), max(1, round(SHORTEST * landmarks.rate)))
    bounds = _bounds(codes)
    long_enough = SHORTEST * landmarks.rate - 0.5
    return tuple(
        Segment(first, after - 1, *_KINDS[codes[first]])
        for first, after in pairwise(bounds.tolist())
        if after - first >= long_enough and codes[first] != _NOBODY
    )


def _codes(landmarks: Landmarks) -> Codes:
    """(n): the number of each frame's view and facing among _KINDS, _NOBODY where no person is."""
    size = 1 + 2 * round(WINDOW * landmarks.rate / 2)
    width_to_trunk = _width_to_trunk(landmarks)
    if np.isnan(width_to_trunk).all():
        return np.full(landmarks.times.size, _NOBODY)
    ratio = scipy.ndimage.median_filter(_nearest(width_to_trunk), size, mode="nearest")
    hidden = (
        scipy.ndimage.uniform_filter1d(_hidden_shoulder(landmarks), size, axis=0, mode="nearest").max(axis=1)
        > SHOULDER_SEEN
    )
    side = np.select([hidden | (ratio < SAGITTAL), ratio > FRONTAL], [1, 0], 2)
    across = scipy.ndimage.uniform_filter1d(_left_of_right(landmarks), size, mode="nearest") > 0
    ahead = scipy.ndimage.uniform_filter1d(_toes_ahead(landmarks), size, mode="nearest") > 0
    facing = np.where(side == 0, np.where(across, 2, 3), np.where(ahead, 1, 0))
    return np.where(landmarks.found, side * len(Facing) + facing, _NOBODY)


def _width_to_trunk(landmarks: Landmarks) -> Floats:
    """(n): NaN where the trunk is not seen or not upright."""
    seen = (landmarks.visibility[:, SHOULDERS] >= VISIBLE).any(axis=1)
    seen &= (landmarks.visibility[:, HIPS] >= VISIBLE).any(axis=1)
    return np.where(seen, width_to_trunk(landmarks.points), np.nan)


def _nearest(values: Floats) -> Floats:
    """The series with unknown values taken from between the known ones, or from the nearest at the ends."""
    known = np.flatnonzero(~np.isnan(values))
    return np.interp(np.arange(values.size), known, values[known])


def _hidden_shoulder(landmarks: Landmarks) -> Floats:
    """(n, 2): 1 where that shoulder is not seen though a person is."""
    hidden: Flags = (landmarks.visibility[:, SHOULDERS] < VISIBLE) & landmarks.found[:, None]
    return hidden.astype(np.float64)


def _left_of_right(landmarks: Landmarks) -> Floats:
    """(n): pixels by which left shoulder and hip lie to the right of the right ones; 0 where nobody is."""
    pairs = landmarks.points[:, [*SHOULDERS, *HIPS], 0]
    return np.asarray(np.nan_to_num(pairs[:, 0] - pairs[:, 1] + pairs[:, 2] - pairs[:, 3]))


def _toes_ahead(landmarks: Landmarks) -> Floats:
    """(n): pixels by which toes lie to the right of heels, of both feet; 0 where nobody is."""
    toes = landmarks.points[:, [Point.LEFT_TOE, Point.RIGHT_TOE], 0]
    heels = landmarks.points[:, [Point.LEFT_HEEL, Point.RIGHT_HEEL], 0]
    return np.asarray(np.nan_to_num((toes - heels).sum(axis=1)))


def _bounds(codes: Codes) -> Codes:
    """Where each run of equal codes begins, and the end of the last."""
    return np.concatenate([[0], 1 + np.flatnonzero(np.diff(codes)), [codes.size]])


def _joined(codes: Codes, shortest: int) -> Codes:
    """The codes with runs shorter than `shortest` frames between equal ones made like these, the shortest first."""
    codes = codes.copy()
    while True:
        bounds = _bounds(codes)
        lengths, kinds = np.diff(bounds), codes[bounds[:-1]]
        between = np.zeros(kinds.size, bool)
        between[1:-1] = (kinds[:-2] == kinds[2:]) & (kinds[2:] != _NOBODY) & (lengths[1:-1] < shortest)
        if not between.any():
            return codes
        run = int(np.where(between, lengths, codes.size + 1).argmin())
        codes[bounds[run] : bounds[run + 1]] = kinds[run - 1]
