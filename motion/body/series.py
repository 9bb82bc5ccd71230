"""All angle series of a film: each frame measured as the view of its segment allows."""

from collections.abc import Mapping

import numpy as np

from motion.body.angles import (
    JOINTS,
    SIDES,
    hip_abduction,
    knee_inward,
    knee_ratio,
    lean,
    limbs,
    mean_of_known,
    three_point,
    trunk_line,
)
from motion.body.landmarks import Floats, Landmarks, Point
from motion.body.segment import Facing, Segment, View
from motion.body.standing import baseline, standing
from motion.metric import Side

SIDED = (
    *(f"{joint}_angle" for joint in JOINTS),
    "shank_inclination",
    "foot_shank_angle",
    "hip_abduction",
    "knee_inward",
)
"""Names of the series of one side, without it."""

NAMES = (
    *(f"{joint}_angle" for joint in JOINTS),
    *(f"{side}_{name}" for side in SIDES for name in SIDED),
    "trunk_lean",
    "knee_ratio",
)
"""Names of all series."""


def series(landmarks: Landmarks, segments: tuple[Segment, ...]) -> dict[str, Floats]:
    """Name of NAMES -> (n) degrees, `knee_ratio` a ratio; NaN outside segments and where the view cannot show it.

    `<joint>_angle` is the near side's seen from the side, else the mean of the sides that are known.
    """
    found = {name: np.full(landmarks.times.size, np.nan) for name in NAMES}
    for segment in segments:
        for name, values in _of_segment(landmarks, segment).items():
            found[name][segment.frames] = values
    return found


def _of_segment(landmarks: Landmarks, segment: Segment) -> dict[str, Floats]:
    points = landmarks.points[segment.frames]
    frontal = segment.view is View.FRONTAL
    sided = {side: _frontal(points, segment, side) if frontal else _lateral(landmarks, segment, side) for side in SIDES}
    whole = {"knee_ratio": knee_ratio(points)} if frontal else {"trunk_lean": _trunk_lean(points, segment)}
    named = {f"{side}_{name}": values for side, those in sided.items() for name, values in those.items()}
    return whole | named | _of_both(sided, segment)


def _lateral(landmarks: Landmarks, segment: Segment, side: Side) -> dict[str, Floats]:
    """A side's series seen from the side or at an angle."""
    found = limbs(landmarks.points[segment.frames], side, _forward(segment)).series()
    shank = found["shank_inclination"]
    return found | {"ankle_angle": shank - baseline(shank, standing(landmarks, segment))}


def _frontal(points: Floats, segment: Segment, side: Side) -> dict[str, Floats]:
    """A side's series seen from the front or back: of the arms, and what only this view shows."""
    outward = 1.0 if (side == "left") == (segment.facing is Facing.FRONT) else -1.0
    right = side == "right"
    arm = (points[:, left + right] for left in (Point.LEFT_SHOULDER, Point.LEFT_ELBOW, Point.LEFT_WRIST))
    return {
        "shoulder_angle": limbs(points, side, outward).series()["shoulder_angle"],
        "elbow_angle": three_point(*arm),
        "hip_abduction": hip_abduction(points, side),
        "knee_inward": knee_inward(points, side, outward),
    }


def _trunk_lean(points: Floats, segment: Segment) -> Floats:
    return lean(trunk_line(points), _forward(segment))


def _forward(segment: Segment) -> float:
    return -1.0 if segment.facing is Facing.LEFT else 1.0


def _of_both(sided: Mapping[Side, Mapping[str, Floats]], segment: Segment) -> dict[str, Floats]:
    """The joints' own series."""
    names = [f"{joint}_angle" for joint in JOINTS if f"{joint}_angle" in sided["left"]]
    if segment.view is View.SAGITTAL:
        near: Side = "left" if segment.facing is Facing.LEFT else "right"
        return {name: sided[near][name] for name in names}
    return {name: mean_of_known(sided["left"][name], sided["right"][name]) for name in names}
