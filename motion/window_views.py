"""From where a window's frames show the person: the rules of `motion.body.views`, by what adds up."""

import numpy as np
from numpy.typing import NDArray

from motion.body.width import FRONTAL, SAGITTAL, SHOULDER_SEEN
from motion.window_parts import Parts

FRONT, SIDE, OBLIQUE, UNKNOWN = range(4)

Numbers = NDArray[np.int64]


def views(session: Numbers, sums: Parts) -> Numbers:
    """(m): FRONT, SIDE, OBLIQUE of windows ordered by session and time.

    Of a window without an upright frame the last before counts; UNKNOWN before the first that tells. From the side is
    also what shows mostly one shoulder.
    """
    ratio = sums.width_to_trunk
    hidden = sums.one_shoulder > SHOULDER_SEEN
    told = np.select([hidden | (ratio < SAGITTAL), ratio > FRONTAL, ~np.isnan(ratio)], [SIDE, FRONT, OBLIQUE], UNKNOWN)
    last = np.maximum.accumulate(np.where(told == UNKNOWN, -1, np.arange(told.size)))
    there = last >= np.searchsorted(session, session)
    return np.asarray(np.where(there, told[np.maximum(last, 0)], UNKNOWN))
