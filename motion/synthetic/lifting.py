"""Snatch, clean, and clean and jerk: postures one after the other, the hands holding the bar."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from motion.body.landmarks import Floats
from motion.synthetic.curves import FINE, crossings, eased, fine
from motion.synthetic.limbs import Lower, Upper, ankles, standing_on
from motion.synthetic.movement import Movement, Truth, lowest, one_after_the_other
from motion.synthetic.person import THIGH, Person, Posture

EASE = 0.03
"""Seconds over which a lifter passes from one posture to the next without a corner."""

NEAR = 0.12
"""Seconds to either side of a key posture within which the extreme that belongs to it lies."""


LOWERING = 1.4
"""Seconds in which the bar is brought down for the next repetition."""


LIFTED = 0.01
"""Statures over its rest at which the bar counts as off the floor: 2 cm."""

GRAVITY = 9.81


class Key(NamedTuple):
    """A posture at a time. Degrees: knee flexion, leans of shank and trunk, and the bar's `bearing` from the shoulder.

    The bearing is 180 for a bar that hangs, 90 for one in front, 0 for one overhead; `reach` is its distance from the
    shoulder in arm lengths.
    """

    time: float
    knee: float
    shank: float
    lean: float
    bearing: float
    reach: float


_PULL = (
    Key(0.60, 95, 20, 60, 180, 0.995),
    Key(1.15, 38, 2, 52, 180, 0.995),
    Key(1.33, 58, 18, 30, 180, 0.995),
    Key(1.55, 7, 2, -4, 180, 0.985),
)
_SNATCHED = (
    Key(1.75, 22, 9, 4, 125, 0.52),
    Key(1.98, 72, 25, 14, 22, 0.42),
    Key(2.35, 128, 35, 20, 3, 0.99),
    Key(3.45, 6, 3, 3, 2, 0.99),
)
_CLEANED = (
    Key(1.75, 26, 11, 4, 138, 0.58),
    Key(1.93, 75, 26, 10, 88, 0.25),
    Key(2.25, 122, 35, 14, 80, 0.22),
    Key(3.25, 6, 3, 2, 80, 0.22),
)
_JERKED = (
    Key(3.65, 6, 3, 2, 80, 0.22),
    Key(3.95, 52, 24, 2, 80, 0.22),
    Key(4.17, 6, 3, 0, 72, 0.24),
    Key(4.45, 62, 27, 4, 3, 0.98),
    Key(5.25, 6, 3, 2, 2, 0.99),
)


@dataclass(frozen=True, slots=True)
class Lift:
    """The key postures of one repetition, how many there are, and the seconds of standing after each."""

    keys: tuple[Key, ...]
    repetitions: int = 1
    after: float = 0.6

    @property
    def period(self) -> float:
        """Seconds from one repetition's posture to the same of the next."""
        return self.keys[-1].time + self.after + LOWERING - self.keys[0].time

    @property
    def duration(self) -> float:
        """Seconds from the still start to the end of standing."""
        return self.keys[-1].time + self.after + (self.repetitions - 1) * self.period

    def postures(self) -> list[Key]:
        """The key postures of all repetitions; between two the bar comes down in front of the body."""
        stood = self.keys[-1].time + self.after
        last = self.keys[-1]._replace(time=stood)
        down = [last, self.keys[-1]._replace(time=stood + LOWERING / 2, knee=20, shank=8, lean=15, bearing=100)]
        whole = [*self.keys, *(key._replace(reach=min(key.reach, 0.5)) if key is down[1] else key for key in down)]
        shifted = ([key._replace(time=key.time + k * self.period) for key in whole] for k in range(self.repetitions))
        keys = [key for repetition in shifted for key in repetition]
        return keys[:-1]


SNATCH = Lift((*_PULL, *_SNATCHED))
CLEAN = Lift((*_PULL, *_CLEANED))
CLEAN_AND_JERK = Lift((*_PULL, *_CLEANED, *_JERKED))


def snatch(person: Person | None = None, repetitions: int = 1) -> Movement:
    """From the floor overhead in one pull.

    Events: `lift_off`, `straightest`, `rebent`, `extended`, `fastest`, `peak_height`, `lowest`; of a jerk `dip` …

    `straightest`, `rebent`, `extended` end first pull, transition, second pull; `dip`, `drive`, `jerk_lowest` the
    jerk's. Values, of the bar in the pull: max_height over its start, horizontal_deviation, drop (m), peak_velocity,
    mean_velocity (m/s), power_per_kg in the second pull (W/kg); depth (thighs by which the hip is below the knee).
    """
    return _lifting(person or Person(), replace(SNATCH, repetitions=repetitions))


def clean(person: Person | None = None, repetitions: int = 1) -> Movement:
    """From the floor to the shoulders. The truth is that of `snatch`."""
    return _lifting(person or Person(), replace(CLEAN, repetitions=repetitions))


def clean_and_jerk(person: Person | None = None, repetitions: int = 1) -> Movement:
    """From the floor to the shoulders, and from there overhead. The truth is that of `snatch`."""
    return _lifting(person or Person(), replace(CLEAN_AND_JERK, repetitions=repetitions))


def bar(movement: Movement, times: Floats) -> Floats:
    """(n, 2): the bar before the origin and over the floor, metres: the wrists' middle."""
    return np.asarray(movement.joints(times)[:, 15:17][..., [0, 2]].mean(axis=1))


def _lifting(person: Person, lift: Lift) -> Movement:

    def posture(times: Floats) -> Posture:
        return _posture(person, lift, times)

    movement = Movement(person, lift.duration, posture, stands_at=lift.duration)
    return replace(movement, truth=_of_all(_truth(movement, lift), lift))


def _posture(person: Person, lift: Lift, times: Floats) -> Posture:
    keys = lift.postures()
    knee, shank, lean, bearing, reach = (
        eased(times, [(key.time, key[column]) for key in keys], EASE) for column in range(1, len(Key._fields))
    )
    before, behind = _arm(person, reach)
    # The elbow lies behind the line from shoulder to bar, below it when the bar is in front.
    upper = Upper(lean, lean + 180 - (bearing + before), before + behind)
    return standing_on(person, ankles(person, times.size), Lower(shank, knee, 0.05 * knee), upper)


def _arm(person: Person, reach: Floats) -> tuple[Floats, Floats]:
    """Degrees between the line from shoulder to wrist and the upper arm, and between it and the forearm."""
    a, b = person.upper_arm, person.forearm
    c = reach * (a + b)
    at_shoulder = np.degrees(np.arccos((a**2 + c**2 - b**2) / (2 * a * c)))
    at_wrist = np.degrees(np.arccos((b**2 + c**2 - a**2) / (2 * b * c)))
    return at_shoulder, at_wrist


def _truth(movement: Movement, lift: Lift) -> Truth:
    """What is true of the first repetition."""
    at = [key.time for key in lift.keys]

    def knee(times: Floats) -> Floats:
        return movement.angles(times)["left_knee_angle"]

    def straight(times: Floats) -> Floats:
        return -knee(times)

    def sunk(times: Floats) -> Floats:
        return -bar(movement, times)[:, 1]

    peak, low = _extreme(sunk, at[5], 0.3), _extreme(movement.mid_hip, at[6])
    pull = fine(peak)
    height = bar(movement, pull)[:, 1]
    events = {
        "lift_off": float(crossings(pull, height, height[0] + LIFTED * movement.person.stature)[0]),
        "straightest": _extreme(knee, at[1]),
        "rebent": _extreme(straight, at[2]),
        "extended": _extreme(knee, at[3]),
        "fastest": float(pull[np.gradient(height, pull).argmax()]),
        "peak_height": peak,
        "lowest": low,
    }
    if len(at) > len(CLEAN.keys):
        dip, catch = at[-4], at[-2]
        events |= {"dip": _extreme(movement.mid_hip, dip), "drive": _extreme(knee, at[-3])}
        events |= {"jerk_lowest": _extreme(movement.mid_hip, catch)}
    return Truth({name: (when,) for name, when in events.items()}, _values(movement, lift, events))


def _of_all(truth: Truth, lift: Lift) -> Truth:
    return one_after_the_other([truth.later(k * lift.period) for k in range(lift.repetitions)])


def _extreme(height: Callable[[Floats], Floats], around: float, within: float = NEAR) -> float:
    return lowest(height, around - within, around + within)


def _values(movement: Movement, lift: Lift, events: Mapping[str, float]) -> dict[str, float]:
    peak, start = events["peak_height"], events["lift_off"]
    pull, caught = start + fine(peak - start), peak + fine(lift.keys[7].time - peak)
    way = bar(movement, pull)
    height = way[:, 1]
    lay, highest = bar(movement, np.array([0.0, peak]))[:, 1]
    hip, knee = (movement.joints(np.array([events["lowest"]]))[0, left, 2] for left in (23, 25))
    return {
        "max_height": float(highest - lay),
        "peak_velocity": float(np.gradient(height, pull).max()),
        "mean_velocity": float((height[-1] - height[0]) / (peak - start)),
        "horizontal_deviation": float(np.ptp(way[:, 0])),
        "drop": float(highest - bar(movement, caught)[:, 1].min()),
        "depth": float((knee - hip) / (THIGH * movement.person.stature)),
        "power_per_kg": _power(movement, events["rebent"], events["extended"]),
    }


def _power(movement: Movement, start: float, end: float) -> float:
    """W/kg given to the bar between two instants: (g·Δh + ½·Δ(v²))/Δt (Garhammer 1980)."""
    tick = 1 / FINE
    before, begin, stop, after = bar(movement, np.array([start - tick, start, end, end + tick]))[:, 1]
    slow, fast = (begin - before) / tick, (after - stop) / tick
    return float((GRAVITY * (stop - begin) + (fast**2 - slow**2) / 2) / (end - start))
