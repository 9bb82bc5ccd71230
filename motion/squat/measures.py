"""One quantity of an overhead squat, measured in the segment that shows it best."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import hypot, sqrt

import numpy as np
from numpy.typing import NDArray

from motion.body.body import Body
from motion.body.confidence import FAR_SIDE, confidence
from motion.body.landmarks import Floats, Point
from motion.body.segment import Segment, View
from motion.metric import Metric, Reason, Side, missing
from motion.squat.quantities import Moment, Quantity
from motion.squat.repetitions import Repetition

OBLIQUE = 0.5
"""What a value of the sagittal plane is worth when it is seen at an angle."""
AROUND = 2
"""Frames to either side of an instant that its value is read from."""
KNOWN = 3
"""How many of them need to be known."""
LOW = 0.5
"""The share of frames below which missing visibility is why there is no value."""


@dataclass(frozen=True, slots=True)
class Bout:
    """The repetitions, numbered from 1 in the film, that were done in one segment."""

    segment: Segment
    repetitions: Mapping[int, Repetition]

    def shows(self, quantity: Quantity) -> float:
        """1 in the quantity's own view, OBLIQUE for the sagittal plane seen at an angle, else 0."""
        if self.segment.view is quantity.shown_by:
            return 1.0
        return OBLIQUE if (self.segment.view, quantity.shown_by) == (View.OBLIQUE, View.SAGITTAL) else 0.0


@dataclass(frozen=True, slots=True)
class Measured:
    """A session's metric with those of its repetitions, and how they were seen.

    `seen`: share of the repetitions' frames in which all points were reliable. `shown`: what the view is worth, 0 to 1.
    `far`: it is the side away from the camera.
    """

    metric: Metric
    repetitions: tuple[Metric, ...] = ()
    seen: float = 0.0
    shown: float = 0.0
    far: bool = False

    @property
    def value(self) -> float | None:
        """The value if its own view showed it: what indices may use."""
        return self.metric.value if self.shown == 1 else None


def with_depth(body: Body) -> Body:
    """The body with the series `left_depth`, `right_depth` (n): how far the hip is below the knee, in thigh lengths.

    0 with a level thigh, −1 standing. The thigh's length is that of the same frame, so distance does not matter.
    """
    hip, knee = (body.filtered.points[:, left : left + 2] for left in (Point.LEFT_HIP, Point.LEFT_KNEE))
    length = np.linalg.norm(hip - knee, axis=-1)
    depth = (hip - knee)[..., 1] / np.where(length > 0, length, np.nan)
    return replace(body, angles={**body.angles, "left_depth": depth[:, 0], "right_depth": depth[:, 1]})


def measure(body: Body, bouts: Sequence[Bout], quantity: Quantity, side: Side | None = None) -> Measured:
    """The quantity from the bout that shows it best; `side` None: the one that is near the camera there.

    Null: wrong_view where no bout shows it, else for what hides it in the best one.
    """
    readings = [_reading(body, bout, quantity, side) for bout in bouts if bout.shows(quantity)]
    return max(readings, key=_rank, default=unmeasured(quantity, Reason.WRONG_VIEW, side))


def unmeasured(quantity: Quantity, reason: Reason, side: Side | None = None) -> Measured:
    """A quantity of which nothing was seen."""
    return Measured(missing(quantity.name.format(side=side), quantity.unit, reason, side=side))


def _rank(reading: Measured) -> tuple[bool, float, bool, int, float]:
    metric = reading.metric
    return metric.value is not None, reading.shown, not reading.far, len(reading.repetitions), metric.confidence


def _reading(body: Body, bout: Bout, quantity: Quantity, side: Side | None) -> Measured:
    """The quantity in one bout: the median of its repetitions, each with its own metric."""
    near = bout.segment.near
    seen_side = side or near or "left"
    points = quantity.points_of(seen_side)
    frames = np.concatenate([repetition.frames(body.raw.times) for repetition in bout.repetitions.values()])
    seen = float(body.reliable[frames][:, points].all(axis=1).mean())
    read = dict(_values(body, bout, body.angles[quantity.series.format(side=seen_side)], quantity.moment))
    shown, far = bout.shows(quantity), side is not None and near not in (None, side)
    if not read:
        nothing = unmeasured(quantity, _hidden(seen) or quantity.unknown, side)
        return replace(nothing, seen=seen, shown=shown, far=far)
    worth = confidence(body, frames, points, min(shown, FAR_SIDE) if far else shown)
    name, unit, values = quantity.name.format(side=side), quantity.unit, list(read.values())
    return Measured(
        Metric(name, float(np.median(values)), unit, worth, hypot(quantity.error, _error_of_mean(values)), side=side),
        tuple(Metric(name, one, unit, worth, quantity.error, side=side, rep=number) for number, one in read.items()),
        seen,
        shown,
        far,
    )


def _error_of_mean(values: Sequence[float]) -> float:
    """The standard error of the repetitions' mean; 0 for one repetition, whose spread is not known."""
    return float(np.std(values, ddof=1)) / sqrt(len(values)) if len(values) > 1 else 0.0


def _hidden(seen: float) -> Reason | None:
    if seen == 0:
        return Reason.NOT_VISIBLE
    return Reason.LOW_VISIBILITY if seen < LOW else None


def _values(body: Body, bout: Bout, series: Floats, moment: Moment) -> Iterator[tuple[int, float]]:
    """Number and value of each repetition that has KNOWN values or more around its moment."""
    for number, repetition in bout.repetitions.items():
        frames = _around(body.raw.times, repetition, moment)
        if (~np.isnan(series[frames])).sum() >= KNOWN:
            yield number, _value(body.raw.times[frames], series[frames], repetition, moment)


def _around(times: Floats, repetition: Repetition, moment: Moment) -> NDArray[np.intp]:
    """The frames that a value is read from."""
    if moment is Moment.SMALLEST:
        return repetition.frames(times)
    at = repetition.lowest if moment is Moment.BOTTOM else int(np.abs(times - repetition.half).argmin())
    return np.arange(max(0, at - AROUND), min(times.size, at + AROUND + 1))


def _value(times: Floats, values: Floats, repetition: Repetition, moment: Moment) -> float:
    """The median around the bottom; the smallest; or, half way down, where angles run, that between two frames."""
    if moment is Moment.BOTTOM:
        return float(np.nanmedian(values))
    if moment is Moment.SMALLEST:
        return float(np.nanmin(values))
    known = ~np.isnan(values)
    return float(np.interp(repetition.half, times[known], values[known]))
