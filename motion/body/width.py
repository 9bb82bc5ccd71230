"""How broad the shoulders look against the trunk, which tells from where a frame shows the person.

Light to import: processes that never look at a film read windows of pose frames by it.
"""

import numpy as np

from motion.body.angles import UPRIGHT, lean
from motion.body.landmarks import Floats, Point

FRONTAL, SAGITTAL = 0.55, 0.35
"""Shoulder width ÷ trunk length above which a view is from the front or back, and below which it is from the side."""

SHOULDER_SEEN = 0.5
"""Share of frames below which a shoulder is hidden behind the other one."""

SHOULDERS, HIPS = [Point.LEFT_SHOULDER, Point.RIGHT_SHOULDER], [Point.LEFT_HIP, Point.RIGHT_HIP]


def width_to_trunk(points: Floats) -> Floats:
    """(n): shoulder width ÷ trunk length of points (n, 33, 2); NaN where the trunk is not known or not upright."""
    shoulders, hips = points[:, SHOULDERS], points[:, HIPS]
    trunk = (shoulders[:, 0] + shoulders[:, 1] - hips[:, 0] - hips[:, 1]) / 2
    upright = np.abs(lean(trunk)) < UPRIGHT
    length = np.linalg.norm(trunk, axis=1)
    width = np.linalg.norm(shoulders[:, 0] - shoulders[:, 1], axis=1)
    return np.where(upright & (length > 0), width / np.where(length > 0, length, 1.0), np.nan)
