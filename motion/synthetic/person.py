"""A person of rigid segments: how long they are, and where 33 points lie for given directions of the segments.

The person's own axes, metres: x forward, y to the person's left, z up, the floor at z = 0. Segments as fractions of
stature: Winter, Biomechanics and Motor Control of Human Movement, 4th ed. 2009, figure 4.1, after Drillis & Contini
1966; the head's points are drawn in by us.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from motion.body.landmarks import POINTS, Floats, Point

SHANK, THIGH, TRUNK = 0.246, 0.245, 0.288
UPPER_ARM, FOREARM, HAND = 0.186, 0.146, 0.108
FOOT_LENGTH, ANKLE_HEIGHT, HEEL_BEHIND_ANKLE = 0.152, 0.039, 0.038
SHOULDER_WIDTH, HIP_WIDTH = 0.259, 0.191

LEFT_RIGHT = np.array([1.0, -1.0])
"""The sign of y of the left and of the right side, the order of every axis of length 2."""

# Forward, left and up of the shoulders' middle in fractions of stature, the head upright; numbered as the model does.
HEAD_POINTS: dict[int, tuple[float, float, float]] = {
    0: (0.062, 0.0, 0.100),
    **{1: (0.050, 0.010, 0.118), 2: (0.048, 0.018, 0.118), 3: (0.044, 0.026, 0.118)},
    **{4: (0.050, -0.010, 0.118), 5: (0.048, -0.018, 0.118), 6: (0.044, -0.026, 0.118)},
    **{7: (0.0, 0.043, 0.108), 8: (0.0, -0.043, 0.108), 9: (0.052, 0.014, 0.080), 10: (0.052, -0.014, 0.080)},
}
HAND_POINTS = {17: 0.85, 19: 1.0, 21: 0.5}
"""Little finger, forefinger and thumb of the left hand, in hands from the wrist; the right one's numbers follow."""
HEAD_FOLLOWS_TRUNK = 0.35


def tilted(forward: Floats, outward: Floats | float = 0.0) -> Floats:
    """(n, 2, 3): unit vectors of the left and the right side.

    `forward` (n, 2): degrees from straight up, seen from the side; `outward`: degrees out of the side's own plane. The
    angle seen from the side is exactly `forward` whatever `outward` is.
    """
    lean, out = np.radians(np.broadcast_arrays(forward, outward))
    return np.stack([np.sin(lean) * np.cos(out), LEFT_RIGHT * np.sin(out), np.cos(lean) * np.cos(out)], axis=-1)


def lean_of(vectors: Floats) -> Floats:
    """Degrees from straight up, + forward, of vectors (…, 3) seen from the side."""
    return np.asarray(np.degrees(np.arctan2(vectors[..., 0], vectors[..., 2])))


def out_of_plane(vectors: Floats) -> Floats:
    """(n, 2) degrees by which unit vectors (n, 2, 3) of both sides point outwards of the side's plane."""
    return np.asarray(np.degrees(np.arcsin(LEFT_RIGHT * vectors[..., 1])))


def wrapped(degrees: Floats) -> Floats:
    """Angles brought into (-180, 180]."""
    return np.asarray(180 - (180 - degrees) % 360)


@dataclass(frozen=True, slots=True)
class Posture:
    """Where the body is and where each segment points, in n instants.

    `hips` (n, 2, 3): left and right, metres. The others are unit vectors: `trunk` (n, 3) from mid-hip to mid-shoulder;
    `thigh`, `shank` (n, 2, 3) from the knee and the ankle upwards; `foot` (n, 2, 3) from heel to toe; `upper_arm`,
    `forearm` (n, 2, 3) from the shoulder and the elbow on.
    """

    hips: Floats
    trunk: Floats
    thigh: Floats
    shank: Floats
    foot: Floats
    upper_arm: Floats
    forearm: Floats

    def angles(self) -> dict[str, Floats]:
        """Name -> (n) degrees as an exact view from the side shows them, before any standing value is taken off.

        Flexion + , 0 = straight: `left_knee_angle` …; `left_shank_inclination` is the ankle's before the standing value
        is taken off, `left_foot_shank_angle` 0 with the foot at right angles to the shank; `trunk_lean` + forward.
        """
        trunk, thigh, shank = lean_of(self.trunk), lean_of(self.thigh), lean_of(self.shank)
        arm, forearm, foot = lean_of(self.upper_arm), lean_of(self.forearm), lean_of(self.foot)
        sided = {
            "hip_angle": trunk[:, None] - thigh,
            "knee_angle": shank - thigh,
            "shank_inclination": shank,
            "foot_shank_angle": shank - (foot - 90),
            "shoulder_angle": trunk[:, None] + 180 - arm,
            "elbow_angle": arm - forearm,
        }
        named = ((f"{side}_{name}", both[:, k]) for name, both in sided.items() for k, side in enumerate(SIDES))
        return {name: wrapped(values) for name, values in named} | {"trunk_lean": trunk}


SIDES = ("left", "right")


@dataclass(frozen=True, slots=True)
class Person:
    """A person of a stature, metres; every length follows from it."""

    stature: float = 1.75

    @property
    def thigh(self) -> float:
        """Hip to knee."""
        return THIGH * self.stature

    @property
    def shank(self) -> float:
        """Knee to ankle."""
        return SHANK * self.stature

    @property
    def hip_width(self) -> float:
        """Left hip to right hip."""
        return HIP_WIDTH * self.stature

    @property
    def upper_arm(self) -> float:
        """Shoulder to elbow."""
        return UPPER_ARM * self.stature

    @property
    def forearm(self) -> float:
        """Elbow to wrist."""
        return FOREARM * self.stature

    @property
    def ankle_height(self) -> float:
        """The ankle above the sole."""
        return ANKLE_HEIGHT * self.stature

    @property
    def ankle_to_toe(self) -> float:
        """The toe before the ankle, the foot flat."""
        return (FOOT_LENGTH - HEEL_BEHIND_ANKLE) * self.stature

    def ankle_of(self, toe: Floats, foot: Floats) -> Floats:
        """Where the ankle is, for where the toe is and the foot points (…, 3)."""
        return toe - self.ankle_to_toe * foot + self.ankle_height * sole_up(foot)

    def toe_of(self, ankle: Floats, foot: Floats) -> Floats:
        """Where the toe is, for where the ankle is and the foot points (…, 3)."""
        return ankle + self.ankle_to_toe * foot - self.ankle_height * sole_up(foot)

    def shoulders(self, posture: Posture) -> Floats:
        """(n, 2, 3): the shoulders over the trunk, turned and tilted with the hips."""
        widths = LEFT_RIGHT / 2 * self.stature
        across = np.array([[0.0, width, 0.0] for width in widths * SHOULDER_WIDTH - widths * HIP_WIDTH])
        return np.asarray(posture.hips + TRUNK * self.stature * posture.trunk[:, None] + across)

    def joints(self, posture: Posture) -> Floats:
        """(n, 33, 3): all points, metres in the person's own axes."""
        points = np.full((len(posture.hips), POINTS, 3), np.nan)
        shoulders = self.shoulders(posture)
        elbows = shoulders + self.upper_arm * posture.upper_arm
        wrists = elbows + self.forearm * posture.forearm
        knees = posture.hips - self.thigh * posture.thigh
        ankles = knees - self.shank * posture.shank
        toes = self.toe_of(ankles, posture.foot)
        heels = toes - FOOT_LENGTH * self.stature * posture.foot
        limbs = {
            Point.LEFT_SHOULDER: shoulders,
            Point.LEFT_ELBOW: elbows,
            Point.LEFT_WRIST: wrists,
            Point.LEFT_HIP: posture.hips,
            Point.LEFT_KNEE: knees,
            Point.LEFT_ANKLE: ankles,
            Point.LEFT_HEEL: heels,
            Point.LEFT_TOE: toes,
        }
        for first, both in limbs.items():
            points[:, first : first + 2] = both
        for finger, share in HAND_POINTS.items():
            points[:, finger : finger + 2] = wrists + share * HAND * self.stature * posture.forearm
        points[:, : len(HEAD_POINTS)] = self._head(shoulders.mean(axis=1), posture.trunk)
        return points

    @classmethod
    def of_cm(cls, height_cm: float) -> Self:
        """A person of a stature in centimetres, as requests give it."""
        return cls(height_cm / 100)

    def _head(self, neck: Floats, trunk: Floats) -> Floats:
        lean = np.radians(HEAD_FOLLOWS_TRUNK * lean_of(trunk))
        drawn = np.array([HEAD_POINTS[number] for number in range(len(HEAD_POINTS))]) * self.stature
        along, up = drawn[:, 0], drawn[:, 2]
        sin, cos = np.sin(lean)[:, None], np.cos(lean)[:, None]
        left = np.broadcast_to(drawn[:, 1], (len(neck), len(drawn)))
        return np.asarray(neck[:, None] + np.stack([along * cos + up * sin, left, up * cos - along * sin], axis=-1))


def sole_up(foot: Floats) -> Floats:
    """(…, 3): at right angles to the sole, upwards, for feet that point nowhere but along x and z."""
    return np.stack([-foot[..., 2], foot[..., 1], foot[..., 0]], axis=-1)


def pitched(down: Floats) -> Floats:
    """(n, 2, 3): feet whose toes point `down` degrees below the floor's plane (heel raised: +)."""
    return tilted(np.asarray(down) + 90.0)


def two_links(start: Floats, end: Floats, first: float, second: float, pole: Floats) -> Floats:
    """(…, 3): the joint between two rigid links from `start` to `end`, bent towards `pole`.

    Raises ValueError where the links are too short or too long to meet.
    """
    way = end - start
    distance = np.linalg.norm(way, axis=-1, keepdims=True)
    if (distance > first + second).any() or (distance < abs(first - second)).any():
        raise ValueError(f"links of {first:.3f} and {second:.3f} m do not span {distance.min()} to {distance.max()} m")
    along = way / distance
    side = pole - np.sum(pole * along, axis=-1, keepdims=True) * along
    side = side / np.linalg.norm(side, axis=-1, keepdims=True)
    foot = (first**2 - second**2 + distance**2) / (2 * distance)
    return np.asarray(start + foot * along + np.sqrt(np.maximum(first**2 - foot**2, 0)) * side)


def unit(vectors: Floats) -> Floats:
    """The same directions, of length 1."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))
