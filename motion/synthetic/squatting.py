"""Squats with known angles at the bottom."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from motion.body.landmarks import Floats, Point
from motion.synthetic.curves import crossings, fine, rise
from motion.synthetic.limbs import Lower, Upper, ankles, standing_on
from motion.synthetic.movement import Movement, Truth
from motion.synthetic.person import LEFT_RIGHT, SIDES, Person, Posture

STANDING_KNEE, STANDING_SHANK, STANDING_LEAN = 4.0, 3.0, 2.0
"""Degrees: nobody stands with straight knees and upright shanks."""

Pair = tuple[float, float]
"""Of the left and of the right side."""


@dataclass(frozen=True, slots=True)
class Squat:
    """Degrees at the bottom: flexion of knees, shoulders, elbows; leans of shanks and trunk; `knees_out` of the shanks.

    Seconds: `descent`, `ascent`, `pause` at the bottom, `rest` standing before, between and after.
    """

    knee: Pair = (118.0, 118.0)
    shank: Pair = (33.0, 33.0)
    lean: float = 36.0
    shoulder: Pair = (168.0, 168.0)
    elbow: Pair = (6.0, 6.0)
    knees_out: Pair = (9.0, 9.0)
    repetitions: int = 3
    descent: float = 0.8
    ascent: float = 0.8
    pause: float = 0.0
    rest: float = 0.6

    @property
    def period(self) -> float:
        """Seconds from one squat to the next."""
        return self.descent + self.pause + self.ascent + self.rest

    @property
    def duration(self) -> float:
        """Seconds from the first standing to the last."""
        return self.rest + self.repetitions * self.period

    def bottoms(self) -> tuple[float, ...]:
        """The instants half way through the pause at the bottom."""
        first = self.rest + self.descent + self.pause / 2
        return tuple(first + k * self.period for k in range(self.repetitions))

    def depth(self, times: Floats) -> Floats:
        """(n): 0 standing, 1 at the bottom."""
        starts = [self.rest + k * self.period for k in range(self.repetitions)]
        up = self.descent + self.pause
        return np.asarray(
            sum((rise(times, t, self.descent) - rise(times, t + up, self.ascent) for t in starts), np.zeros(times.size))
        )


def squat(person: Person | None = None, how: Squat | None = None) -> Movement:
    """Squats with the arms overhead.

    Events: `start`, `end` (10 % of the hips' drop), `bottom`, `half` (half the drop, going down). Values: degrees at
    the bottom under the names of `Movement.angles`, `left_hip_abduction`, `right_hip_abduction`, `left_knee_inward`,
    `right_knee_inward` at half the drop, `knee_ratio` the smallest; `repetitions`.
    """
    person, how = person or Person(), how or Squat()

    def posture(times: Floats) -> Posture:
        return _squatting(person, how, how.depth(times))

    movement = Movement(person, how.duration, posture)
    events = _events(movement, how)
    return Movement(person, how.duration, posture, Truth(events, _values(movement, how, events)))


def _squatting(person: Person, how: Squat, depth: Floats) -> Posture:
    share = depth[:, None]
    lower = Lower(
        STANDING_SHANK + (np.array(how.shank) - STANDING_SHANK) * share,
        STANDING_KNEE + (np.array(how.knee) - STANDING_KNEE) * share,
        np.array(how.knees_out) * share,
    )
    lean = STANDING_LEAN + (how.lean - STANDING_LEAN) * depth
    arms = (np.broadcast_to(np.array(pair), (depth.size, 2)) for pair in (how.shoulder, how.elbow))
    return standing_on(person, ankles(person, depth.size), lower, Upper(lean, *arms))


def _events(movement: Movement, how: Squat) -> dict[str, tuple[float, ...]]:
    times = fine(how.duration)
    height = movement.mid_hip(times)
    drop = (height[0] - height) / np.ptp(height)
    edges, halves = crossings(times, drop, 0.1), crossings(times, drop, 0.5)
    return {
        "start": tuple(edges[::2].tolist()),
        "half": tuple(halves[::2].tolist()),
        "bottom": how.bottoms(),
        "end": tuple(edges[1::2].tolist()),
    }


def _values(movement: Movement, how: Squat, events: Mapping[str, tuple[float, ...]]) -> dict[str, float]:
    bottom, half = (np.array(events[name][:1]) for name in ("bottom", "half"))
    at_the_bottom = {name: float(values[0]) for name, values in movement.angles(bottom).items()}
    at_half = {name: float(values[0]) for name, values in from_the_front(movement.joints(half)).items()}
    first = events["start"][0] + fine(events["end"][0] - events["start"][0])
    ratio = from_the_front(movement.joints(first))["knee_ratio"].min()
    return at_the_bottom | at_half | {"knee_ratio": float(ratio), "repetitions": float(how.repetitions)}


def from_the_front(points: Floats) -> dict[str, Floats]:
    """Name -> (n) what an exact view from the front shows of points (n, 33, 3), degrees and, for knee_ratio, a ratio.

    Inward angle: how far the knee lies inwards of the line from hip to ankle (Willson & Davis 2008). Abduction: the
    thigh against the perpendicular of the line through the hips, + away from the middle.
    """
    hips, knees, feet = (points[:, left : left + 2, 1:] for left in (Point.LEFT_HIP, Point.LEFT_KNEE, Point.LEFT_ANKLE))
    thigh, shank = _outward(knees - hips), _outward(feet - knees)
    pelvis = hips[:, 0] - hips[:, 1]
    tilt = np.degrees(np.arctan2(pelvis[:, 1], pelvis[:, 0]))
    named = {
        "hip_abduction": thigh - LEFT_RIGHT * tilt[:, None],
        "knee_inward": shank - thigh,
    }
    sides = {f"{side}_{name}": two[:, k] for name, two in named.items() for k, side in enumerate(SIDES)}
    return sides | {"knee_ratio": np.abs(np.diff(knees[..., 0])[:, 0] / np.diff(feet[..., 0])[:, 0])}


def _outward(links: Floats) -> Floats:
    """(n, 2): degrees by which links (n, 2, 2) that hang down point away from the body's middle."""
    return np.asarray(np.degrees(np.arctan2(LEFT_RIGHT * links[..., 0], -links[..., 1])))
