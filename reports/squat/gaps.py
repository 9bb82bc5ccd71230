"""What the camera could not show: names of one cause together, with the cause and how to film it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from motion.analysis import Analysis
from motion.metric import Metric
from motion.request import Language, MeasurementSystem
from motion.texts import explained, label
from motion.texts.catalogue import catalogue
from motion.texts.labels import base
from motion.texts.rules import how

_DIFFERENCE = "_asymmetry"


@dataclass(frozen=True, slots=True)
class Gap:
    """Metrics without a value, why they have none, and what to do about it."""

    names: tuple[str, ...]
    why: str
    how: str


def gaps(analysis: Analysis, *, indices: bool = False) -> tuple[Gap, ...]:
    """One gap for each cause, in the order of the metrics; of `indices` only where nobody else tells of them."""
    language, system = analysis.request.language, analysis.request.measurement_system
    named: dict[tuple[str, str], list[str]] = {}
    missing = [metric for metric in analysis.findings.metrics if metric.rep is None and metric.value is None]
    for metric in _told(missing, indices):
        named.setdefault((_why(metric, language), _how(metric, language, system)), []).append(
            label(_name(metric, missing), language)
        )
    return tuple(Gap(tuple(dict.fromkeys(names)), *cause) for cause, names in named.items())


def _told(missing: Iterable[Metric], indices: bool) -> Iterator[Metric]:
    """Without differences, and indices unless they are wanted, that only lack what is told already."""
    known = {base(metric) for metric in missing if metric.side}
    for metric in missing:
        if (indices or metric.unit != "index") and metric.name.removesuffix(_DIFFERENCE) not in known:
            yield metric


def _name(metric: Metric, missing: Iterable[Metric]) -> str:
    """Without the side where both sides are missing for the same reason."""
    alike = [one for one in missing if one.side and base(one) == base(metric) and one.reason is metric.reason]
    return base(metric) if len(alike) == 2 else metric.name


def _why(metric: Metric, language: Language) -> str:
    return "" if metric.reason is None else explained(metric.reason, language)


def _how(metric: Metric, language: Language, system: MeasurementSystem) -> str:
    return " ".join(catalogue(language).write(sentence, system) for sentence in how(metric))
