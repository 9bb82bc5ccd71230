"""The bones: each side in its colour, the side away from the camera thinner and below."""

from collections.abc import Sequence
from typing import Final

import cv2

from jobs.video.film import Picture
from jobs.video.overlay.palette import EDGE, LEFT, MIDDLE, RIGHT, Colour
from jobs.video.overlay.scene import FRACTION_BITS, Scene
from motion.body.landmarks import Point

_LIMBS: Final = (
    (Point.LEFT_SHOULDER, Point.LEFT_ELBOW),
    (Point.LEFT_ELBOW, Point.LEFT_WRIST),
    (Point.LEFT_SHOULDER, Point.LEFT_HIP),
    (Point.LEFT_HIP, Point.LEFT_KNEE),
    (Point.LEFT_KNEE, Point.LEFT_ANKLE),
    (Point.LEFT_ANKLE, Point.LEFT_HEEL),
    (Point.LEFT_HEEL, Point.LEFT_TOE),
    (Point.LEFT_ANKLE, Point.LEFT_TOE),
)
"""The left side's bones; the right side's numbers follow."""

_ACROSS: Final = ((Point.LEFT_SHOULDER, Point.RIGHT_SHOULDER), (Point.LEFT_HIP, Point.RIGHT_HIP))
_JOINTS: Final = (
    Point.LEFT_SHOULDER,
    Point.LEFT_ELBOW,
    Point.LEFT_WRIST,
    Point.LEFT_HIP,
    Point.LEFT_KNEE,
    Point.LEFT_ANKLE,
)
_FAR: Final = 0.45
"""How thick the far side's bones are in the near side's."""

Bones = Sequence[tuple[int, int]]

_SIDES: Final = {side: [(a + side, b + side) for a, b in _LIMBS] for side in (0, 1)}
_COLOURS: Final = (LEFT, RIGHT)


class Skeleton:
    """Draws bones both of whose ends were measured."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    def draw(self, frame: Picture, index: int) -> None:
        """Far side, what connects the sides, near side."""
        near = self._scene.near(index)
        first = 0 if near == "right" else 1
        thin = max(1, round(_FAR * self._scene.thick))
        far = self._scene.thick if near is None else thin
        self._side(frame, index, first, far)
        self._bones(frame, index, _ACROSS, MIDDLE, thin if near else far)
        self._side(frame, index, 1 - first, self._scene.thick)

    def _side(self, frame: Picture, index: int, side: int, thick: int) -> None:
        self._bones(frame, index, _SIDES[side], _COLOURS[side], thick)
        known, points = self._scene.known[index], self._scene.fixed[index]
        radius = round(0.9 * thick * 2**FRACTION_BITS)
        for point in _JOINTS:
            if known[point + side]:
                at = (int(points[point + side, 0]), int(points[point + side, 1]))
                cv2.circle(frame, at, radius, EDGE, cv2.FILLED, cv2.LINE_AA, FRACTION_BITS)
                cv2.circle(frame, at, round(0.66 * radius), MIDDLE, cv2.FILLED, cv2.LINE_AA, FRACTION_BITS)

    def _bones(self, frame: Picture, index: int, bones: Bones, colour: Colour, thick: int) -> None:
        known, points = self._scene.known[index], self._scene.fixed[index]
        lines = [points[[a, b]] for a, b in bones if known[a] and known[b]]
        edge = thick + max(2, round(0.5 * thick))
        cv2.polylines(frame, lines, False, EDGE, edge, cv2.LINE_AA, FRACTION_BITS)
        cv2.polylines(frame, lines, False, colour, thick, cv2.LINE_AA, FRACTION_BITS)
