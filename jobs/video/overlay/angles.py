"""The angles beside their joints: those of the request, as far as the view shows them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import isnan
from typing import Final

from jobs.video.film import Picture
from jobs.video.overlay.lettering import Plate
from jobs.video.overlay.palette import MIDDLE, OF_SIDE, Colour
from jobs.video.overlay.scene import Scene
from jobs.video.overlay.words import word
from motion.body.angles import SIDES
from motion.body.landmarks import Floats, Point
from motion.body.segment import Facing, Segment, View
from motion.lifting.bar import near_side
from motion.metric import Side
from motion.request import Joint, Language

Box = tuple[int, int, int, int]

_CORNERS: Final[Mapping[Joint, Point]] = {
    Joint.KNEE: Point.LEFT_KNEE,
    Joint.HIP: Point.LEFT_HIP,
    Joint.ANKLE: Point.LEFT_ANKLE,
    Joint.SHOULDER: Point.LEFT_SHOULDER,
    Joint.ELBOW: Point.LEFT_ELBOW,
}
"""The left side's points, in the order in which the angles get their places; the right side's numbers follow."""

_FRONTAL: Final[Mapping[Joint, str]] = {
    Joint.KNEE: "knee_inward",
    Joint.HIP: "hip_abduction",
    Joint.SHOULDER: "shoulder_angle",
    Joint.ELBOW: "elbow_angle",
}
"""What the view from the front shows of a joint; of the ankle nothing."""

_AHEAD: Final = {Joint.KNEE, Joint.ELBOW}
"""Joints whose angles stand in front of the body, seen from the side; the others behind it."""

_UPS: Final = (0.0, -1.1, 1.1)
"""Plate heights by which an angle may stand lower than its joint; further off it would seem to be another's."""

_APART: Final = 1.9
"""Bone thicknesses between a joint and its angle."""


@dataclass(frozen=True, slots=True)
class _Label:
    """One angle: its series (n), whose joint (n, 2) it stands by, on which side of it (1 right, −1 left)."""

    name: str
    values: Floats
    at: Floats
    direction: int
    colour: Colour


class Angles:
    """Draws the angles of a frame beside each other, none over another or over `taken`."""

    def __init__(self, scene: Scene, taken: Sequence[Box]) -> None:
        self._scene, self._taken = scene, tuple(taken)
        self._labels = cache(self._labels_of)

    def draw(self, frame: Picture, index: int) -> None:
        """Those that are known and for which there is room."""
        segment = self._scene.segment(index)
        if segment is None:
            return
        taken = list(self._taken)
        for label in self._labels(segment):
            value, (x, y) = float(label.values[index]), label.at[index].tolist()
            if isnan(value) or isnan(x) or isnan(y):
                continue
            words = written(label.name, value, self._scene.analysis.request.language)
            plate = self._scene.letters.plate(((words, label.colour),))
            box = self._place(plate, x, y, label.direction, taken)
            if box:
                taken.append(box)
                plate.paste(frame, box[0], box[1])

    def _place(self, plate: Plate, x: float, y: float, direction: int, taken: Iterable[Box]) -> Box | None:
        """The first free place: at the joint's height outside, inside, then higher and lower; None if all are taken."""
        width, height = plate.size
        room = _APART * self._scene.thick
        for up in _UPS:
            for way in (direction, -direction):
                left = x + room if way > 0 else x - room - width
                box = _box(left, y + up * height - height / 2, width, height)
                inside = box[0] >= 0 and box[1] >= 0 and box[2] <= self._scene.width and box[3] <= self._scene.height
                if inside and not any(_overlap(box, other) for other in taken):
                    return box
        return None

    def _labels_of(self, segment: Segment) -> list[_Label]:
        near = near_side(segment)
        sides = SIDES if near is None else (near,)
        found = [
            self._label(joint, side, segment)
            for joint in _CORNERS
            for side in sides
            if joint in self._scene.analysis.request.joints and _series(joint, segment) is not None
        ]
        return [*found, *self._trunk(segment)]

    def _label(self, joint: Joint, side: Side, segment: Segment) -> _Label:
        name = str(_series(joint, segment))
        return _Label(
            name=name,
            values=self._scene.analysis.body.angles[f"{side}_{name}"],
            at=self._scene.points[:, _CORNERS[joint] + (side == "right")],
            direction=self._direction(joint, side, segment),
            colour=OF_SIDE[side],
        )

    def _trunk(self, segment: Segment) -> list[_Label]:
        """The trunk's lean at its middle, behind the back; of no joint, so with those of the hip."""
        if segment.view is View.FRONTAL or Joint.HIP not in self._scene.analysis.request.joints:
            return []
        ends = [Point.LEFT_SHOULDER, Point.RIGHT_SHOULDER, Point.LEFT_HIP, Point.RIGHT_HIP]
        at = self._scene.points[:, ends].mean(axis=1)
        values = self._scene.analysis.body.angles["trunk_lean"]
        return [_Label("trunk_lean", values, at, self._direction(Joint.HIP, "left", segment), MIDDLE)]

    def _direction(self, joint: Joint, side: Side, segment: Segment) -> int:
        """Outside of the body in the picture, which shows a mirrored film as it is."""
        turned = -1 if self._scene.analysis.request.mirrored else 1
        if segment.facing in (Facing.FRONT, Facing.BACK):
            return turned * (1 if (side == "left") == (segment.facing is Facing.FRONT) else -1)
        forward = 1 if segment.facing is Facing.RIGHT else -1
        return turned * (forward if joint in _AHEAD else -forward)


def written(name: str, value: float, language: Language) -> str:
    """An angle in whole degrees, with a word where the joint alone does not say which it is."""
    degrees = round(value)
    amount = f"{abs(degrees)}°" if degrees >= 0 else f"−{abs(degrees)}°"
    if name == "knee_inward" and degrees:
        return f"{word('in' if degrees > 0 else 'out', language)} {abs(degrees)}°"
    if name == "hip_abduction":
        return f"{word('abduction', language)} {amount}"
    return f"{word('trunk', language)} {amount}" if name == "trunk_lean" else amount


def _series(joint: Joint, segment: Segment) -> str | None:
    return _FRONTAL.get(joint) if segment.view is View.FRONTAL else f"{joint}_angle"


def _box(left: float, top: float, width: int, height: int) -> Box:
    return round(left), round(top), round(left) + width, round(top) + height


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
