"""How far the camera moved: the median way of corners in the background, followed from picture to picture.

Corners after Shi and Tomasi (1994), followed by pyramids after Lucas and Kanade (Bouguet 2001).
"""

from dataclasses import dataclass, replace
from typing import Any, Final, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from jobs.video.film import Picture
from motion.body.landmarks import Floats

Corners = NDArray[np.float32]

EVERY_SECONDS: Final = 0.2
LONG_SIDE: Final = 480
CORNERS: Final = 200
FEWEST: Final = 12
QUALITY: Final = 0.01
APART: Final = 8
SPREAD: Final = 1.0
"""Small pixels that the corners' ways may differ by, in the median, to be one camera's."""
LENIENT_SECONDS: Final = 1e-6
MARGIN: Final = 0.15
"""Of the person's box, which is left out on every side."""


@dataclass(frozen=True, slots=True)
class _Look:
    """One picture, made small, its corners, and how far it has moved since the first one (small pixels)."""

    small: Picture
    corners: Corners
    moved: Floats


class Background:
    """Looks at a film's pictures, in their order and a few times a second, and says how far they have shifted.

    A reference picture's corners are sought in each later one; when too few are found again, the last picture becomes
    the reference. So a camera on a stand shows no drift.
    """

    def __init__(self) -> None:
        self._times: list[float] = []
        self._looks: list[Floats] = []
        self._first: _Look | None = None
        self._reference: _Look | None = None
        self._last: _Look | None = None
        self._scale = 1.0
        self._known = False

    def see(self, time: float, picture: Picture, points: Floats) -> None:
        """One picture, its time in seconds, and the person's (33, 2) pixels in it, NaN where there is none."""
        if self._times and time < self._times[-1] + EVERY_SECONDS - LENIENT_SECONDS:
            return
        self._scale = min(1.0, LONG_SIDE / max(picture.shape))
        shrunk = cv2.resize(picture, None, fx=self._scale, fy=self._scale, interpolation=cv2.INTER_AREA)
        small = np.asarray(cv2.cvtColor(shrunk, cv2.COLOR_RGB2GRAY), np.uint8)
        corners = _corners(small, points * self._scale)
        look = _Look(small, corners, self._moved(small))
        self._times.append(time)
        self._looks.append(look.moved)
        self._first = self._first or look
        self._reference = self._reference or look
        self._last = look

    def _moved(self, small: Picture) -> Floats:
        if self._reference is None or self._last is None:
            return np.zeros(2)
        for reference in (self._reference, self._last):
            way = _way(reference, small, self._last.moved - reference.moved)
            if way is not None:
                self._reference, self._known = reference, True
                return reference.moved + way
        self._reference = None
        return self._last.moved

    def joined(self, later: "Background") -> Self:
        """This one, going on with what another has seen from a later picture on."""
        if later._first is None or self._last is None:
            return self
        way = _way(self._last, later._first.small, np.zeros(2))
        start = self._last.moved + (np.zeros(2) if way is None else way)
        self._times += later._times
        self._looks += [start + moved for moved in later._looks]
        self._known |= later._known
        self._last = None if later._last is None else replace(later._last, moved=start + later._last.moved)
        self._reference = self._last
        return self

    def shift(self, times: Floats) -> Floats | None:
        """(n): pixels away from the first picture, at these times; None where no background could be followed."""
        if not self._known:
            return None
        moved = np.array(self._looks) / self._scale
        across, down = (np.interp(times, self._times, moved[:, axis]) for axis in (0, 1))
        return np.hypot(across, down)


def _corners(small: Picture, points: Floats) -> Corners:
    mask = np.full(small.shape, 255, np.uint8)
    seen = points[~np.isnan(points).any(axis=1)]
    if seen.size:
        low, high = seen.min(axis=0), seen.max(axis=0)
        spare = MARGIN * (high - low).max()
        (left, top), (right, bottom) = np.maximum(0, low - spare).astype(int), (high + spare).astype(int)
        mask[top : max(0, bottom), left : max(0, right)] = 0
    found: Any = cv2.goodFeaturesToTrack(small, CORNERS, QUALITY, APART, mask=mask)
    return np.empty((0, 1, 2), np.float32) if found is None else np.asarray(found, np.float32)


def _way(reference: _Look, small: Picture, guess: Floats) -> Floats | None:
    """(2): the median way of the reference's corners, small pixels; None where too few go the same way."""
    if len(reference.corners) < FEWEST:
        return None
    expected = (reference.corners + guess).astype(np.float32)
    found, status, _ = cv2.calcOpticalFlowPyrLK(
        reference.small, small, reference.corners, expected, flags=cv2.OPTFLOW_USE_INITIAL_FLOW
    )
    ways = (np.asarray(found) - reference.corners)[np.asarray(status).ravel() == 1].reshape(-1, 2)
    if len(ways) < max(FEWEST, len(reference.corners) // 2):
        return None
    way = np.median(ways, axis=0).astype(float)
    return way if np.median(np.abs(ways - way)) <= SPREAD else None
