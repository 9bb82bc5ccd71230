"""The instant at which a point of the foot comes to rest on the ground, or leaves it.

Thresholds of height and speed find a contact, but are passed before a foot stands and after it has begun to leave: here
the way that the point goes off its resting place is drawn back to where it begins.
"""

import numpy as np

from motion.body.edges import half_width
from motion.body.landmarks import Floats

REACH = 0.06
"""Seconds to either side of a coarse edge in which the true one is looked for."""

WAY = 0.04
"""Seconds of the way off the resting place that are looked at, before its law changes."""

RESTING = (0.03, 0.09)
"""Seconds into the contact between which the point rests on its place, beside the coarse edge."""

TICK = 0.001
"""Seconds between the instants that are tried."""

STILL = 0.8
"""Share of the contact that the point may rest, before what follows the other edge is mixed in."""

LANDING = (1.0, 1.5, 2.0)
"""Laws of a way off: as a thud (1) or softly (2); across the floor and up each has its own."""

LEAVING = (2.0,)
"""A foot leaves from rest, so as the square of time."""


def edge(times: Floats, x: Floats, y: Floats, coarse: float, into: int, lasts: float) -> float:
    """When the way off the resting place begins; `coarse` where the path does not tell.

    `x`, `y` (n): the point against the ground that it rests on. `into`: +1 where the contact lies after the edge, −1
    where before; it `lasts` so many seconds. The way is a power of the time since, in both directions, and the instant
    is where least squares fits it best; looked for twice, the second time around the first answer.
    """
    first = _edge(times, x, y, coarse, into, lasts, half_width(times, REACH))
    return _edge(times, x, y, first, into, lasts, half_width(times, REACH / 3))


def _edge(times: Floats, x: Floats, y: Floats, coarse: float, into: int, lasts: float, reach: float) -> float:
    away = into * (coarse - times)
    known = ~np.isnan(x) & ~np.isnan(y)
    within = -away <= STILL * lasts
    rest = known & (-away >= RESTING[0]) & (-away <= max(min(RESTING[1], STILL * lasts), RESTING[0] + reach / 2))
    near = known & within & (-away <= RESTING[1]) & (away <= _far_enough(away[known & (away > 0)], times))
    if not rest.any() or (near & (away > 0)).sum() < 2:
        return coarse
    tried = np.arange(-reach, reach, TICK)
    across, up = ((axis - np.median(axis[rest]))[near] for axis in (x, y))
    misfit = _best(away[near], across, tried, into, upwards=into < 0) + _best(away[near], up, tried, into, upwards=True)
    return float(coarse - into * tried[np.argmin(misfit)])


def _far_enough(away: Floats, times: Floats) -> float:
    """Seconds that hold the way off, or, where frames are missing in it, its first three frames."""
    return max(half_width(times, WAY), min(float(np.sort(away)[:3].max(initial=0.0)), 2 * REACH))


def _best(away: Floats, way: Floats, tried: Floats, into: int, *, upwards: bool) -> Floats:
    """The misfit of the law that fits best, for each instant tried."""
    powers = LANDING if into > 0 else LEAVING
    return np.asarray(np.min([_misfit(away, way, tried, power, upwards=upwards) for power in powers], axis=0))


def _misfit(away: Floats, way: Floats, tried: Floats, power: float, *, upwards: bool) -> Floats:
    """The sum of squares that is left by the best multiple of a law, for each instant tried, seconds on the way off."""
    shape = np.clip(away[None] - tried[:, None], 0, None) ** power
    size = (shape**2).sum(axis=1)
    gain = shape @ way / np.where(size > 0, size, np.inf)
    gain = np.maximum(gain, 0) if upwards else gain
    return np.asarray(((way[None] - shape * gain[:, None]) ** 2).sum(axis=1))
