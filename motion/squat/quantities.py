"""What is measured in an overhead squat: from which series, in which view, when in a repetition, how well."""

from dataclasses import dataclass
from enum import StrEnum

from motion.body.landmarks import Point
from motion.body.segment import View
from motion.metric import Reason, Side


class Moment(StrEnum):
    """When in a repetition a quantity is read: at the lowest hip, at half the drop, or where it is smallest."""

    BOTTOM = "bottom"
    HALF = "half"
    SMALLEST = "smallest"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A metric, the series it is read from, and what has to be seen for it.

    `name` and `series` have `{side}` where the side belongs; `points` are the left side's. `error`: one standard
    deviation of one film's value against a reference, in the unit; from the limits that the series are tested against
    where there are no better figures. `unknown`: why there may be no value although the points are seen.
    """

    name: str
    series: str
    points: tuple[Point, ...]
    shown_by: View
    error: float
    moment: Moment = Moment.BOTTOM
    unit: str = "degrees"
    unknown: Reason = Reason.LOW_VISIBILITY

    @property
    def sided(self) -> bool:
        """Whether each side has a value of its own."""
        return "{side}" in self.name

    @property
    def base(self) -> str:
        """The metric's name without the side."""
        return self.name.removeprefix("{side}_")

    def points_of(self, side: Side) -> list[int]:
        """The numbers of the points that it needs: the right one's follows the left one's."""
        return [point + (side == "right") for point in self.points]


_THIGH = (Point.LEFT_HIP, Point.LEFT_KNEE)
_LEG = (*_THIGH, Point.LEFT_ANKLE)
_SHANK = (Point.LEFT_KNEE, Point.LEFT_ANKLE)
_TRUNK = (Point.LEFT_SHOULDER, Point.LEFT_HIP)
_SIDE, _FRONT = View.SAGITTAL, View.FRONTAL

SIDED = (
    Quantity("{side}_hip_flexion", "{side}_hip_angle", (*_TRUNK, Point.LEFT_KNEE), _SIDE, 5.0),
    Quantity("{side}_hip_abduction", "{side}_hip_abduction", _THIGH, _FRONT, 4.0, Moment.HALF),
    Quantity("{side}_knee_flexion", "{side}_knee_angle", _LEG, _SIDE, 6.0),
    Quantity("{side}_knee_inward", "{side}_knee_inward", _LEG, _FRONT, 4.0, Moment.HALF),
    Quantity("{side}_ankle_flexion", "{side}_ankle_angle", _SHANK, _SIDE, 5.0, unknown=Reason.NO_BASELINE),
    Quantity("{side}_shoulder_elevation", "{side}_shoulder_angle", (*_TRUNK, Point.LEFT_ELBOW), _SIDE, 7.0),
)
TRUNK_LEAN = Quantity("trunk_lean", "trunk_lean", _TRUNK, _SIDE, 5.0)
SHANK_INCLINATION = Quantity("shank_inclination", "{side}_shank_inclination", _SHANK, _SIDE, 5.0)
DEPTH = Quantity("depth", "{side}_depth", _THIGH, _SIDE, 0.1, unit="ratio")
KNEE_RATIO = Quantity(
    "knee_ratio",
    "knee_ratio",
    (*_SHANK, Point.RIGHT_KNEE, Point.RIGHT_ANKLE),
    _FRONT,
    0.1,
    Moment.SMALLEST,
    unit="ratio",
    unknown=Reason.DEGENERATE,
)
MIDDLE = (TRUNK_LEAN, SHANK_INCLINATION, DEPTH, KNEE_RATIO)
"""One value of the whole body, or of the side near the camera."""
