"""The phases of a jump, read from how fast the hips go up and down.

After McMahon, Suchomel, Lake & Comfort 2018, with the mid-hip in place of the force plate's centre of mass: unweighting
from the onset until the hips fall fastest, braking until they stand still at their lowest, propulsion until take-off.
A drop jump has no unweighting: it brakes from the moment the feet come down.
"""

from dataclasses import dataclass

import numpy as np

from motion.body.edges import crossing
from motion.body.landmarks import Flags, Floats
from motion.findings import Phase
from motion.jumping.flight import Heights, Jump

ONSET_SPEED = 0.1
"""m/s downwards at which the countermovement begins (McMahon 2018 in its kinematic form)."""

ONSET_SD = 5
"""Standard deviations of the hips' speed in standing, but at least QUIET: the onset where there are no metres."""

QUIET = 0.06
"""Statures/s (0.1 m/s) under which the hips stand still."""

STANDING = 1.0
"""Seconds before the onset over which the standing height is taken."""

SHORTEST_STANDING = 0.15
"""Seconds of standing still that make a baseline."""

STANDS = 0.1
"""Statures below their height at take-off that the hips of a person who stands are at most."""

COUNTERMOVEMENT = 0.03
"""Statures that the hips must sink for a countermovement."""

ENTERED = 0.1
"""Share of the countermovement's depth after which it is looked for where the hips fall fastest."""


@dataclass(frozen=True, slots=True)
class Movement:
    """One jump as the hips make it.

    Seconds: `onset` (of a countermovement; of a drop jump when the feet come down), `fastest` downwards, `lowest`,
    `take_off`, `peak`, `landing`, `settled` (the hips' lowest after landing). Pixels: `standing`, `start` (where the
    countermovement or the contact begins), `bottom`, `leaving` (at take-off), `top`; `speed`: greatest, pixels/s. NaN
    where there is none.
    """

    onset: float
    fastest: float
    lowest: float
    take_off: float
    peak: float
    landing: float
    settled: float
    standing: float
    start: float
    bottom: float
    leaving: float
    top: float
    speed: float


def movement(heights: Heights, jump: Jump, own: tuple[int, int], metre: float, drop: bool) -> Movement:
    """A jump's movement; `own`: its first and last frame; `metre`: the pixels of one, NaN where not known."""
    since, until = own
    times, hip = heights.times, heights.hip
    velocity = np.asarray(np.gradient(hip, times))
    onset = jump.contact if drop else _onset(heights, velocity, jump.before, since, metre)
    lowest = _stops(times, velocity, jump.before)
    standing = _standing_after(heights, velocity, jump, until) if drop else _standing_before(heights, velocity, onset)
    rising = velocity[(times >= lowest) & (times <= jump.take_off)]
    return Movement(
        onset=onset,
        fastest=_fastest(times, velocity, onset, lowest),
        lowest=lowest,
        take_off=jump.take_off,
        peak=float(times[jump.peak]),
        landing=jump.landing,
        settled=float(times[jump.after]),
        standing=standing,
        start=_at(times, hip, onset) if drop else standing,
        bottom=float(hip[jump.before]),
        leaving=_at(times, hip, jump.take_off),
        top=float(hip[jump.peak]),
        speed=float(np.nanmax(rising)) if rising.size and not np.isnan(rising).all() else float("nan"),
    )


def _at(times: Floats, values: Floats, when: float) -> float:
    return float(np.interp(when, times, values)) if not np.isnan(when) else float("nan")


def _onset(heights: Heights, velocity: Floats, before: int, since: int, metre: float) -> float:
    """When the hips last began to sink faster than the threshold before their lowest point; NaN without a drop."""
    hip = heights.hip[since : before + 1]
    if np.isnan(hip).all() or np.nanmax(hip) - hip[-1] < COUNTERMOVEMENT * heights.stature:
        return float("nan")
    high = np.nanmax(hip) - ENTERED * (np.nanmax(hip) - hip[-1])
    entered = since + int(np.flatnonzero(hip >= high)[-1])
    falls = entered + int(np.argmin(velocity[entered : before + 1]))
    level = -_threshold(heights, velocity[since : entered + 1], metre)
    still = np.flatnonzero(velocity[since : falls + 1] >= level)
    return crossing(heights.times, velocity, level, since + int(still[-1])) if still.size else float("nan")


def _threshold(heights: Heights, velocity: Floats, metre: float) -> float:
    if not np.isnan(metre):
        return ONSET_SPEED * metre
    quiet = velocity[_still(velocity, heights.stature)]
    return max(QUIET * heights.stature, ONSET_SD * float(np.std(quiet)) if quiet.size else 0.0)


def _still(velocity: Floats, stature: float) -> Flags:
    return np.asarray(np.abs(velocity) < QUIET * stature)


def _stops(times: Floats, velocity: Floats, before: int) -> float:
    """When the hips' speed passes zero upwards beside their lowest frame."""
    exact = (crossing(times, velocity, 0, frame) for frame in (before - 1, before))
    return next((when for when in exact if not np.isnan(when)), float(times[before]))


def _fastest(times: Floats, velocity: Floats, onset: float, lowest: float) -> float:
    inside = np.flatnonzero((times >= onset) & (times <= lowest))
    return float(times[inside[np.argmin(velocity[inside])]]) if inside.size else float("nan")


def _standing_before(heights: Heights, velocity: Floats, onset: float) -> float:
    times = heights.times
    return _level(heights, (times >= onset - STANDING) & (times < onset) & _still(velocity, heights.stature))


def _standing_after(heights: Heights, velocity: Floats, jump: Jump, until: int) -> float:
    leaving = _at(heights.times, heights.hip, jump.take_off)
    high = heights.hip >= leaving - STANDS * heights.stature
    later = (heights.times > heights.times[jump.after]) & (np.arange(heights.hip.size) <= until)
    return _level(heights, high & later & _still(velocity, heights.stature))


def _level(heights: Heights, frames: Flags) -> float:
    enough = frames.sum() * float(np.median(np.diff(heights.times))) >= SHORTEST_STANDING
    return float(np.median(heights.hip[frames])) if enough else float("nan")


def phases(move: Movement, rep: int, drop: bool) -> list[Phase]:
    """The phases of one jump, one after the other; those without an onset are left out."""
    start = [("braking", move.onset, move.lowest, move.fastest)]
    if not drop:
        start = [
            ("unweighting", move.onset, move.fastest, move.fastest),
            ("braking", move.fastest, move.lowest, move.lowest),
        ]
    spans = [
        *start,
        ("propulsion", move.lowest, move.take_off, move.take_off),
        ("flight", move.take_off, move.landing, move.peak),
        ("landing", move.landing, move.settled, move.settled),
    ]
    known = [span for span in spans if not np.isnan(span[1:3]).any() and span[2] > span[1]]
    return [Phase(name, rep, begin, end, picture) for name, begin, end, picture in known]
