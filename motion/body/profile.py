"""The paths of feet and hips that events are read from: raw where reliable, forward to the right, heights up."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from motion.body.body import Body
from motion.body.landmarks import Floats, Point
from motion.body.segment import Facing
from motion.metric import Side

LONGEST_FILL = 0.12
"""Seconds: a gap between reliable frames that is bridged by a straight line."""

LEG = 0.491
"""Statures from hip to ankle (Winter 2009, after Drillis & Contini 1966)."""

SIDES: tuple[Side, Side] = ("left", "right")
TOES: Mapping[Side, Point] = {"left": Point.LEFT_TOE, "right": Point.RIGHT_TOE}
HEELS: Mapping[Side, Point] = {"left": Point.LEFT_HEEL, "right": Point.RIGHT_HEEL}


@dataclass(frozen=True, slots=True)
class Path:
    """Where one point goes: (n) pixels forward and up, NaN where that is not known."""

    x: Floats
    y: Floats

    def middle(self, other: "Path") -> "Path":
        """The path of the point half way."""
        return Path((self.x + other.x) / 2, (self.y + other.y) / 2)


@dataclass(frozen=True, slots=True)
class Profile:
    """A stretch of frames, turned so that the person looks to the right. `stature`: standing height in pixels."""

    times: Floats
    stature: float
    toes: Mapping[Side, Path]
    heels: Mapping[Side, Path]
    hip: Path

    @property
    def rate(self) -> float:
        """Frames per second: one over the median time between frames."""
        return float(1 / np.median(np.diff(self.times)))


def profile(body: Body, stature: float, frames: slice, facing: Facing | None = None) -> Profile:
    """The stretch `frames` of a body; facing left is mirrored."""
    turn = -1.0 if facing is Facing.LEFT else 1.0
    return Profile(
        body.raw.times[frames],
        stature,
        {side: path(body, point, frames, turn) for side, point in TOES.items()},
        {side: path(body, point, frames, turn) for side, point in HEELS.items()},
        path(body, Point.LEFT_HIP, frames, turn).middle(path(body, Point.RIGHT_HIP, frames, turn)),
    )


def path(body: Body, point: Point, frames: slice, turn: float = 1.0) -> Path:
    """One point's raw path, masked where it is not reliable, short gaps bridged."""
    reliable = body.reliable[frames, point]
    pixels = np.where(reliable[:, None], body.raw.points[frames, point], np.nan)
    times = body.raw.times[frames]
    return Path(bridge(times, turn * pixels[:, 0]), bridge(times, -pixels[:, 1]))


def bridge(times: Floats, values: Floats) -> Floats:
    """The series with gaps of at most LONGEST_FILL seconds filled by straight lines."""
    known = np.flatnonzero(~np.isnan(values))
    if known.size < 2:
        return values
    after = np.clip(np.searchsorted(known, np.arange(values.size)), 1, known.size - 1)
    short = times[known[after]] - times[known[after - 1]] <= LONGEST_FILL
    inside = (np.arange(values.size) >= known[0]) & (np.arange(values.size) <= known[-1])
    filled = np.interp(times, times[known], values[known])
    return np.where(np.isnan(values) & ~(short & inside), np.nan, filled)
