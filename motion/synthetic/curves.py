"""Curves in time: what joint angles and paths are made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy

from motion.body.landmarks import Floats

FINE = 2000.0
"""Samples per second on which event times are looked for; between them a straight line."""


@dataclass(frozen=True, slots=True)
class Clock:
    """When frames are taken: `rate` per second, each up to `jitter` of a frame early or late, as phones do."""

    rate: float = 60.0
    jitter: float = 0.0
    seed: int = 0

    def times(self, duration: float) -> Floats:
        """(n): seconds, first 0, rising, up to the duration."""
        regular = np.arange(int(np.floor(duration * self.rate + 1e-9)) + 1) / self.rate
        late = self.jitter / self.rate * np.random.default_rng(self.seed).uniform(-0.5, 0.5, regular.size)
        return np.asarray((regular + late) - (regular + late)[0])


def fine(duration: float) -> Floats:
    """(n): instants on which a movement is sampled to find its true event times."""
    return Clock(FINE).times(duration)


def rise(times: Floats, start: float, duration: float) -> Floats:
    """0 before `start`, 1 after `duration` more seconds, half a cosine between them."""
    share = np.clip((times - start) / duration, 0, 1)
    return np.asarray((1 - np.cos(np.pi * share)) / 2)


def through(times: Floats, knots: Sequence[tuple[float, float]]) -> Floats:
    """A smooth curve through (time, value) knots, without overshoot, still before the first and after the last.

    Between two knots it only rises or only falls, so its extremes are knots (Fritsch & Butland 1984).
    """
    at, values = np.array(knots).T
    return np.asarray(scipy.interpolate.PchipInterpolator(at, values)(np.clip(times, at[0], at[-1])))


def eased(times: Floats, knots: Sequence[tuple[float, float]], width: float) -> Floats:
    """The curve `through` the knots with its corners rounded: averaged by a Gaussian of `width` seconds.

    Its extremes lie near the knots, not on them.
    """
    curve = _rounded(tuple(knots), width)
    return np.asarray(curve(np.clip(times, curve.x[0], curve.x[-1])))


# A movement asks for the same few curves at one set of instants after the other.
@lru_cache(maxsize=16)
def _rounded(knots: tuple[tuple[float, float], ...], width: float) -> "scipy.interpolate.CubicSpline":
    margin = 5 * width
    grid = knots[0][0] - margin + fine(knots[-1][0] - knots[0][0] + 2 * margin)
    return scipy.interpolate.CubicSpline(
        grid, scipy.ndimage.gaussian_filter1d(through(grid, knots), width * FINE, mode="nearest")
    )


@dataclass(frozen=True, slots=True)
class Knot:
    """A curve's value at a time, with its first and second derivative there."""

    time: float
    value: float
    speed: float = 0.0
    acceleration: float = 0.0


def quintic(times: Floats, knots: Sequence[Knot], derivative: int = 0) -> Floats:
    """A polynomial of degree 5 between each two knots, or a derivative of it; still outside of them."""
    curve = scipy.interpolate.BPoly.from_derivatives(
        [knot.time for knot in knots], [[knot.value, knot.speed, knot.acceleration] for knot in knots]
    )
    inside = (times >= knots[0].time) & (times <= knots[-1].time)
    values = curve(np.clip(times, knots[0].time, knots[-1].time), nu=derivative)
    return np.asarray(values if derivative == 0 else np.where(inside, values, 0.0))


def crossings(times: Floats, values: Floats, level: float) -> Floats:
    """The times at which a sampled curve passes a level, either way, straight lines between samples."""
    above = values > level
    at = np.flatnonzero(above[1:] != above[:-1])
    share = (level - values[at]) / (values[at + 1] - values[at])
    return np.asarray(times[at] + share * (times[at + 1] - times[at]))
