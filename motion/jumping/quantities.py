"""What is measured of one jump, each quantity with its definition, unit, error and reason for being unknown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import hypot, isnan

import numpy as np

from motion.body.body import Body
from motion.body.edges import duration_uncertainty, frame_gaps
from motion.body.landmarks import Floats, Point
from motion.jumping.flight import Jump
from motion.jumping.phases import Movement
from motion.metric import Reason
from motion.readings import SCALE_ERROR, Value

GRAVITY = 9.81
"""m/s²."""

FREE_FALL_FRAMES = 8
"""Frames in the air that a metre can be read from."""

MIDDLE_OF_FLIGHT = (0.1, 0.9)
"""The shares of the flight between which the hips fall freely whatever the toes do."""

ONSET_ERROR = 0.02
"""Seconds: how far the onset moves with its threshold (ours)."""

SPEED_ERROR = 0.05
"""m/s: what the filter takes off or adds to the greatest speed (ours)."""

POINT_ERROR = 0.01
"""m: how exactly the mid-hip is found at rest (ours)."""

SAYERS_PER_CM, SAYERS_PER_KG, SAYERS_CONSTANT = 60.7, 45.3, -2055.0
"""Peak power, W = 60.7·height in cm + 45.3·mass in kg − 2055 (Sayers et al. 1999, from squat jumps)."""

SAYERS_ERROR = 400.0
"""W: what one person's power is off from such an equation (ours, of the order of the errors published for them)."""


@dataclass(frozen=True, slots=True)
class Take:
    """One jump with all that its quantities are made of.

    `times` (n): of the frames, seconds. Pixels: `metre`, NaN where not known, and `leg`. `by_stature`: the metre is
    from the person's height, not from free fall. `moved`: the camera did. `mass`: kg.
    """

    move: Movement
    times: Floats
    metre: float
    by_stature: bool
    leg: float
    moved: bool
    mass: float | None

    @property
    def flight(self) -> float:
        """Seconds in the air."""
        return self.move.landing - self.move.take_off

    @property
    def gap(self) -> float:
        """Seconds between the frames beside take-off or landing, the longer of the two."""
        return float(np.max(frame_gaps(self.times, np.array([self.move.take_off, self.move.landing]))))


def free_fall_metre(body: Body, jump: Jump) -> float:
    """Pixels of a metre, from how the raw mid-hip falls in the middle of the flight; NaN with too few frames."""
    times = body.raw.times
    begin, end = (jump.take_off + share * jump.flight for share in MIDDLE_OF_FLIGHT)
    seen = body.reliable[:, [Point.LEFT_HIP, Point.RIGHT_HIP]].all(axis=1)
    inside = (times >= begin) & (times <= end) & seen
    if inside.sum() < FREE_FALL_FRAMES:
        return float("nan")
    down = body.raw.between(Point.LEFT_HIP, Point.RIGHT_HIP)[inside, 1]
    metre = 2 * float(np.polyfit(times[inside] - begin, down, 2)[0]) / GRAVITY
    return metre if metre > 0 else float("nan")


def flight_time(take: Take) -> Value:
    """Seconds from take-off to landing; error of two edges, Δt/√6."""
    return _lasting(take, take.move.take_off, take.move.landing)


def jump_height(take: Take) -> Value:
    """Metres of the mid-hip from take-off to its highest; without stature or with a moved camera g·t²/8.

    Error: g·t/4·Δt, t the flight time, Δt one frame.
    """
    error = GRAVITY * take.flight / 4 * take.gap
    if take.by_stature and not take.moved:
        return _length(take, take.move.top - take.move.leaving, error)
    return Value(GRAVITY * take.flight**2 / 8, error)


def hip_rise(take: Take) -> Value:
    """Metres of the mid-hip from standing on the floor to its highest: more than the jump height by the heels' rise."""
    return _length(take, take.move.top - take.move.standing, POINT_ERROR)


def depth(take: Take) -> Value:
    """Metres that the mid-hip sinks: from standing, in a drop jump from where the feet come down."""
    return _length(take, take.move.start - take.move.bottom, POINT_ERROR)


def peak_velocity(take: Take) -> Value:
    """Greatest upward speed of the mid-hip before take-off, m/s; in a frame's time it changes by g·Δt."""
    return _length(take, take.move.speed, hypot(SPEED_ERROR, GRAVITY * take.gap))


def time_to_takeoff(take: Take) -> Value:
    """Seconds from the onset of the countermovement to take-off."""
    value = _lasting(take, take.move.onset, take.move.take_off, ONSET_ERROR)
    return value._replace(reason=Reason.NO_BASELINE)


def contact_time(take: Take) -> Value:
    """Seconds from the feet's coming down to take-off; unknown where they were on the floor all along."""
    return _lasting(take, take.move.onset, take.move.take_off)


def mrsi(take: Take) -> Value:
    """Modified reactive strength index: jump height ÷ time to take-off, m/s (Ebben & Petushek 2010)."""
    return _ratio(jump_height(take), time_to_takeoff(take))


def rsi(take: Take) -> Value:
    """Reactive strength index: jump height ÷ contact time, m/s (Young 1995)."""
    return _ratio(jump_height(take), contact_time(take))


def peak_power(take: Take) -> Value:
    """Greatest power of take-off, W, estimated from jump height and body mass (Sayers et al. 1999)."""
    if take.mass is None:
        return Value(float("nan"), reason=Reason.NO_MASS)
    height = jump_height(take)
    power = SAYERS_PER_CM * 100 * height.number + SAYERS_PER_KG * take.mass + SAYERS_CONSTANT
    return Value(power, hypot(SAYERS_PER_CM * 100 * (height.error or 0), SAYERS_ERROR), height.reason)


def _lasting(take: Take, start: float, end: float, error: float = 0.0) -> Value:
    edges = duration_uncertainty(take.times, np.array([start]), np.array([end]))
    return Value(end - start, hypot(float(edges[0]), error))


def _length(take: Take, pixels: float, error: float) -> Value:
    if take.moved or isnan(pixels):
        return Value(float("nan"), reason=Reason.CAMERA_MOVED if take.moved else Reason.NO_BASELINE)
    metres = pixels / take.metre
    return Value(metres, hypot(SCALE_ERROR * metres, error), Reason.NO_SCALE, legs=pixels / take.leg)


def _ratio(height: Value, time: Value) -> Value:
    """Height over time with the relative errors of both."""
    ratio = height.number / time.number
    parts = ((value.error or 0) / value.number for value in (height, time))
    return Value(ratio, ratio * hypot(*parts), time.reason if isnan(time.number) else height.reason)


Quantities = Mapping[str, tuple[str, Callable[[Take], Value]]]
"""Name -> unit and how it is measured."""

_BOTH: Quantities = {
    "jump_height": ("m", jump_height),
    "hip_rise": ("m", hip_rise),
    "flight_time": ("s", flight_time),
    "depth": ("m", depth),
    "peak_velocity": ("m/s", peak_velocity),
}
COUNTERMOVEMENT: Quantities = {
    **_BOTH,
    "time_to_takeoff": ("s", time_to_takeoff),
    "mrsi": ("m/s", mrsi),
    "peak_power": ("W", peak_power),
}
DROP: Quantities = {**_BOTH, "contact_time": ("s", contact_time), "rsi": ("m/s", rsi)}
