"""What each metric is held against: the targets and limits that the texts and the indices use."""

from collections.abc import Mapping
from typing import Final

from motion.body.asymmetry import NOISE
from motion.metric import Metric
from motion.request import MeasurementSystem, Request
from motion.texts import amount
from motion.texts.catalogue import catalogue
from motion.texts.quantity import Quantity
from motion.texts.squat import ALIGNED_RATIO, TARGETS
from reports.labels import Labels

AT_LEAST: Final[Mapping[str, float]] = {**TARGETS, "knee_ratio": ALIGNED_RATIO}
"""By the metric's name without its side."""

BELOW: Final[Mapping[str, float]] = {"knee_inward": NOISE}
"""Inward beyond what is noise is too far."""


def target(metric: Metric, request: Request, words: Labels) -> str:
    """The target in words; hip abduction has none, it goes by the stance."""
    name = metric.name.removeprefix("left_").removeprefix("right_")
    if name in AT_LEAST:
        return words("target.at_least", n=goal(AT_LEAST[name], metric.unit, request))
    if name in BELOW or name.endswith("_asymmetry"):
        return words("target.below", n=goal(BELOW.get(name, NOISE), metric.unit, request))
    return words("target.stance")


def goal(value: float, unit: str, request: Request) -> str:
    """A limit as it is written: whole degrees."""
    if unit != "degrees":
        return amount(value, unit, request.language, request.measurement_system)
    return catalogue(request.language).quantity(Quantity(value, unit, decimals=0), MeasurementSystem.METRIC)
