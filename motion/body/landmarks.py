"""Where a body's 33 points are in every frame of a film, as arrays, and what the points are called.

Point numbers and their order are those of MediaPipe's pose landmark model (BlazePose, Bazarevsky et al. 2020).
"""

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

POINTS = 33

VISIBLE = 0.5
"""Visibility below which a point is not used."""


class Point(IntEnum):
    """The points that are used, by the model's number; left and right are the person's own."""

    HEAD = 0
    LEFT_EAR = 7
    RIGHT_EAR = 8
    LEFT_SHOULDER = 11
    RIGHT_SHOULDER = 12
    LEFT_ELBOW = 13
    RIGHT_ELBOW = 14
    LEFT_WRIST = 15
    RIGHT_WRIST = 16
    LEFT_HIP = 23
    RIGHT_HIP = 24
    LEFT_KNEE = 25
    RIGHT_KNEE = 26
    LEFT_ANKLE = 27
    RIGHT_ANKLE = 28
    LEFT_HEEL = 29
    RIGHT_HEEL = 30
    LEFT_TOE = 31
    RIGHT_TOE = 32


@dataclass(frozen=True, slots=True)
class Landmarks:
    """The points of one person in n frames.

    `times` (n): seconds, first 0, rising, real time (a slow-motion factor is divided out). `points` (n, 33, 2): pixels
    x, y of the upright picture with square pixels, origin top left, y down; NaN where no person was found. `visibility`
    (n, 33): 0 to 1, 0 where no person was found. `world` (n, 33, 3): metres as the model says, NaN likewise, or None.
    `shift` (n): how far the background has moved since the first frame, pixels, or None where that is not known.
    `look` (n, 2): the trunk's colours, (red − green) and (green − blue) over the sum of the three, NaN where no person
    was found, or None where nobody looked.
    """

    times: Floats
    points: Floats
    visibility: Floats
    width: int
    height: int
    world: Floats | None = None
    shift: Floats | None = None
    look: Floats | None = None

    @property
    def rate(self) -> float:
        """Frames per second: one over the median time between frames; NaN with fewer than two frames."""
        return float(1 / np.median(np.diff(self.times))) if self.times.size > 1 else float("nan")

    @property
    def found(self) -> Flags:
        """(n): whether a person was found in the frame."""
        return np.asarray(~np.isnan(self.points).all(axis=(1, 2)))

    def at(self, point: Point) -> Floats:
        """(n, 2): one point's pixels."""
        return self.points[:, point]

    def between(self, first: Point, second: Point) -> Floats:
        """(n, 2): the middle of two points, NaN where either is."""
        return (self.points[:, first] + self.points[:, second]) / 2

    def with_points(self, points: Floats) -> Self:
        """The same frames with other pixels."""
        return replace(self, points=points)
