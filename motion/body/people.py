"""Whom the points of a film are of: where the pose model goes over to another person, only one of them is followed.

The model holds to whoever is where the person was. Where two cross, or where it lost the one and found the other, its
points jump, and what moves then is nobody's movement. A film is cut where its points go on somewhere else, in another
size or with other colours; of the stretches between the cuts the longest is kept, and those that go on from it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from motion.body.landmarks import POINTS, Flags, Floats, Landmarks, Point

MOMENT = 0.25
"""Seconds that tell a person: what is gone sooner is a slip of the model; ours."""

SLACK = 0.3
"""Lengths of the body by which points may lie beside where their way led: limbs move, and the model trembles; ours."""

PUSH = 3.5
"""Lengths of the body, times seconds², that a way may bend: half of what free fall does to a leg and trunk of 1.4 m."""

REACH = 1.5
"""Lengths of the body that somebody may turn up beside their way at most, however long nobody was seen; ours."""

GROWN = 0.3
"""Logarithm of how much larger a metre of the person may look than a moment before, 1.35 times; ours."""

RECOLOURED = 0.15
"""How far the trunk's colours may be from those a moment before, as `Landmarks.look` has them; ours.

People in the same light stay within 0.07, also in front of the sun.
"""

_PAIRS = [7, 11, 13, 15, 23, 25, 27, 29, 31]
"""Left points whose middles with the right ones are looked at: these stay where they are if the sides are confused."""

_LIMBS = slice(11, POINTS)
"""From the shoulders on: all but the face."""

Frames = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class _Track:
    """Where somebody is in the m frames that show one.

    `middles` (m, 9, 2): pixels; `length` (m): of trunk and longer leg, pixels; `metre` (m): pixels, by the model's own
    metres, which a limb that points at the camera does not shorten; `look` (m, 2). Both are NaN where unknown.
    """

    times: Floats
    middles: Floats
    length: Floats
    metre: Floats
    look: Floats

    def beside(self, last: int, first: int) -> bool:
        """Whether points of frame `first` lie where nobody gets to who moved as in frame `last`."""
        seconds = self.times[first] - self.times[last]
        way = self.middles[first] - self.middles[last]
        before = max(0, last - 1)
        steady = way - (self.middles[last] - self.middles[before]) * seconds / self._lasted(before, last)
        least = min(float(np.median(np.linalg.norm(one, axis=1))) for one in (way, steady))
        return bool(least > min(SLACK + PUSH * seconds**2, REACH) * self.length[last])

    def _lasted(self, before: int, last: int) -> float:
        """Seconds; of no way at all any will do."""
        return float(self.times[last] - self.times[before]) or 1.0

    def unlike(self, last: int, first: int) -> bool:
        """Whether size or colours from frame `first` on are others than up to frame `last`, for a moment each."""
        before = (self.times > self.times[last] - MOMENT) & (self.times <= self.times[last])
        after = (self.times >= self.times[first]) & (self.times < self.times[first] + MOMENT)
        grown, recoloured = (_change(series, before, after) for series in (np.log(self.metre)[:, None], self.look))
        return grown > GROWN or recoloured > RECOLOURED


def _change(series: Floats, before: Flags, after: Flags) -> float:
    """How far apart the medians are, 0 where one is not known."""
    if np.isnan(series[before]).all() or np.isnan(series[after]).all():
        return 0.0
    return float(np.linalg.norm(np.nanmedian(series[after], axis=0) - np.nanmedian(series[before], axis=0)))


def one_person(landmarks: Landmarks) -> tuple[Landmarks, Flags]:
    """The landmarks with nobody in them where they are of another person, and (n) where that is."""
    others = _others(landmarks)
    if not others.any():
        return landmarks, others
    points, visibility = landmarks.points.copy(), landmarks.visibility.copy()
    points[others], visibility[others] = np.nan, 0.0
    world = None if landmarks.world is None else np.where(others[:, None, None], np.nan, landmarks.world)
    return replace(landmarks, points=points, visibility=visibility, world=world), others


def _others(landmarks: Landmarks) -> Flags:
    """(n): from first to last frame of what is no stretch of the person followed, where somebody else is in it.

    What the model sees for an instant on the way from one to the other goes with it.
    """
    others = np.zeros(landmarks.times.size, bool)
    frames = np.flatnonzero(~np.isnan(landmarks.points).any(axis=(1, 2)))
    if frames.size < 2:
        return others
    track = _track(landmarks, frames)
    whole = [one for one in _stretches(track) if _lasts(track, one) >= MOMENT]
    kept = sorted(_followed(track, whole))
    bounds = [0, *(bound for stretch in kept for bound in stretch), frames.size]
    for first, after in zip(bounds[::2], bounds[1::2], strict=True):
        if any(first <= stretch[0] < after for stretch in whole):
            others[frames[first] : frames[after - 1] + 1] = True
    return others


Stretch = tuple[int, int]
"""From a frame that shows somebody up to another."""


def _lasts(track: _Track, stretch: Stretch) -> float:
    """Seconds, a frame's own among them."""
    first, after = stretch
    return float((track.times[after - 1] - track.times[first]) * (1 + 1 / max(1, after - first - 1)))


def _followed(track: _Track, stretches: list[Stretch]) -> Iterator[Stretch]:
    """The longest stretch, and before and after it those that are of the same person as the one kept last."""
    longest = max(stretches, key=lambda one: _lasts(track, one), default=None)
    if longest is None:
        return
    yield longest
    at = stretches.index(longest)
    kept = longest
    for later in stretches[at + 1 :]:
        if not _another(track, kept[1] - 1, later[0]):
            kept = later
            yield kept
    kept = longest
    for earlier in reversed(stretches[:at]):
        if not _another(track, earlier[1] - 1, kept[0]):
            kept = earlier
            yield kept


def _another(track: _Track, last: int, first: int) -> bool:
    return track.beside(last, first) or track.unlike(last, first)


def _stretches(track: _Track) -> list[Stretch]:
    """Between frames in which points, size or colours change all at once."""
    count = track.times.size
    cuts = [at for at in _sudden(track) if _another(track, at - 1, at)]
    return list(pairwise([0, *cuts, count]))


def _sudden(track: _Track) -> list[int]:
    """Frames before which something changed as it does not within one person's movement; few, so that each is tried."""
    steps = np.linalg.norm(np.diff(track.middles, axis=0), axis=2)
    moved = np.median(steps, axis=1) > SLACK * track.length[:-1]
    grown = np.abs(np.diff(np.log(track.metre))) > GROWN / 2
    recoloured = np.linalg.norm(np.diff(track.look, axis=0), axis=1) > RECOLOURED / 2
    return (1 + np.flatnonzero(moved | grown | recoloured)).tolist()


def _track(landmarks: Landmarks, frames: Frames) -> _Track:
    points = landmarks.points[frames]
    middles = np.stack([(points[:, left] + points[:, left + 1]) / 2 for left in _PAIRS], axis=1)
    look = np.full((frames.size, 2), np.nan) if landmarks.look is None else landmarks.look[frames]
    return _Track(landmarks.times[frames], middles, _length(points), _metre(landmarks, frames), look)


def _metre(landmarks: Landmarks, frames: Frames) -> Floats:
    """(m): pixels of a metre where the person is; NaN where the model says nothing of metres."""
    if landmarks.world is None:
        return np.full(frames.size, np.nan)
    pixels, metres = (_spread(points[frames][:, _LIMBS, :2]) for points in (landmarks.points, landmarks.world))
    return pixels / np.where(metres > 0, metres, np.nan)


def _spread(points: Floats) -> Floats:
    """(m): how far points (m, k, 2) lie about their middle."""
    return np.asarray(np.linalg.norm(points - points.mean(axis=1, keepdims=True), axis=(1, 2)))


def _length(points: Floats) -> Floats:
    """(m): pixels of trunk, thigh and shank, of the leg that looks longer."""
    trunk = np.linalg.norm(points[:, [Point.LEFT_SHOULDER, Point.RIGHT_SHOULDER]].mean(axis=1) - _hips(points), axis=1)
    legs = [
        np.linalg.norm(points[:, Point.LEFT_HIP + side] - points[:, Point.LEFT_KNEE + side], axis=1)
        + np.linalg.norm(points[:, Point.LEFT_KNEE + side] - points[:, Point.LEFT_ANKLE + side], axis=1)
        for side in (0, 1)
    ]
    return np.asarray(np.maximum(trunk + np.maximum(*legs), 1.0))


def _hips(points: Floats) -> Floats:
    return np.asarray(points[:, [Point.LEFT_HIP, Point.RIGHT_HIP]].mean(axis=1))
