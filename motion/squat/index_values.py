"""From the measured quantities of an overhead squat to its two indices: which value of which side goes in."""

from collections.abc import Iterable, Mapping

import numpy as np

from motion.metric import Metric, Reason
from motion.squat.indices import TARGETS, Parts, mobility_index, mobility_parts, quality_index, quality_parts
from motion.squat.measures import Measured

By = Mapping[str, Measured]


def indices(
    left: By, right: By, middle: By, differences: Mapping[str, Metric]
) -> tuple[tuple[Metric, Metric], dict[str, Parts]]:
    """Both indices and their parts. Only values that their own view showed count, and far sides only for want of near.

    A comparison of the sides counts if both of them do and both were turned to the camera.
    """
    used = {name: _used(left[name], right[name]) for name in TARGETS}
    mobility = mobility_parts({name: _mean(one.value for one in sides) for name, sides in used.items()})
    compared = [
        metric
        for name, metric in differences.items()
        if metric.value is not None and _filmed(left[name]) and _filmed(right[name])
    ]
    quality = quality_parts(
        [metric.value for metric in compared if metric.value is not None],
        middle["knee_ratio"].value,
        _apart(middle["trunk_lean"].value, middle["shank_inclination"].value),
        [[metric.value for metric in one.repetitions if metric.value is not None] for one in used["knee_flexion"]],
    )
    sided = [one.metric for sides in used.values() for one in sides]
    others = [one.metric for one in middle.values() if one.value is not None]
    return (
        mobility_index(mobility, _uncertainties(used), _least(sided), _reason(left, right)),
        quality_index(quality, _least([*compared, *others]), _reason(left, right)),
    ), {"mobility_index": mobility, "quality_index": quality}


def _filmed(one: Measured) -> bool:
    """Whether its own view showed it, on the side towards the camera."""
    return one.value is not None and not one.far


def _used(left: Measured, right: Measured) -> list[Measured]:
    """The sides whose value counts."""
    shown = [one for one in (left, right) if one.value is not None]
    return [one for one in shown if not one.far] or shown


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _uncertainties(used: Mapping[str, list[Measured]]) -> Parts:
    """The larger one of the sides: their errors have the same causes, so a mean has no smaller one."""
    return {name: max((one.metric.uncertainty or 0.0 for one in sides), default=None) for name, sides in used.items()}


def _apart(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else first - second


def _least(metrics: Iterable[Metric]) -> float:
    return min((metric.confidence for metric in metrics), default=0.0)


def _reason(left: By, right: By) -> Reason:
    """Why the first joint without a value that counts has none; a value seen at an angle is one of a wrong view."""
    for name in TARGETS:
        sides = left[name], right[name]
        if not _used(*sides):
            return min((one.metric.reason for one in sides if one.metric.reason), default=Reason.WRONG_VIEW)
    return Reason.TOO_FEW
