"""What a synthetic person does, and what is true of it: the oracle that analyses are measured against."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Self

import numpy as np

from motion.body.landmarks import Floats
from motion.synthetic.curves import fine, rise
from motion.synthetic.person import Person, Posture

TURN = 0.7
"""Seconds that a person takes to turn to another side, standing: under a second, so no view of its own."""


@dataclass(frozen=True, slots=True)
class Truth:
    """Name -> instants in seconds, in order; name -> number, in the unit that the movement's docstring states."""

    events: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    values: Mapping[str, float] = field(default_factory=dict)

    def later(self, seconds: float) -> Self:
        """The same with every event that much later."""
        return replace(self, events={name: tuple(t + seconds for t in at) for name, at in self.events.items()})


def one_after_the_other(truths: Sequence[Truth]) -> Truth:
    """The events of all, and the values of the first, which the others repeat."""
    names = dict.fromkeys(name for truth in truths for name in truth.events)
    events = {name: tuple(t for truth in truths for t in truth.events.get(name, ())) for name in names}
    return Truth(events, truths[0].values)


def _ahead(times: Floats) -> Floats:
    return np.zeros_like(times)


@dataclass(frozen=True, slots=True)
class Movement:
    """A person who moves for `duration` seconds.

    `posture`: (n) seconds -> the postures then. `heading`: (n) seconds -> (n) degrees by which the person is turned to
    the own left, seen from above. `stands_at`: an instant in which the person stands upright.
    """

    person: Person
    duration: float
    posture: Callable[[Floats], Posture]
    truth: Truth = field(default_factory=Truth)
    heading: Callable[[Floats], Floats] = _ahead
    stands_at: float = 0.0

    def angles(self, times: Floats) -> dict[str, Floats]:
        """Name -> (n) degrees: `Posture.angles`, and `left_ankle_angle`, `right_ankle_angle`, 0 in standing."""
        angles = self.posture(times).angles()
        standing = self.posture(np.array([self.stands_at])).angles()
        ankles = {
            f"{side}_ankle_angle": angles[f"{side}_shank_inclination"] - standing[f"{side}_shank_inclination"][0]
            for side in ("left", "right")
        }
        return angles | ankles

    def joints(self, times: Floats) -> Floats:
        """(n, 33, 3): all points, metres, x and y turned by the heading."""
        points = self.person.joints(self.posture(times))
        return turned(points, self.heading(times))

    def mid_hip(self, times: Floats) -> Floats:
        """(n): the hips' middle over the floor, metres."""
        return np.asarray(self.posture(times).hips[..., 2].mean(axis=1))


def turned(points: Floats, degrees: Floats) -> Floats:
    """Points (n, …, 3) turned about the upright axis through the origin, anticlockwise from above."""
    angle = np.radians(degrees)[:, None]
    x, y = points[..., 0], points[..., 1]
    around = [x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle), points[..., 2]]
    return np.stack(around, axis=-1)


def lowest(height: Callable[[Floats], Floats], start: float, end: float) -> float:
    """The instant between two at which a height is lowest."""
    times = start + fine(end - start)
    return float(times[np.argmin(height(times))])


def in_turn(movement: Movement, headings: Sequence[float]) -> Movement:
    """The movement done once at each heading, degrees; between two the person turns the shorter way, standing still."""
    span = movement.duration + TURN
    starts = np.arange(len(headings)) * span

    def posture(times: Floats) -> Posture:
        return movement.posture(np.minimum(times % span, movement.duration))

    def heading(times: Floats) -> Floats:
        way = [(after - before + 180) % 360 - 180 for before, after in pairwise(headings)]
        turns = (step * rise(times, start + movement.duration, TURN) for step, start in zip(way, starts, strict=False))
        return np.asarray(headings[0] + sum(turns, np.zeros_like(times)))

    truth = one_after_the_other([movement.truth.later(float(start)) for start in starts])
    duration = len(headings) * span - TURN
    return Movement(movement.person, duration, posture, truth, heading, movement.stands_at)
