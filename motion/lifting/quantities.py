"""What is measured of one lift, each quantity with its definition, unit, error and reason for being unknown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import hypot, sqrt
from typing import NamedTuple

import numpy as np

from motion.body.landmarks import Point
from motion.lifting.bar import Lifter
from motion.lifting.phases import Jerk, Pull
from motion.metric import Reason
from motion.readings import SCALE_ERROR, Value

GRAVITY = 9.81
"""m/s²."""

POINT_ERROR = 0.012
"""Statures (2 cm): how far the wrist is from standing for the bar (ours)."""

SPEED_ERROR = 0.03
"""Statures/s (5 cm/s): what the filter takes off or adds to the greatest speed (ours)."""

INSTANT_ERROR = 0.02
"""Seconds: how far the knees' extension is from where it is read; the bar in free fall slows meanwhile (ours)."""

DEPTH_ERROR = 0.1
"""Thighs, as for squats."""

AROUND = 2
"""Frames to either side of the lowest hips that the depth is the median of."""

KNOWN = 0.5
"""Share of the frames of the pull in which the bar has to be seen (ours)."""

BAR = (Point.LEFT_WRIST,)
LEGS = (Point.LEFT_HIP, Point.LEFT_KNEE)
"""Left points that a quantity is read from; the right ones' numbers follow."""

NOT_SEEN = Value(float("nan"), reason=Reason.LOW_VISIBILITY)


@dataclass(frozen=True, slots=True)
class Lift:
    """One lift with all that its quantities are made of.

    Pixels: `metre`, NaN where not known, and `leg`. `moved`: the camera did. `mass`: kg of the bar, None where assumed.
    """

    lifter: Lifter
    pull: Pull
    jerk: Jerk | None
    metre: float
    leg: float
    moved: bool
    mass: float | None

    @property
    def seen(self) -> bool:
        """Whether enough of the bar's way up was."""
        return float(self.lifter.known[self.lifter.span(self.pull.lift_off, self.pull.peak)].mean()) >= KNOWN


def peak_velocity(lift: Lift) -> Value:
    """The bar's greatest velocity upwards in the pull, m/s."""
    return _speed(lift, lift.lifter.at(lift.lifter.speed, lift.pull.fastest))


def mean_velocity(lift: Lift) -> Value:
    """The bar's way up ÷ its time, lift-off to greatest height, m/s."""
    pixels, error = mean_speed(lift)
    return _scaled(lift, pixels, hypot(SCALE_ERROR * pixels, error))


def mean_speed(lift: Lift) -> tuple[float, float]:
    """Pixels/s of the mean velocity, and its error but for the scale's."""
    lasted = lift.pull.peak - lift.pull.lift_off
    pixels = _risen(lift, lift.pull.lift_off, lift.pull.peak) / lasted
    return pixels, hypot(pixels * lift.lifter.gap / sqrt(6), POINT_ERROR * lift.lifter.stature) / lasted


def max_height(lift: Lift) -> Value:
    """The bar's greatest height in the pull over where it lay, m."""
    return _length(lift, lift.lifter.at(lift.lifter.bar, lift.pull.peak) - lift.pull.rest)


def drop(lift: Lift) -> Value:
    """How far the bar falls from its greatest height into the catch, before the recovery, m."""
    bar, pull = lift.lifter.bar, lift.pull
    return _length(lift, lift.lifter.at(bar, pull.peak) - float(bar[lift.lifter.span(pull.peak, pull.standing)].min()))


def horizontal_deviation(lift: Lift) -> Value:
    """How far apart the foremost and the hindmost place of the bar are, lift-off to greatest height, m."""
    return _length(lift, float(np.ptp(lift.lifter.forward[lift.lifter.span(lift.pull.lift_off, lift.pull.peak)])))


def depth(lift: Lift) -> Value:
    """(height of the knee − height of the hip) ÷ length of the thigh in the catch; + with the hip below the knee."""
    lowest = int(np.searchsorted(lift.lifter.times, lift.pull.lowest))
    around = lift.lifter.depth[max(0, lowest - AROUND) : lowest + AROUND + 1]
    known = around[~np.isnan(around)]
    return Value(float(np.median(known)), DEPTH_ERROR) if known.size else NOT_SEEN


def mean_power(lift: Lift) -> Value:
    """Power given to the bar in the second pull, W: m·(g·Δh + ½·Δ(v²))/Δt (Garhammer 1980)."""
    if lift.mass is None:
        return Value(float("nan"), reason=Reason.NO_MASS)
    if lift.pull.knees is None:
        return Value(float("nan"), reason=_no_second_pull(lift))
    _, start, end = lift.pull.knees
    before, after = (lift.lifter.at(lift.lifter.speed, when) / lift.metre for when in (start, end))
    risen = _risen(lift, start, end) / lift.metre
    work = lift.mass * (GRAVITY * risen + (after**2 - before**2) / 2)
    speed_error = lift.mass * after * hypot(_speed_error(lift) / lift.metre, GRAVITY * INSTANT_ERROR)
    timing_error = work * lift.lifter.gap / sqrt(6) / (end - start)
    error = hypot(2 * SCALE_ERROR * work, speed_error, timing_error) / (end - start)
    return _unless_moved(lift, Value(work / (end - start), error, Reason.NO_SCALE))


def _no_second_pull(lift: Lift) -> Reason:
    knee = lift.lifter.knee[lift.lifter.span(lift.pull.lift_off, lift.pull.peak)]
    if np.isnan(knee).all():
        return Reason.NOT_VISIBLE
    return Reason.LOW_VISIBILITY if np.isnan(knee).any() else Reason.DEGENERATE


def jerk_peak_velocity(lift: Lift) -> Value:
    """The bar's greatest velocity upwards in the jerk, m/s."""
    if lift.jerk is None:
        return Value(float("nan"), reason=Reason.TOO_FEW)
    return _speed(lift, lift.lifter.at(lift.lifter.speed, lift.jerk.fastest))


def jerk_max_height(lift: Lift) -> Value:
    """The bar's greatest height in the jerk over where it was before the dip, m."""
    if lift.jerk is None:
        return Value(float("nan"), reason=Reason.TOO_FEW)
    return _length(lift, _risen(lift, lift.jerk.start, lift.jerk.peak))


def jerk_depth(lift: Lift) -> Value:
    """How far the hips go down in the dip, m: from their highest after the recovery."""
    if lift.jerk is None:
        return Value(float("nan"), reason=Reason.TOO_FEW)
    hip = lift.lifter.hip[lift.lifter.span(lift.pull.standing, lift.jerk.low)]
    return _length(lift, float(hip.max() - hip[-1]))


def _risen(lift: Lift, start: float, end: float) -> float:
    bar = lift.lifter.bar
    return lift.lifter.at(bar, end) - lift.lifter.at(bar, start)


def _speed(lift: Lift, pixels: float) -> Value:
    return _scaled(lift, pixels, hypot(SCALE_ERROR * pixels, _speed_error(lift)))


def _speed_error(lift: Lift) -> float:
    """Pixels/s, but for the scale's."""
    return hypot(SPEED_ERROR * lift.lifter.stature, lift.lifter.speed_noise)


def _length(lift: Lift, pixels: float) -> Value:
    return _scaled(lift, pixels, hypot(SCALE_ERROR * pixels, POINT_ERROR * lift.lifter.stature))


def _scaled(lift: Lift, pixels: float, error: float) -> Value:
    """Pixels as metres, NaN without a scale, and as leg lengths."""
    metres = Value(pixels / lift.metre, error / lift.metre, Reason.NO_SCALE, pixels / lift.leg, error / lift.leg)
    return _unless_moved(lift, metres)


def _unless_moved(lift: Lift, value: Value) -> Value:
    """The value, if the camera stood still and the bar was seen."""
    if lift.moved:
        return Value(float("nan"), reason=Reason.CAMERA_MOVED)
    return value if lift.seen else NOT_SEEN


class Quantity(NamedTuple):
    """A quantity's unit, how it is read, the left points that it needs, and whether it hangs on instants."""

    unit: str
    measure: Callable[[Lift], Value]
    points: tuple[Point, ...] = BAR
    events: bool = False


QUANTITIES: Mapping[str, Quantity] = {
    "peak_velocity": Quantity("m/s", peak_velocity),
    "mean_velocity": Quantity("m/s", mean_velocity),
    "max_height": Quantity("m", max_height),
    "drop": Quantity("m", drop),
    "horizontal_deviation": Quantity("m", horizontal_deviation),
    "depth": Quantity("ratio", depth, LEGS),
    "mean_power": Quantity("W", mean_power, (*BAR, *LEGS), events=True),
}

JERK_QUANTITIES: Mapping[str, Quantity] = {
    "jerk_peak_velocity": Quantity("m/s", jerk_peak_velocity),
    "jerk_max_height": Quantity("m", jerk_max_height),
    "jerk_depth": Quantity("m", jerk_depth, LEGS[:1]),
}
"""Of the clean and jerk in addition."""


def velocity_loss(lifts: list[Lift]) -> Value:
    """(best − last) ÷ best mean velocity of the repetitions, % (Sánchez-Medina & González-Badillo 2011)."""
    usable = [lift for lift in lifts if lift.seen]
    if any(lift.moved for lift in lifts):
        return Value(float("nan"), reason=Reason.CAMERA_MOVED)
    if len(usable) < 2:
        return Value(float("nan"), reason=Reason.TOO_FEW)
    speeds = [mean_speed(lift) for lift in usable]
    best, last = max(speeds), speeds[-1]
    return Value(100 * (best[0] - last[0]) / best[0], 100 * hypot(best[1], last[1]) / best[0])
