"""From readings of single steps to metrics: of each side, of both together, and how alike the sides are."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import hypot, sqrt

import numpy as np
import scipy

from motion.body.profile import SIDES
from motion.metric import Metric, Reason, Side, missing
from motion.running.strides import Reading

Worth = Callable[[Side | None], float]
"""Confidence in what is measured of a side, or of both."""


@dataclass(frozen=True, slots=True)
class Row:
    """A quantity of single steps or contacts; `reason`: why there may be none. `sided`: each side has its own value."""

    name: str
    unit: str
    readings: Sequence[Reading]
    reason: Reason = Reason.TOO_FEW
    sided: bool = True

    def of(self, side: Side) -> "Row":
        """One side's."""
        own = [reading for reading in self.readings if reading.side == side]
        return Row(f"{side}_{self.name}", self.unit, own, self.reason, sided=False)

    @property
    def middle(self) -> float | None:
        """Mean of the sides' medians, so that one step more of one side changes nothing; None without readings."""
        medians = [float(np.median(values)) for values in self.values]
        return float(np.mean(medians)) if medians else None

    @property
    def error(self) -> float:
        """The worst reading's, and how well a median of them is known by how far they spread.

        The worst, because a median of few readings is one of them, and which one lost frames beside it is chance.
        """
        single = max(reading.error for reading in self.readings)
        spread = [_standard_error(values) for values in self.values if len(values) > 1]
        return hypot(single, float(np.mean(spread)) if spread else 0.0)

    @property
    def values(self) -> list[list[float]]:
        """Each side's, of those that have any."""
        return [[reading.value for reading in self.readings if reading.side == side] for side in self.sides]

    @property
    def sides(self) -> list[Side]:
        """The sides with readings."""
        return [side for side in SIDES if any(reading.side == side for reading in self.readings)]


def _standard_error(values: list[float]) -> float:
    """Of the mean, widened to one standard deviation's coverage for the few values there are (Student 1908)."""
    return float(
        scipy.special.stdtrit(len(values) - 1, scipy.special.ndtr(1.0)) * np.std(values, ddof=1) / np.sqrt(len(values))
    )


def metrics(row: Row, worth: Worth) -> Iterator[Metric]:
    """The session's value, then each side's, then each reading's."""
    yield whole(row, worth(None))
    if row.sided:
        for side in SIDES:
            yield whole(row.of(side), worth(side), side)
            yield from (_single(row, reading, worth(side)) for reading in row.readings if reading.side == side)


def whole(row: Row, worth: float, side: Side | None = None) -> Metric:
    """The session's value of a row."""
    if row.middle is None:
        return missing(row.name, row.unit, row.reason, side=side)
    return Metric(row.name, row.middle, row.unit, worth, row.error, side=side)


def _single(row: Row, reading: Reading, worth: float) -> Metric:
    name = f"{reading.side}_{row.name}"
    return Metric(name, reading.value, row.unit, worth, reading.error, side=reading.side, rep=reading.rep)


def cadence(step_time: Metric) -> Metric:
    """Steps per minute: 60 over the step time, seconds, with its relative error."""
    if step_time.value is None:
        return missing("cadence", "steps/min", step_time.reason or Reason.TOO_FEW)
    value = 60 / step_time.value
    error = value * (step_time.uncertainty or 0) / step_time.value
    return Metric("cadence", value, "steps/min", step_time.confidence, error)


def symmetry(row: Row, worth: float) -> Metric:
    """Robinson 1987: 100·|L − R| ÷ ½(L + R), percent; null where a side is missing or both are 0."""
    name = f"{row.name}_symmetry"
    left, right = (row.of(side).middle for side in SIDES)
    if left is None or right is None:
        return missing(name, "%", row.reason)
    if left + right <= 0:
        return missing(name, "%", Reason.DEGENERATE)
    mean = (left + right) / 2
    return Metric(name, 100 * abs(left - right) / mean, "%", worth, 100 * sqrt(2) * row.error / mean)


def within_frame_error(row: Row, gap: float) -> bool:
    """Whether the sides' difference is less than one frame, `gap` seconds."""
    left, right = (row.of(side).middle for side in SIDES)
    return left is not None and right is not None and abs(left - right) < gap


def product(name: str, unit: str, first: Metric, factor: float, share: float, reason: Reason) -> Metric:
    """A metric times a factor that is off by a share of itself; null with `reason` where the factor is NaN."""
    if first.value is None:
        return missing(name, unit, first.reason or reason)
    if np.isnan(factor):
        return missing(name, unit, reason)
    value = first.value * factor
    error = hypot((first.uncertainty or 0) * abs(factor), share * abs(value))
    return Metric(name, value, unit, first.confidence, error)
