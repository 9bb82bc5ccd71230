"""Every angle series of a body, degrees, in the plane of the picture.

A direction is given by its `lean`: degrees from straight up, + towards `outward`, which is where the person looks when
seen from the side, and away from the middle of the body when seen from the front. So one sign serves both ways of
facing and both sides.
"""

from dataclasses import dataclass

import numpy as np

from motion.body.landmarks import Floats, Landmarks, Point
from motion.metric import Side

UPRIGHT = 20.0
"""Degrees of the trunk from straight up below which a frame is upright."""

BENT = 30.0
"""Degrees by which knees in standing may be bent at most; ours."""

SIDES: tuple[Side, Side] = ("left", "right")

JOINTS = ("ankle", "knee", "hip", "shoulder", "elbow")
"""The joints with a series `<joint>_angle` of the whole body beside those of the sides."""

MOSTLY_SEEN = 0.8
"""A side of the trunk seen in fewer frames than this share of the other's is left out of its middle line; ours."""

NARROW = 0.5
"""Hip widths that the ankles must be apart for a ratio of knees to ankles."""


def lean(vectors: Floats, outward: float = 1.0) -> Floats:
    """(…): degrees from straight up of vectors (…, 2) in pixels, in [−180, 180], + outward.

    `outward` is 1 where that is to the right of the picture, else −1.
    """
    return np.asarray(np.degrees(np.arctan2(outward * vectors[..., 0], -vectors[..., 1])))


def wrapped(degrees: Floats, least: float = -180.0) -> Floats:
    """The same directions as angles in (least, least + 360]."""
    return np.asarray(least + 360 - (least + 360 - degrees) % 360)


def three_point(first: Floats, corner: Floats, last: Floats) -> Floats:
    """(…): 180° less the angle at the corner of points (…, 2): flexion without a sign. NaN if two coincide."""
    before, after = corner - first, last - corner
    cross = before[..., 0] * after[..., 1] - before[..., 1] * after[..., 0]
    dot = (before * after).sum(axis=-1)
    return np.asarray(np.where((cross == 0) & (dot == 0), np.nan, np.degrees(np.arctan2(np.abs(cross), dot))))


def trunk_leans(landmarks: Landmarks) -> Floats:
    """(n): degrees of the line from mid-hip to mid-shoulder from straight up, + to the right of the picture."""
    return lean(trunk_line(landmarks.points))


def trunk_line(points: Floats) -> Floats:
    """(n, 2): from mid-hip to mid-shoulder, for points (n, 33, 2); of the one side where the other is hardly seen."""
    return middle(points[:, [Point.LEFT_SHOULDER, Point.RIGHT_SHOULDER]] - points[:, [Point.LEFT_HIP, Point.RIGHT_HIP]])


def middle(sides: Floats) -> Floats:
    """(n, 2): the mean of left and right (n, 2, 2), or the one of them where the other is hardly seen in all of it."""
    seen = (~np.isnan(sides).any(axis=2)).sum(axis=0)
    return np.asarray(sides[:, seen >= MOSTLY_SEEN * seen.max()].mean(axis=1))


def mean_of_known(left: Floats, right: Floats) -> Floats:
    """The mean of both, or the one that is known."""
    return np.asarray((np.where(np.isnan(left), right, left) + np.where(np.isnan(right), left, right)) / 2)


@dataclass(frozen=True, slots=True)
class Limbs:
    """The segments of a body as directions in one stretch, each (n) degrees as `lean` has them.

    All but `arm` and `forearm`, which point from shoulder and elbow on, point upwards: trunk from the hips, thigh from
    the knee, shank from the ankle; `foot` points from heel to toe.
    """

    trunk: Floats
    thigh: Floats
    shank: Floats
    foot: Floats
    arm: Floats
    forearm: Floats

    def series(self) -> dict[str, Floats]:
        """Name -> (n) degrees: flexion +, 0 = straight; dorsiflexion and leaning outward +.

        The shoulder's begins at −90 so that arms a little behind the head are beyond 180.
        """
        return {
            "hip_angle": wrapped(self.trunk - self.thigh),
            "knee_angle": wrapped(self.shank - self.thigh),
            "shoulder_angle": wrapped(self.trunk + 180 - self.arm, -90),
            "elbow_angle": wrapped(self.arm - self.forearm),
            "shank_inclination": self.shank,
            "foot_shank_angle": wrapped(self.shank - self.foot + 90),
        }


def limbs(points: Floats, side: Side, outward: float) -> Limbs:
    """A side's limbs in points (n, 33, 2); `outward` as `lean` has it."""
    right = side == "right"

    def line(start: Point, end: Point) -> Floats:
        return lean(points[:, end + right] - points[:, start + right], outward)

    return Limbs(
        trunk=lean(trunk_line(points), outward),
        thigh=line(Point.LEFT_KNEE, Point.LEFT_HIP),
        shank=line(Point.LEFT_ANKLE, Point.LEFT_KNEE),
        foot=line(Point.LEFT_HEEL, Point.LEFT_TOE),
        arm=line(Point.LEFT_SHOULDER, Point.LEFT_ELBOW),
        forearm=line(Point.LEFT_ELBOW, Point.LEFT_WRIST),
    )


def hip_abduction(points: Floats, side: Side) -> Floats:
    """(n): degrees of the thigh from the line down at right angles to the pelvis, + away from the other leg."""
    hip, other = _pair(points, Point.LEFT_HIP, side)
    knee, _ = _pair(points, Point.LEFT_KNEE, side)
    outward = hip - other
    # Down in the picture at right angles to outward, whichever way that points.
    down = np.stack([-outward[:, 1], outward[:, 0]], axis=-1) * np.sign(outward[:, :1])
    thigh = knee - hip
    return np.asarray(np.degrees(np.arctan2((thigh * outward).sum(axis=1), (thigh * down).sum(axis=1))))


def knee_inward(points: Floats, side: Side, outward: float) -> Floats:
    """(n): degrees by which the knee is bent inward (valgus +), seen from the front.

    The frontal plane projection angle of Willson & Davis 2008: 180° less hip–knee–ankle, here with its sign.
    """
    limb = limbs(points, side, outward)
    return wrapped(limb.thigh - limb.shank)


def knee_ratio(points: Floats) -> Floats:
    """(n): how far the knees are apart across the picture ÷ how far the ankles are.

    NaN where the ankles are closer than NARROW. Knee separation after the drop-jump screening of Noyes et al. 2005.
    """
    hips, knees, ankles = (
        points[:, left] - points[:, left + 1] for left in (Point.LEFT_HIP, Point.LEFT_KNEE, Point.LEFT_ANKLE)
    )
    apart = np.abs(ankles[:, 0])
    wide = (apart >= NARROW * np.linalg.norm(hips, axis=1)) & (apart > 0)
    return np.where(wide, np.abs(knees[:, 0]) / np.where(wide, apart, 1.0), np.nan)


def _pair(points: Floats, left: Point, side: Side) -> tuple[Floats, Floats]:
    """The side's own point and the other side's, (n, 2) each."""
    right = side == "right"
    return points[:, left + right], points[:, left + (not right)]
