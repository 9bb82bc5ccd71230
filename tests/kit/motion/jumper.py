"""A jumper as heights alone, in metres times PIXELS: knots of the hips, toes that follow them while in the air."""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicHermiteSpline

from motion.body.landmarks import Floats
from motion.jumping.flight import Heights
from motion.metric import Side

PIXELS = 300.0
"""Pixels of a metre."""
STATURE = 1.75
G = 9.81
HIP = 0.93
TIPTOE = 0.08
"""Metres that the hips are higher at take-off and landing than in standing."""
TAKE_OFF = 2.0
"""Seconds at which the first flight begins."""


@dataclass(frozen=True)
class Jumped:
    """Heights and the truth about them, metres and seconds."""

    heights: Heights
    take_off: float
    landing: float
    rise: float


def curve(times: Floats, knots: list[tuple[float, float, float]]) -> Floats:
    """A smooth curve through (time, height, speed), still outside."""
    at, height, speed = np.array(knots).T
    return np.asarray(CubicHermiteSpline(at, height, speed)(np.clip(times, at[0], at[-1])))


def heights(times: Floats, hip: Floats, left: Floats, right: Floats | None = None) -> Heights:
    """Metres as heights in pixels, the shoulders half a metre over the hips."""
    toes: dict[Side, Floats] = {"left": PIXELS * left, "right": PIXELS * (left if right is None else right)}
    return Heights(times, PIXELS * hip, PIXELS * (hip + 0.5), toes, PIXELS * STATURE)


def jump(rate: float, height: float = 0.35, box: float = 0.0, noise: float = 0.0, seed: int = 0) -> Jumped:
    """A countermovement jump, or with a `box` a drop jump from it, filmed at `rate`."""
    times = np.arange(round(4 * rate)) / rate + 0.3 / rate
    times = times - times[0]
    speed = np.sqrt(2 * G * height)
    landing = TAKE_OFF + 2 * speed / G
    top = HIP + TIPTOE
    start = [(1.1, HIP, 0.0), (1.65, HIP - 0.3, 0.0)] if not box else _dropped(box)
    hip = curve(
        times,
        [*start, (TAKE_OFF, top, speed), (landing, top, -speed), (landing + 0.3, HIP - 0.2, 0.0), (3.7, HIP, 0.0)],
    )
    air = (times > TAKE_OFF) & (times < landing)
    flown = speed * (times - TAKE_OFF) - G / 2 * (times - TAKE_OFF) ** 2
    hip = np.where(air, top + flown, hip)
    toes = np.where(air, flown, 0.0) + (_on_box(times, box) if box else 0.0)
    random = np.random.default_rng(seed)
    hip, left, right = (values + random.normal(0, noise, times.size) for values in (hip, toes, toes))
    return Jumped(heights(times, hip, left, right), TAKE_OFF, landing, height)


CONTACT = TAKE_OFF - 0.25
"""When the feet come down in a drop jump."""


def _dropped(box: float) -> list[tuple[float, float, float]]:
    fall = np.sqrt(2 * box / G)
    return [(CONTACT - fall, HIP + box, 0.0), (CONTACT, HIP, -G * fall), (CONTACT + 0.12, HIP - 0.2, 0.0)]


def _on_box(times: Floats, box: float) -> Floats:
    fall = np.sqrt(2 * box / G)
    return np.where(times < CONTACT, box - G / 2 * np.clip(times - CONTACT + fall, 0, None) ** 2, 0.0)
