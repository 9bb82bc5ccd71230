"""The floor under one foot, as its toe shows it: a robust line through the frames in which the toe is low and slow."""

from dataclasses import dataclass

import numpy as np

from motion.body.edges import half_width, local_line
from motion.body.landmarks import Flags, Floats
from motion.body.profile import Path

SLOW = 0.25
"""Share of the swing's greatest speed below which a toe stands, relative to the ground that the foot stands on."""

LIGHT = 0.02
"""Seconds to either side of an instant that a toe's speed is read from: light enough to keep a touch-down sharp."""

NARROW = 0.1
"""Statures: floor seen over less than this width is taken as level, for its slope cannot be read."""

TUKEY = 4.685
"""Tukey's biweight constant, 95 % efficient on normal errors (Beaton & Tukey 1974)."""

_ROUNDS = 10


@dataclass(frozen=True, slots=True)
class Floor:
    """The line y = level + slope·x (pixels, y up) and how one toe moves to it.

    `height` (n): pixels above the line. `speed` (n): pixels/s relative to the ground, which itself moves forward with
    `ground` pixels/s: 0 on the spot, negative on a belt. `swing`: the greatest speed of a swing.
    """

    level: float
    slope: float
    ground: float
    height: Floats
    speed: Floats
    swing: float


def floor(times: Floats, toe: Path, stature: float, slope: float | None = None) -> Floor:
    """The floor under a toe's path; `slope` where the incline is known, else fitted."""
    half = half_width(times, LIGHT)
    forward, upward = (local_line(times, values, half)[1] for values in (toe.x, toe.y))
    ground = half_sample_mode(forward[toe.y <= _median(toe.y)])
    speed, swing = _speed(forward, upward, ground, slope or 0.0)
    level, found = _fitted(toe, speed < SLOW * swing, stature, slope)
    speed, swing = _speed(forward, upward, ground, found)
    level, found = _fitted(toe, speed < SLOW * swing, stature, slope)
    height = (toe.y - level - found * toe.x) / np.hypot(1, found)
    return Floor(level, found, ground, height, speed, swing)


def _median(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if known.size else float("nan")


def _speed(forward: Floats, upward: Floats, ground: float, slope: float) -> tuple[Floats, float]:
    speed = np.hypot(forward - ground, upward - slope * ground)
    known = speed[~np.isnan(speed)]
    return speed, float(np.percentile(known, 98)) if known.size else float("nan")


def _fitted(toe: Path, slow: Flags, stature: float, slope: float | None) -> tuple[float, float]:
    """Level and slope of the line through the slow toes; NaN where there are none."""
    x, y = toe.x[slow], toe.y[slow]
    if x.size == 0:
        return float("nan"), slope or 0.0
    if slope is None and np.ptp(x) < NARROW * stature:
        slope = 0.0
    return robust_line(x, y, slope)


def robust_line(x: Floats, y: Floats, slope: float | None = None) -> tuple[float, float]:
    """Level and slope by iterated least squares with Tukey's biweight; only the level where the slope is given.

    Starts from the lower half of the points, as what is not floor lies above it.
    """
    start = y - (slope or 0.0) * x
    weight = (start <= np.median(start)).astype(np.float64) if slope is not None else np.ones_like(y)
    level, found = 0.0, slope or 0.0
    for _ in range(_ROUNDS):
        level, found = _weighted(x, y, weight, slope)
        rest = y - level - found * x
        scale = max(1.4826 * float(np.median(np.abs(rest))), 1e-6)
        weight = np.clip(1 - (rest / (TUKEY * scale)) ** 2, 0, None) ** 2
    return level, found


def _weighted(x: Floats, y: Floats, weight: Floats, slope: float | None) -> tuple[float, float]:
    mean_x, mean_y = np.average(x, weights=weight), np.average(y, weights=weight)
    if slope is None:
        spread = float(np.average((x - mean_x) ** 2, weights=weight))
        slope = float(np.average((x - mean_x) * (y - mean_y), weights=weight)) / spread if spread > 0 else 0.0
    return float(mean_y - slope * mean_x), slope


def half_sample_mode(values: Floats) -> float:
    """The most frequent value of a continuous sample (Bickel & Frühwirth 2006); NaN for none."""
    sample = np.sort(values[~np.isnan(values)])
    while sample.size > 3:
        half = (sample.size + 1) // 2
        widths = sample[half - 1 :] - sample[: sample.size - half + 1]
        first = int(np.argmin(widths))
        sample = sample[first : first + half]
    return float(sample.mean()) if sample.size else float("nan")
