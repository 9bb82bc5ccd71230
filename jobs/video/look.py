"""What colours a person wears: by which one is told from another who stands in the same place."""

from typing import Final

import numpy as np

from jobs.video.film import Picture
from motion.body.landmarks import Floats, Point

CORNERS: Final = [Point.LEFT_SHOULDER, Point.RIGHT_SHOULDER, Point.LEFT_HIP, Point.RIGHT_HIP]
INSIDE: Final = np.linspace(0.1, 0.9, 5)
"""Shares of the way from one side of the trunk to the other, and from the shoulders to the hips."""
DARK: Final = 30.0
"""Added to the sum of a pixel's colours, so that the tints of dark ones do not tremble; ours."""


def look(picture: Picture, points: Floats) -> Floats:
    """(2): the trunk's colours as `Landmarks.look` has them, for one person's points (33, 2); NaN for nobody.

    Shares of the sum, so that shade and sunlight change little; the median of 25 pixels.
    """
    corners = points[CORNERS]
    if np.isnan(corners).any():
        return np.full(2, np.nan)
    across, down = (share.reshape(-1, 1) for share in np.meshgrid(INSIDE, INSIDE))
    above = (1 - across) * corners[0] + across * corners[1]
    below = (1 - across) * corners[2] + across * corners[3]
    height, width = picture.shape[:2]
    x, y = np.rint((1 - down) * above + down * below).clip(0, [width - 1, height - 1]).astype(int).T
    red, green, blue = picture[y, x].astype(float).T
    tints = np.stack([red - green, green - blue]) / (red + green + blue + DARK)
    return np.asarray(np.median(tints, axis=1))
