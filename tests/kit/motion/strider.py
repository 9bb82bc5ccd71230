"""A runner or walker as paths alone, on a belt: toes that stand with it and swing back, heels behind, hips above."""

from dataclasses import dataclass

import numpy as np

from motion.body.landmarks import Floats
from motion.body.profile import Path, Profile
from motion.metric import Side

PIXELS = 300.0
STATURE = 1.75
FOOT = 0.25


@dataclass(frozen=True)
class Strider:
    """How it goes: seconds of a stride, share of it on the floor, m/s of the belt, degrees of the sole at contact."""

    stride: float = 0.7
    duty: float = 0.35
    speed: float = 3.0
    strike: float = 0.0
    right_late: float = 0.0
    """Seconds by which the right foot comes later than half a stride after the left."""

    def starts(self, side: Side, duration: float) -> Floats:
        """When the foot comes down."""
        first = 0.2 + (self.stride / 2 + self.right_late if side == "right" else 0.0)
        return np.arange(first, duration, self.stride)

    def toe(self, times: Floats, side: Side) -> tuple[Floats, Floats]:
        """Metres forward of the hips and up."""
        phase = np.mod((times - self.starts(side, 1)[0]) / self.stride, 1)
        stance = self.duty * self.stride
        reach = self.speed * stance / 2
        swing = np.clip((phase - self.duty) / (1 - self.duty), 0, 1)
        back = reach * (2 * _smooth(swing) - 1) - self.speed * (1 - self.duty) * self.stride * _easing(swing)
        forward = np.where(phase < self.duty, reach - self.speed * phase * self.stride, back)
        up = 0.25 * np.sin(np.pi * swing) ** 2
        return forward, np.where(phase < self.duty, 0.0, up)

    def heel(self, times: Floats, side: Side) -> tuple[Floats, Floats]:
        """The sole tilts from `strike` at contact to flat within 40 ms, and up from 60 % of the contact on."""
        phase = np.mod((times - self.starts(side, 1)[0]) / self.stride, 1)
        knots = [0, 0.04 / self.stride, 0.6 * self.duty, self.duty, 0.6, 0.95, 1]
        tilt = np.radians(np.interp(phase, knots, [self.strike, 0, 0, -50, -60, self.strike, self.strike]))
        x, y = self.toe(times, side)
        lift = np.where(phase < self.duty, FOOT * np.sin(np.clip(tilt, 0, None)), 0.0)
        return x - FOOT * np.cos(tilt), y + lift - FOOT * np.sin(tilt)

    def toe_up(self, times: Floats, side: Side) -> tuple[Floats, Floats]:
        """The toe with the sole's tilt at contact: it stays up while the heel is down."""
        phase = np.mod((times - self.starts(side, 1)[0]) / self.stride, 1)
        x, y = self.toe(times, side)
        tilt = np.interp(phase, [0, 0.04 / self.stride, 0.95, 1], [max(self.strike, 0), 0, 0, max(self.strike, 0)])
        return x, y + FOOT * np.sin(np.radians(tilt))

    def profile(self, rate: float, duration: float = 3.0, noise: float = 0.0, seed: int = 0) -> Profile:
        """Seen exactly from the side; `noise` in metres."""
        times = np.arange(int(duration * rate)) / rate
        random = np.random.default_rng(seed)

        def path(x: Floats, y: Floats) -> Path:
            return Path(*(PIXELS * (v + random.normal(0, noise, times.size)) for v in (x, y)))

        bounce = 0.93 + 0.04 * np.cos(4 * np.pi * times / self.stride)
        sides: tuple[Side, Side] = ("left", "right")
        return Profile(
            times,
            PIXELS * STATURE,
            {side: path(*self.toe_up(times, side)) for side in sides},
            {side: path(*self.heel(times, side)) for side in sides},
            path(np.zeros_like(times), bounce),
        )


def _smooth(s: Floats) -> Floats:
    return np.asarray(s * s * (3 - 2 * s))


def _easing(s: Floats) -> Floats:
    """Slope 1 at both ends, 0 there: carries the belt's speed into and out of the swing."""
    return np.asarray(s * (1 - s) ** 2 + s * s * (s - 1))
