"""What is read of each repetition as a session's metrics: medians, lengths in leg lengths, notes."""

from collections.abc import Iterator, Mapping, Sequence
from math import inf, isnan, nan
from typing import Final, NamedTuple

import numpy as np

from motion.metric import Metric, Reason, missing

SCALE_ERROR: Final = 0.03
"""Share by which a length is off with its scale: stature in the picture, or free fall (ours)."""

IN_LEGS: Final = "_leg_lengths"
"""Ending of the name of a length or speed in leg lengths, given where the film has no metres."""

Limits = Mapping[str, tuple[float, float]]
"""Name → the values beyond which it is called implausible."""


class Value(NamedTuple):
    """A quantity of one repetition: a number with one standard deviation, or NaN with the reason.

    `legs`, `legs_error`: the same in leg lengths (or leg lengths/s), for what needs a scale.
    """

    number: float
    error: float | None = None
    reason: Reason = Reason.TOO_FEW
    legs: float = nan
    legs_error: float | None = None

    @property
    def known(self) -> bool:
        """Whether there is a number."""
        return not isnan(self.number)

    @property
    def in_legs(self) -> "Value":
        """The value in leg lengths."""
        return self._replace(number=self.legs, error=self.legs_error)


def metrics_of(name: str, unit: str, values: Sequence[Value], worth: Sequence[float]) -> Iterator[Metric]:
    """A quantity of every repetition, with its confidence: `session`; and in leg lengths where none has metres."""
    yield from session(name, unit, values, worth)
    in_legs = [value.in_legs for value in values]
    if not any(value.known for value in values) and any(value.known for value in in_legs):
        yield from session(name + IN_LEGS, unit.replace("m", "leg lengths", 1), in_legs, worth)


def session(name: str, unit: str, values: Sequence[Value], worth: Sequence[float]) -> Iterator[Metric]:
    """The session's metric, the median of the repetitions', and each repetition's own."""
    of_each = enumerate(zip(values, worth, strict=True), 1)
    each = [metric(name, unit, value, share, rep) for rep, (value, share) in of_each]
    known = [one for one in each if one.value is not None]
    if known:
        middle = float(np.median([one.value for one in known]))
        errors = [one.uncertainty for one in known if one.uncertainty is not None]
        error = float(np.median(errors)) if errors else None
        yield Metric(name, middle, unit, float(np.median([one.confidence for one in known])), error)
    else:
        yield metric(name, unit, values[0], 0.0)
    yield from each


def metric(name: str, unit: str, value: Value, worth: float, rep: int | None = None) -> Metric:
    """One value as a metric; its reason where it has no number."""
    if value.known:
        return Metric(name, value.number, unit, worth, value.error, rep=rep)
    return missing(name, unit, value.reason, rep=rep)


def notes(metrics: Sequence[Metric], plausible: Limits, *, oblique: bool) -> Iterator[str]:
    """What is to be said of the session's values: `implausible:<metric>`; of a view at an angle `oblique:<metric>`."""
    for one in metrics:
        if one.rep is not None or one.value is None:
            continue
        least, most = plausible.get(one.name, (-inf, inf))
        if not least <= one.value <= most:
            yield f"implausible:{one.name}"
        if oblique:
            yield f"oblique:{one.name}"
