"""Angles of streamed frames in windows of a second: many sessions at once, in columns.

A stream is not filtered and has no views: angles are those of three points, without a sign, and the shank's
inclination. Dorsiflexion needs the inclination in standing, which the caller keeps for each session: it takes
`Windows.standing` from where it is known, and gives it back with later frames.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from motion.body.angles import SIDES, mean_of_known, three_point
from motion.body.confidence import RATE
from motion.body.landmarks import Flags, Floats, Point
from motion.body.signal import VISIBLE
from motion.body.standing import BENT
from motion.metric import Side

WINDOW_MS = 1000

QUIET = 5.0
"""Degrees that knees and shanks may move by in a window of standing; ours."""

ENOUGH = 10
"""Frames with known shanks that a window of standing has; ours."""

Numbers = NDArray[np.int64]

_CORNERS: Mapping[str, tuple[Point, Point, Point]] = {
    "knee_angle": (Point.LEFT_HIP, Point.LEFT_KNEE, Point.LEFT_ANKLE),
    "hip_angle": (Point.LEFT_SHOULDER, Point.LEFT_HIP, Point.LEFT_KNEE),
    "shoulder_angle": (Point.LEFT_HIP, Point.LEFT_SHOULDER, Point.LEFT_ELBOW),
    "elbow_angle": (Point.LEFT_SHOULDER, Point.LEFT_ELBOW, Point.LEFT_WRIST),
}
"""The left side's points; the middle one is the corner. The right side's numbers follow."""

_USED = [point + side for point in (*range(11, 17, 2), *range(23, 29, 2)) for side in (0, 1)]


@dataclass(frozen=True, slots=True)
class Frames:
    """N frames of any sessions in any order.

    `session` (N): a number for each session. `elapsed_ms` (N). `x`, `y`, `visibility` (N, 33): as the model says, x and
    y in picture widths and heights, NaN where nobody was found. `width`, `height` (N): pixels of the picture, NaN where
    the client did not say: no angles then. `standing` (N, 2): the left and right shank's inclination in standing, NaN
    while it is not known.
    """

    session: Numbers
    elapsed_ms: Numbers
    x: Floats
    y: Floats
    visibility: Floats
    width: Floats
    height: Floats
    standing: Floats

    def ordered(self) -> "tuple[Frames, Numbers]":
        """The frames by session and second, and where each such window begins."""
        second = self.elapsed_ms // WINDOW_MS
        order = np.lexsort((self.elapsed_ms, self.session))
        session, second = self.session[order], second[order]
        new = np.ones(order.size, bool)
        new[1:] = (session[1:] != session[:-1]) | (second[1:] != second[:-1])
        return self._taken(order), np.flatnonzero(new)

    def _taken(self, order: Numbers) -> "Frames":
        floats = (self.x, self.y, self.visibility, self.width, self.height, self.standing)
        return Frames(self.session[order], self.elapsed_ms[order], *(column[order] for column in floats))


@dataclass(frozen=True, slots=True)
class Span:
    """What a series does in each of m windows, degrees; NaN where none of its frames has a value."""

    mean: Floats
    least: Floats
    most: Floats

    @property
    def range_of_motion(self) -> Floats:
        """(m): the greatest value less the least."""
        return self.most - self.least


@dataclass(frozen=True, slots=True)
class Windows:
    """m windows by session and time.

    `frames` (m): how many. `confidence` (m): mean visibility of the limbs' points, 0 for those that are not visible,
    × min(1, frames ÷ RATE). `standing` (m, 2): the shanks' inclination where the person stands through all of
    the window, else NaN.
    """

    session: Numbers
    start_ms: Numbers
    frames: Numbers
    angles: Mapping[str, Span]
    confidence: Floats
    standing: Floats


def windows(frames: Frames) -> Windows:
    """The windows of whole seconds of elapsed time that the frames lie in."""
    frames, starts = frames.ordered()
    count = np.diff(np.append(starts, frames.session.size))
    series = angles(frames, starts)
    spans = {name: _span(values, starts) for name, values in series.items()}
    return Windows(
        session=frames.session[starts],
        start_ms=frames.elapsed_ms[starts] // WINDOW_MS * WINDOW_MS,
        frames=count,
        angles=spans,
        confidence=_confidence(frames, starts, count),
        standing=np.stack([_standing(spans, series, starts, side) for side in SIDES], axis=1),
    )


def angles(frames: Frames, starts: Numbers) -> dict[str, Floats]:
    """Name -> (N) degrees of ordered frames: `left_knee_angle` …, their mean `knee_angle` …, `left_shank_inclination`.

    Which way is forward is told by the feet in each window, which begin at `starts`.
    """
    points = _pixels(frames)
    forward = _forward(points, starts)
    found = {f"{side}_{name}": values for side in SIDES for name, values in _of_side(points, side, forward).items()}
    for k, side in enumerate(SIDES):
        found[f"{side}_ankle_angle"] = found[f"{side}_shank_inclination"] - frames.standing[:, k]
    return found | {
        name: mean_of_known(found[f"left_{name}"], found[f"right_{name}"]) for name in (*_CORNERS, "ankle_angle")
    }


def _pixels(frames: Frames) -> Floats:
    """(33, N, 2): pixels, NaN where not visible: point first, so that each point's columns lie together."""
    seen = frames.visibility.T >= VISIBLE
    across, down = frames.x.T * frames.width, frames.y.T * frames.height
    return np.where(seen[..., None], np.stack([across, down], axis=-1), np.nan)


def _of_side(points: Floats, side: Side, forward: Floats) -> dict[str, Floats]:
    right = side == "right"
    found = {name: three_point(*(points[point + right] for point in corner)) for name, corner in _CORNERS.items()}
    # Hanging along the trunk the arm is at 0, where the other joints are at 180 less.
    found["shoulder_angle"] = 180 - found["shoulder_angle"]
    shank = points[Point.LEFT_KNEE + right] - points[Point.LEFT_ANKLE + right]
    return found | {"shank_inclination": np.degrees(np.arctan2(forward * shank[:, 0], -shank[:, 1]))}


def _forward(points: Floats, starts: Numbers) -> Floats:
    """(N): 1 where the feet of the window point to the right, −1 to the left, NaN where that is not known."""
    feet = points[[Point.LEFT_TOE, Point.RIGHT_TOE], :, 0] - points[[Point.LEFT_HEEL, Point.RIGHT_HEEL], :, 0]
    sums = np.add.reduceat(np.nan_to_num(feet).sum(axis=0), starts)
    signs = np.where(sums == 0, np.nan, np.sign(sums))
    return np.repeat(signs, np.diff(np.append(starts, points.shape[1])))


def _span(values: Floats, starts: Numbers) -> Span:
    known = ~np.isnan(values)
    count = np.add.reduceat(known.astype(np.float64), starts)
    total = np.add.reduceat(np.where(known, values, 0.0), starts)
    mean = total / np.where(count > 0, count, np.nan)
    return Span(mean, np.fmin.reduceat(values, starts), np.fmax.reduceat(values, starts))


def _standing(spans: Mapping[str, Span], series: Mapping[str, Floats], starts: Numbers, side: Side) -> Floats:
    """(m): the mean inclination of windows in which knee and shank are still and the knee is not bent."""
    knee, shank = spans[f"{side}_knee_angle"], spans[f"{side}_shank_inclination"]
    known = np.add.reduceat((~np.isnan(series[f"{side}_shank_inclination"])).astype(np.int64), starts)
    still: Flags = (knee.range_of_motion < QUIET) & (shank.range_of_motion < QUIET) & (knee.most < BENT)
    return np.where(still & (known >= ENOUGH), shank.mean, np.nan)


def _confidence(frames: Frames, starts: Numbers, count: Numbers) -> Floats:
    used = frames.visibility[:, _USED]
    seen = np.where(used >= VISIBLE, used, 0.0).sum(axis=1)
    return np.add.reduceat(seen, starts) / (count * len(_USED)) * np.minimum(1.0, count / RATE)
