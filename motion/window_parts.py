"""What frames bring to their windows: counts, means with their weights, least and largest values, which add up.

Of two parts of a window frames and sums are added, means are weighted by their frames, and of limits the outer ones
count. So a window is the same however its frames came.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from motion.body.angles import SIDES, knee_ratio, lean, mean_of_known, three_point
from motion.body.landmarks import POINTS, VISIBLE, Floats, Point
from motion.body.width import width_to_trunk
from motion.metric import Side

Numbers = NDArray[np.int64]

_CORNERS: Mapping[str, tuple[Point, Point, Point]] = {
    "knee": (Point.LEFT_HIP, Point.LEFT_KNEE, Point.LEFT_ANKLE),
    "hip": (Point.LEFT_SHOULDER, Point.LEFT_HIP, Point.LEFT_KNEE),
    "shoulder": (Point.LEFT_HIP, Point.LEFT_SHOULDER, Point.LEFT_ELBOW),
    "elbow": (Point.LEFT_SHOULDER, Point.LEFT_ELBOW, Point.LEFT_WRIST),
}
"""The left side's points; the middle one is the corner. The right side's numbers follow."""

JOINTS = tuple(_CORNERS)
JOINT_ANGLES = tuple(f"{side}{joint}_angle" for side in ("left_", "right_", "") for joint in JOINTS)
LEANS = tuple(f"{side}_shank_lean" for side in SIDES)

_USED = [point + side for point in (*range(11, 17, 2), *range(23, 29, 2)) for side in (0, 1)]
_MEASURED = (*range(11, 17), *range(23, 33))
"""From the shoulders to the wrists, from the hips to the toes."""
_SHOULDERS = [Point.LEFT_SHOULDER, Point.RIGHT_SHOULDER]


@dataclass(frozen=True, slots=True)
class Frames:
    """N frames of any sessions in any order.

    `session` (N): a number for each session. `elapsed_ms` (N). `x`, `y`, `visibility` (N, 33): as the model says, x and
    y in picture widths and heights, NaN where nobody was found. `width`, `height` (N): pixels of the picture, NaN where
    the client did not say: no angles then.
    """

    session: Numbers
    elapsed_ms: Numbers
    x: Floats
    y: Floats
    visibility: Floats
    width: Floats
    height: Floats

    def ordered(self, window_ms: int) -> "tuple[Frames, Numbers]":
        """The frames by session and window, and where each window begins."""
        order, starts = grouped(self.session, self.elapsed_ms // window_ms)
        return self.taken(order), starts

    def taken(self, order: Numbers) -> "Frames":
        """Some of the frames, in that order."""
        floats = (self.x, self.y, self.visibility, self.width, self.height)
        return Frames(self.session[order], self.elapsed_ms[order], *(column[order] for column in floats))


@dataclass(frozen=True, slots=True)
class Spread:
    """A series in m windows: `frames` that have a value; mean, least and largest of these, NaN where there is none."""

    frames: Numbers
    mean: Floats
    least: Floats
    most: Floats


@dataclass(frozen=True, slots=True)
class Parts:
    """What frames bring to m windows.

    `spreads`: of JOINT_ANGLES and LEANS, degrees; a lean is from straight up, to the right of the picture +.
    `visibility` (m): mean of the limbs' points, 0 for those that are not visible. `one_shoulder` (m): share of frames
    that show one shoulder only. `toes_ahead` (m): pixels by which toes lie to the right of heels, a sum. `trunk_frames`
    and `width_to_trunk` (m): mean shoulder width ÷ trunk length, and its frames. `knee_ratio` (m): the least.
    `trunk_to_shank_least`, `trunk_to_shank_most` (m): lean of the trunk less that of the shanks, degrees.
    """

    frames: Numbers
    spreads: Mapping[str, Spread]
    visibility: Floats
    one_shoulder: Floats
    toes_ahead: Floats
    trunk_frames: Numbers
    width_to_trunk: Floats
    knee_ratio: Floats
    trunk_to_shank_least: Floats
    trunk_to_shank_most: Floats


def parts(frames: Frames, starts: Numbers) -> Parts:
    """The parts of ordered frames; windows begin at `starts`."""
    return parts_of(frames, series(frames), starts)


def parts_of(frames: Frames, values: Mapping[str, Floats], starts: Numbers) -> Parts:
    """The same where the series of the frames (`series`) are made already."""
    count = np.diff(np.append(starts, frames.session.size))
    seen = frames.visibility[:, _USED]
    shown = (frames.visibility[:, _SHOULDERS] >= VISIBLE).sum(axis=1) == 1
    width = spread(values["width_to_trunk"], starts)
    return Parts(
        frames=count,
        spreads={name: spread(values[name], starts) for name in (*JOINT_ANGLES, *LEANS)},
        visibility=np.add.reduceat(np.where(seen >= VISIBLE, seen, 0.0).mean(axis=1), starts) / count,
        one_shoulder=np.add.reduceat(shown.astype(np.float64), starts) / count,
        toes_ahead=np.add.reduceat(np.nan_to_num(values["toes_ahead"]), starts),
        trunk_frames=width.frames,
        width_to_trunk=width.mean,
        knee_ratio=np.fmin.reduceat(values["knee_ratio"], starts),
        trunk_to_shank_least=np.fmin.reduceat(values["trunk_to_shank"], starts),
        trunk_to_shank_most=np.fmax.reduceat(values["trunk_to_shank"], starts),
    )


def series(frames: Frames) -> dict[str, Floats]:
    """Name -> (N) of each frame by itself, NaN where not visible: JOINT_ANGLES, LEANS, and what tells view and form."""
    points = _pixels(frames)
    found = {f"{side}_{name}": values for side in SIDES for name, values in _of_side(points, side).items()}
    found |= {
        f"{joint}_angle": mean_of_known(found[f"left_{joint}_angle"], found[f"right_{joint}_angle"]) for joint in JOINTS
    }
    return found | _of_body(points, mean_of_known(found["left_shank_lean"], found["right_shank_lean"]))


def grouped(*keys: Numbers) -> tuple[Numbers, Numbers]:
    """The order that puts what has the same keys together, the first key first, and where each group begins."""
    order = np.lexsort(keys[::-1])
    new = np.ones(order.size, bool)
    new[1:] = np.any([key[order][1:] != key[order][:-1] for key in keys], axis=0)
    return order, np.flatnonzero(new)


def spread(values: Floats, starts: Numbers) -> Spread:
    """What a series does in each group that begins at `starts`."""
    known = ~np.isnan(values)
    count = np.add.reduceat(known.astype(np.int64), starts)
    total = np.add.reduceat(np.where(known, values, 0.0), starts)
    mean = total / np.where(count > 0, count, np.nan)
    return Spread(count, mean, np.fmin.reduceat(values, starts), np.fmax.reduceat(values, starts))


def _pixels(frames: Frames) -> Floats:
    """(33, N, 2): pixels of those that are measured, NaN where not visible.

    The point comes first, so that each point's columns lie together.
    """
    points = np.full((POINTS, frames.session.size, 2), np.nan)
    for point in _MEASURED:
        seen = frames.visibility[:, point] >= VISIBLE
        points[point, :, 0] = np.where(seen, frames.x[:, point] * frames.width, np.nan)
        points[point, :, 1] = np.where(seen, frames.y[:, point] * frames.height, np.nan)
    return points


def _of_side(points: Floats, side: Side) -> dict[str, Floats]:
    right = side == "right"
    found = {f"{joint}_angle": three_point(*(points[p + right] for p in corner)) for joint, corner in _CORNERS.items()}
    # Hanging along the trunk the arm is at 0, where the other joints are at 180 less.
    found["shoulder_angle"] = 180 - found["shoulder_angle"]
    return found | {"shank_lean": lean(points[Point.LEFT_KNEE + right] - points[Point.LEFT_ANKLE + right])}


def _of_body(points: Floats, shanks: Floats) -> dict[str, Floats]:
    feet = points[[Point.LEFT_TOE, Point.RIGHT_TOE], :, 0] - points[[Point.LEFT_HEEL, Point.RIGHT_HEEL], :, 0]
    by_frame = points.transpose(1, 0, 2)
    return {
        "toes_ahead": np.nan_to_num(feet).sum(axis=0),
        "width_to_trunk": width_to_trunk(by_frame),
        "knee_ratio": knee_ratio(by_frame),
        "trunk_to_shank": lean(_trunk(points)) - shanks,
    }


def _trunk(points: Floats) -> Floats:
    """(N, 2): from mid-hip to mid-shoulder, NaN where one of the four is not visible."""
    shoulders = points[Point.LEFT_SHOULDER] + points[Point.RIGHT_SHOULDER]
    return np.asarray((shoulders - points[Point.LEFT_HIP] - points[Point.RIGHT_HIP]) / 2)
