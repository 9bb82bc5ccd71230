"""Joint Angle Mobility: how far each joint moves, whatever the movement is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np

from motion.body.body import Body
from motion.body.confidence import FAR_SIDE, confidence
from motion.body.landmarks import Flags, Point
from motion.body.segment import Segment, View
from motion.findings import Findings
from motion.metric import Metric, Reason, Side, missing
from motion.request import Joint, Request

MOST, LEAST = 99.0, 1.0
"""Percentiles that stand for maximum and minimum: single frames go wrong."""
SECONDS = 0.5
"""How long a joint has to be seen for a range; ours."""
OBLIQUE = 0.5
"""What a view is worth that shows movements at an angle."""

POINTS = {
    Joint.ANKLE: (Point.LEFT_KNEE, Point.LEFT_ANKLE),
    Joint.KNEE: (Point.LEFT_HIP, Point.LEFT_KNEE, Point.LEFT_ANKLE),
    Joint.HIP: (Point.LEFT_SHOULDER, Point.LEFT_HIP, Point.LEFT_KNEE),
    Joint.SHOULDER: (Point.LEFT_HIP, Point.LEFT_SHOULDER, Point.LEFT_ELBOW),
    Joint.ELBOW: (Point.LEFT_SHOULDER, Point.LEFT_ELBOW, Point.LEFT_WRIST),
}
"""What has to be seen of the left side; the right side's numbers follow."""
FROM_THE_FRONT = frozenset({Joint.SHOULDER, Joint.ELBOW})
"""Arms move in the plane of a picture from the front as well as from the side."""
WAYS = (
    (View.SAGITTAL, False),
    (View.FRONTAL, False),
    (View.SAGITTAL, True),
    (View.OBLIQUE, False),
    (View.OBLIQUE, True),
)
"""The views that may show a side, with whether it is the far one, best first."""
ERRORS = {Joint.ANKLE: 5.0, Joint.KNEE: 6.0, Joint.HIP: 5.0, Joint.SHOULDER: 7.0, Joint.ELBOW: 12.0}
"""Degrees, one standard deviation: the limits that the series are tested against; ours for the shank's inclination."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Frames of segments that show a joint alike: what their view is worth, whether the side is the far one there."""

    frames: Flags
    worth: float
    far: bool


def findings(body: Body, request: Request) -> Findings:
    """`<joint>_max` and `_min`, with `left_` and `right_` too: 99th and 1st percentile of the reliable frames, degrees.

    Each side is read from the segments that show it best: near the camera, for arms from the front, then far from the
    camera (note `far_side:<metric>`), then at an angle (note `oblique:<metric>`). The joint itself is the mean of the
    two sides, or in a view from the side the near one.
    """
    asked = [joint for joint in Joint if joint in request.joints]
    ranges = [_range(body, joint, side) for joint in asked for side in (None, *_sides(None))]
    return Findings(
        metrics=tuple(metric for metrics, _ in ranges for metric in metrics),
        notes=tuple(note for _, notes in ranges for note in notes),
    )


def _range(body: Body, joint: Joint, side: Side | None) -> tuple[list[Metric], list[str]]:
    """Maximum and minimum of a side, or of the joint, with their notes."""
    name = f"{side}_{joint}" if side else str(joint)
    reliable = _reliable(body, joint, side)
    best = _best(body, joint, side, reliable)
    if best is None:
        reason = _reason(body, joint, reliable)
        return [missing(f"{name}_{end}", "degrees", reason, side=side) for end in ("max", "min")], []
    frames = np.flatnonzero(reliable & best.frames)
    values = body.angles[f"{name}_angle"][frames]
    shown = np.flatnonzero(best.frames)
    worth = max(confidence(body, shown, _points(joint, one), best.worth) for one in _sides(side))
    metrics = [
        Metric(f"{name}_{end}", float(np.percentile(values, percent)), "degrees", worth, ERRORS[joint], side=side)
        for end, percent in (("max", MOST), ("min", LEAST))
    ]
    note = "far_side" if best.far else "oblique" if best.worth < 1 else None
    return metrics, [f"{note}:{metric.name}" for metric in metrics] if note else []


def _sides(side: Side | None) -> Sequence[Side]:
    return (side,) if side else get_args(Side)


def _points(joint: Joint, side: Side) -> list[int]:
    return [point + (side == "right") for point in POINTS[joint]]


def _reliable(body: Body, joint: Joint, side: Side | None) -> Flags:
    """(n): the side is seen, or either side, and has an angle."""
    series = body.angles[f"{side}_{joint}_angle" if side else f"{joint}_angle"]
    seen = [body.reliable[:, _points(joint, one)].all(axis=1) for one in _sides(side)]
    return np.asarray(np.any(seen, axis=0) & ~np.isnan(series))


def _best(body: Body, joint: Joint, side: Side | None, reliable: Flags) -> Shown | None:
    """The best way in which the film shows the side for long enough."""
    enough = SECONDS * body.raw.rate
    return next((one for one in _ways(body, joint, side) if (reliable & one.frames).sum() >= enough), None)


def _ways(body: Body, joint: Joint, side: Side | None) -> Iterator[Shown]:
    """The ways to see a side, best first, each with its frames; arms in a side view are seen in their flexion."""
    for view, far in WAYS:
        frames = np.zeros(body.raw.times.size, bool)
        for segment in body.segments:
            if segment.view is view and _far(segment, side) is far:
                frames[segment.frames] = True
        if frames.any() and _worth(view, joint):
            worth = _worth(view, joint)
            yield Shown(frames, min(worth, FAR_SIDE) if far else worth, far)


def _worth(view: View, joint: Joint) -> float:
    if view is View.FRONTAL:
        return 1.0 if joint in FROM_THE_FRONT else 0.0
    return 1.0 if view is View.SAGITTAL else OBLIQUE


def _far(segment: Segment, side: Side | None) -> bool:
    return side is not None and segment.near not in (None, side)


def _reason(body: Body, joint: Joint, reliable: Flags) -> Reason:
    """Why there is no range."""
    if not any(_worth(segment.view, joint) for segment in body.segments):
        return Reason.WRONG_VIEW
    if reliable.any():
        return Reason.LOW_VISIBILITY
    seen = any(body.reliable[:, _points(joint, side)].all(axis=1).any() for side in _sides(None))
    return Reason.NO_BASELINE if seen and joint is Joint.ANKLE else Reason.NOT_VISIBLE
