"""The film of a synthetic person: drawn from landmarks, and labelled as what it is in every picture."""

from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from jobs.video.encode import Encoder, join
from jobs.video.film import Film, Picture, Turn
from motion.body.landmarks import Floats, Landmarks, Point
from motion.request import Activity
from motion.synthetic import demo
from motion.synthetic.demo import CAMERA

LABEL: Final = "SYNTHETIC PERSON - simulated data"
CLOCK: Final = Fraction(1, 90_000)
PLATE_METRES: Final = 0.45
"""Diameter of the largest plates (IWF Technical and Competition Rules)."""

WALL, FLOOR, LINE = (226, 229, 233), (186, 190, 196), (150, 155, 162)
NEAR_SKIN, FAR_SKIN, SHIRT, PLATE = (196, 148, 118), (150, 112, 92), (58, 92, 140), (60, 62, 68)
WORDS, BEHIND_WORDS = (255, 255, 255), (176, 32, 48)

_LIMBS: Final = (
    (Point.LEFT_SHOULDER, Point.LEFT_ELBOW, 0.15),
    (Point.LEFT_ELBOW, Point.LEFT_WRIST, 0.12),
    (Point.LEFT_HIP, Point.LEFT_KNEE, 0.26),
    (Point.LEFT_KNEE, Point.LEFT_ANKLE, 0.18),
    (Point.LEFT_HEEL, Point.LEFT_TOE, 0.11),
    (Point.LEFT_ANKLE, Point.LEFT_HEEL, 0.11),
    (Point.LEFT_ANKLE, Point.LEFT_TOE, 0.09),
)
"""From, to, and how thick in trunk lengths; the right side's points follow the left's."""

_TRUNK: Final = [Point.LEFT_SHOULDER, Point.RIGHT_SHOULDER, Point.RIGHT_HIP, Point.LEFT_HIP]
_HEAD_RADIUS, _TRUNK_THICKNESS = 0.24, 0.28
_EDGE_ON = 0.1
"""Metres that a shoulder is behind the other before that side is drawn darker."""
_RIM = 0.25
"""The rim of a plate in its radii: what is behind its middle stays in sight."""
_FRACTION_BITS = 4


class Stage:
    """Draws the pictures of one film: wall, floor and label once, the person anew. Needs `world` for what is nearer."""

    def __init__(self, landmarks: Landmarks, plate: float | None = None) -> None:
        """`plate`: pixels across the plates of a bar in the hands, None without one."""
        if landmarks.world is None:
            raise ValueError("landmarks without world points do not tell which limb is nearer")
        self._points, self._away = landmarks.points, landmarks.world[..., 2]
        self._plate = plate
        self._trunk = _trunk_length(landmarks)
        self._empty = _background(landmarks)

    def picture(self, index: int) -> Picture:
        """(height, width, 3) RGB of one frame; the empty stage where nobody is."""
        picture = self._empty.copy()
        points, away = self._points[index], self._away[index]
        if np.isnan(points).any():
            return picture
        behind = float(away[Point.LEFT_SHOULDER] - away[Point.RIGHT_SHOULDER])
        far, near = (0, 1) if behind >= 0 else (1, 0)
        self._side(picture, points, far, FAR_SKIN if abs(behind) > _EDGE_ON else NEAR_SKIN)
        self._middle(picture, points)
        self._side(picture, points, near, NEAR_SKIN)
        if self._plate is not None:
            for hand in points[[Point.LEFT_WRIST, Point.RIGHT_WRIST]]:
                _ring(picture, hand, self._plate / 2, PLATE)
        return picture

    def _side(self, picture: Picture, points: Floats, side: int, skin: tuple[int, int, int]) -> None:
        for start, end, thick in _LIMBS:
            _limb(picture, points[start + side], points[end + side], thick * self._trunk, skin)

    def _middle(self, picture: Picture, points: Floats) -> None:
        corners = points[_TRUNK]
        cv2.fillPoly(picture, [_fixed(corners)], SHIRT, cv2.LINE_AA, _FRACTION_BITS)
        for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            _limb(picture, start, end, _TRUNK_THICKNESS * self._trunk, SHIRT)
        ears = points[[Point.LEFT_EAR, Point.RIGHT_EAR]].mean(axis=0)
        _limb(picture, points[_TRUNK[:2]].mean(axis=0), ears, 0.2 * self._trunk, NEAR_SKIN)
        _disc(picture, ears, _HEAD_RADIUS * self._trunk, NEAR_SKIN)
        _limb(picture, ears, points[Point.HEAD], 0.08 * self._trunk, NEAR_SKIN)


def render(landmarks: Landmarks, out: Path, plate: float | None = None) -> None:
    """Writes the film to `out` as H.264 in MP4, labelled in every picture. The file appears whole, or not at all."""
    stage = Stage(landmarks, plate)
    film = Film(
        path=str(out),
        stored=(landmarks.width, landmarks.height),
        turn=Turn(),
        rate=landmarks.rate,
        seconds=float(landmarks.times[-1]) + 1 / landmarks.rate,
        frames=landmarks.times.size,
        time_base=CLOCK,
    )
    with TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as folder:
        whole = Path(folder) / "whole.mp4"
        with Encoder(whole, film, threads=1) as encoder:
            for index, time in enumerate(landmarks.times):
                encoder.add(round(time / CLOCK), stage.picture(index))
        join([(whole, Fraction(0))], out)


def render_demo(activity: Activity, out: Path) -> None:
    """Writes the film of the activity's demo session."""
    lifts = activity is Activity.WEIGHTLIFTING
    render(demo(activity), out, PLATE_METRES * CAMERA.metre if lifts else None)


def _trunk_length(landmarks: Landmarks) -> float:
    shoulders = landmarks.between(Point.LEFT_SHOULDER, Point.RIGHT_SHOULDER)
    hips = landmarks.between(Point.LEFT_HIP, Point.RIGHT_HIP)
    return float(np.nanmedian(np.linalg.norm(shoulders - hips, axis=1)))


def _background(landmarks: Landmarks) -> Picture:
    height, width = landmarks.height, landmarks.width
    picture: Picture = np.full((height, width, 3), WALL, dtype=np.uint8)
    soles = landmarks.points[:, [Point.LEFT_TOE, Point.RIGHT_TOE], 1]
    level = int(np.clip(np.nanmax(soles), 0, height - 1))
    picture[level:] = FLOOR
    picture[level : level + 3] = LINE
    return _labelled(picture)


def _labelled(picture: Picture) -> Picture:
    """With the label on a bar of its own along the upper edge, as wide as the picture allows."""
    width = picture.shape[1]
    scale = min(1.0, width / 720)
    (wide, tall), base = cv2.getTextSize(LABEL, cv2.FONT_HERSHEY_SIMPLEX, scale, 2)
    picture[: tall + 2 * base] = BEHIND_WORDS
    at = ((width - wide) // 2, tall + base)
    cv2.putText(picture, LABEL, at, cv2.FONT_HERSHEY_SIMPLEX, scale, WORDS, 2, cv2.LINE_AA)
    return picture


def _fixed(points: Floats) -> NDArray[np.int32]:
    """Pixels with fractions, as OpenCV takes them."""
    return np.asarray(np.round(points * 2**_FRACTION_BITS), dtype=np.int32)


def _limb(picture: Picture, start: Floats, end: Floats, thick: float, colour: tuple[int, int, int]) -> None:
    first, last = (tuple(_fixed(point).tolist()) for point in (start, end))
    cv2.line(picture, first, last, colour, max(1, round(thick)), cv2.LINE_AA, _FRACTION_BITS)


def _disc(picture: Picture, centre: Floats, radius: float, colour: tuple[int, int, int]) -> None:
    at = tuple(_fixed(centre).tolist())
    cv2.circle(picture, at, round(radius * 2**_FRACTION_BITS), colour, cv2.FILLED, cv2.LINE_AA, _FRACTION_BITS)


def _ring(picture: Picture, centre: Floats, radius: float, colour: tuple[int, int, int]) -> None:
    at, rim = tuple(_fixed(centre).tolist()), _RIM * radius
    middle = round((radius - rim / 2) * 2**_FRACTION_BITS)
    cv2.circle(picture, at, middle, colour, max(1, round(rim)), cv2.LINE_AA, _FRACTION_BITS)
    _disc(picture, centre, rim / 2, colour)
