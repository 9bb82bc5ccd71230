"""Joint after joint moved through its range, each end held."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from motion.body.landmarks import Floats
from motion.synthetic.curves import fine, rise
from motion.synthetic.limbs import Lower, Upper, ankles, standing_on
from motion.synthetic.movement import Movement, Truth
from motion.synthetic.person import Person, Posture, lean_of, out_of_plane, tilted
from motion.synthetic.squatting import STANDING_KNEE, STANDING_LEAN, STANDING_SHANK

MOVE, HOLD, REST = 0.6, 0.5, 0.3
"""Seconds from rest to an end of a range, at the end, and at rest between two."""


@dataclass(frozen=True, slots=True)
class Ranges:
    """How far joints go, degrees of flexion; `extension` is the arms' way backwards, `lunge` the shanks' lean."""

    shoulder: float = 165.0
    extension: float = 25.0
    elbow: float = 140.0
    hip: float = 95.0
    knee: float = 110.0
    lunge: float = 30.0

    def parts(self) -> Mapping[str, int]:
        """The movements' names and places in time."""
        names = ("arms_up", "arms_back", "elbows", "left_leg", "right_leg", "bend")
        return {name: place for place, name in enumerate(names)}


PERIOD = 2 * MOVE + HOLD + REST


def joint_mobility(person: Person | None = None, ranges: Ranges | None = None) -> Movement:
    """Arms up, arms back, elbows, left thigh, right thigh, a bend of both knees: 12 seconds.

    Values: degrees, `left_knee_max`, `left_knee_min` and so on for ankle, knee, hip, shoulder, elbow.
    """
    person, ranges = person or Person(), ranges or Ranges()

    def posture(times: Floats) -> Posture:
        done = {name: _held(times, REST + PERIOD * place) for name, place in ranges.parts().items()}
        return _raised(_standing(person, ranges, done), ranges, np.stack([done["left_leg"], done["right_leg"]], axis=1))

    movement = Movement(person, REST + PERIOD * len(ranges.parts()), posture)
    return replace(movement, truth=Truth(values=_extremes(movement)))


def _held(times: Floats, start: float) -> Floats:
    """0 at rest, 1 at the end of the range."""
    return rise(times, start, MOVE) - rise(times, start + MOVE + HOLD, MOVE)


def _standing(person: Person, ranges: Ranges, done: Mapping[str, Floats]) -> Posture:
    bend = done["bend"]
    lower = Lower(STANDING_SHANK + (ranges.lunge - STANDING_SHANK) * bend, STANDING_KNEE + (2 * ranges.lunge) * bend)
    upper = Upper(
        STANDING_LEAN + 15 * bend,
        ranges.shoulder * done["arms_up"] - ranges.extension * done["arms_back"],
        5 + (ranges.elbow - 5) * done["elbows"],
    )
    return standing_on(person, ankles(person, bend.size), lower, upper)


def _raised(posture: Posture, ranges: Ranges, share: Floats) -> Posture:
    """With a thigh brought forwards by a share (n, 2) of the hip's range, the knee bending along, the foot level."""
    thigh = lean_of(posture.thigh) - ranges.hip * share
    shank = lean_of(posture.shank) + (ranges.knee - ranges.hip) * share
    return replace(
        posture,
        thigh=tilted(thigh, out_of_plane(posture.thigh)),
        shank=tilted(shank, out_of_plane(posture.shank)),
    )


def _extremes(movement: Movement) -> dict[str, float]:
    angles = movement.angles(fine(movement.duration))
    joints = ("ankle", "knee", "hip", "shoulder", "elbow")
    sided = {f"{side}_{joint}": angles[f"{side}_{joint}_angle"] for side in ("left", "right") for joint in joints}
    ends = {"max": np.max, "min": np.min}
    return {f"{name}_{end}": float(of(values)) for name, values in sided.items() for end, of in ends.items()}
