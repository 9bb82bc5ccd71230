"""The overhead squat: repetitions in any view, joint angles at the lowest hip, knees from the front, two indices."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from motion.body.asymmetry import asymmetry
from motion.body.body import Body
from motion.body.landmarks import Point
from motion.body.segment import Segment
from motion.body.standing import heel_risen
from motion.findings import Findings, Phase
from motion.metric import Metric, Reason, Side
from motion.request import Request
from motion.squat.index_values import indices
from motion.squat.measures import Bout, Measured, measure, unmeasured, with_depth
from motion.squat.quantities import MIDDLE, SIDED, Quantity
from motion.squat.repetitions import Repetition, squats

STANDING = 1.0
"""The last seconds before a repetition that are its phase `start`, if it does not follow another one sooner."""

MOSTLY = 0.5
"""The share of the repetitions beyond which a heel counts as risen, and of frames in which legs are seen."""


def findings(body: Body, request: Request) -> Findings:
    """Values of both sides, their asymmetries, indices with parts, phases, and how many repetitions.

    Notes: `far_side:<metric>` where the value is of the side away from the camera, `one_side:<metric>` where one of
    the compared sides was; `oblique:<metric>` where the view was neither from the side nor from the front: such a value
    is in no index; `heel_risen:<metric>` where dorsiflexion was measured with the heel up.
    """
    body = with_depth(body)
    found = squats(body.raw.times, body.filtered.points, body.segments)
    bouts = _bouts(body, found)

    none = why_none(body)

    def measured_of(quantity: Quantity, side: Side | None = None) -> Measured:
        return measure(body, bouts, quantity, side) if found else unmeasured(quantity, none, side)

    left = {quantity.base: measured_of(quantity, "left") for quantity in SIDED}
    right = {quantity.base: measured_of(quantity, "right") for quantity in SIDED}
    middle = {quantity.name: measured_of(quantity) for quantity in MIDDLE}
    differences = {name: _difference(name, left[name], right[name]) for name in left}
    sums, parts = indices(left, right, middle, differences)
    measured = [*left.values(), *right.values(), *middle.values()]
    return Findings(
        metrics=(
            *(one.metric for one in measured),
            *differences.values(),
            *sums,
            *(metric for one in measured for metric in one.repetitions),
        ),
        phases=tuple(_phases(body, found)),
        repetitions=len(found),
        parts=parts,
        notes=(
            *_notes(measured),
            *(f"one_side:{one.name}" for name, one in differences.items() if _one_sided(one, left[name], right[name])),
            *_raised_heels(body, found, (left["ankle_flexion"], right["ankle_flexion"])),
        ),
    )


def why_none(body: Body) -> Reason:
    """Why there is no repetition: hip and ankle of no side are seen in most frames, or nobody squats."""
    sides = ((Point.LEFT_HIP, Point.LEFT_ANKLE), (Point.RIGHT_HIP, Point.RIGHT_ANKLE))
    seen = np.any([body.reliable[:, side].all(axis=1) for side in sides], axis=0)
    return Reason.TOO_FEW if seen.mean() > MOSTLY else Reason.NOT_VISIBLE


def _bouts(body: Body, found: Sequence[Repetition]) -> list[Bout]:
    """The segments with repetitions, each with those that lie mostly in it."""
    done: dict[Segment, dict[int, Repetition]] = {}
    for number, repetition in enumerate(found, start=1):
        frames = repetition.frames(body.raw.times)
        overlaps = {one: int(((frames >= one.first) & (frames <= one.last)).sum()) for one in body.segments}
        segment = max(overlaps, key=overlaps.__getitem__, default=None)
        if segment is not None and overlaps[segment]:
            done.setdefault(segment, {})[number] = repetition
    return [Bout(segment, inside) for segment, inside in done.items()]


def _difference(name: str, left: Measured, right: Measured) -> Metric:
    return asymmetry(f"{name}_asymmetry", left.metric, right.metric, (left.seen, right.seen))


def _one_sided(difference: Metric, left: Measured, right: Measured) -> bool:
    """Whether a difference is of a side that the camera saw and one that it did not."""
    return difference.value is not None and (left.far or right.far)


def _notes(measured: Iterable[Measured]) -> Iterator[str]:
    for one in measured:
        if one.metric.value is not None and one.far:
            yield f"far_side:{one.metric.name}"
        if one.metric.value is not None and one.shown < 1:
            yield f"oblique:{one.metric.name}"


def _raised_heels(body: Body, found: Sequence[Repetition], ankles: Iterable[Measured]) -> Iterator[str]:
    """Where the heel is up at the bottom of most repetitions."""
    for one in ankles:
        bottoms = [found[metric.rep - 1].lowest for metric in one.repetitions if metric.rep]
        if one.metric.side and bottoms and heel_risen(body, one.metric.side)[bottoms].mean() > MOSTLY:
            yield f"heel_risen:{one.metric.name}"


def _phases(body: Body, found: Sequence[Repetition]) -> Iterator[Phase]:
    """Of each repetition: start (standing), descent, bottom, ascent, one after the other."""
    times = body.raw.times
    before = float(times[0])
    for number, one in enumerate(found, start=1):
        standing = max(before, one.start - STANDING)
        lowest = float(times[one.lowest])
        yield Phase("start", number, standing, one.start, picture=(standing + one.start) / 2)
        yield Phase("descent", number, one.start, one.bottom_start, picture=one.half)
        yield Phase("bottom", number, one.bottom_start, one.bottom_end, picture=lowest)
        yield Phase("ascent", number, one.bottom_end, one.end, picture=(one.bottom_end + one.end) / 2)
        before = one.end
