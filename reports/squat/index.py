"""The two indices, what they are made of, and what the parts mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from motion.analysis import Analysis
from motion.documents.info import Document
from motion.metric import Metric
from motion.request import MeasurementSystem
from motion.squat.indices import TARGETS
from motion.texts import amount, explained, label
from motion.texts.catalogue import catalogue
from motion.texts.quantity import Quantity
from reports.labels import Labels
from reports.squat.facts import percent


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an index: `share` as percent, or that it was not measured; `filled` from 0 to 1."""

    name: str
    share: str
    meaning: str
    filled: float | None


@dataclass(frozen=True, slots=True)
class Index:
    """An index: `value` and its uncertainty, or `why` there is none; `filled` from 0 to 1."""

    name: str
    value: str
    uncertainty: str
    why: str
    meaning: str
    filled: float | None
    parts: tuple[Part, ...]


def index(analysis: Analysis, report: Document, name: str, words: Labels) -> Index:
    """An index as `documents.report` has it."""
    metric = next(one for one in analysis.findings.metrics if one.name == name and one.rep is None)
    quality, language = report["output_quality"], words.language
    value: float | None = quality[name]
    return Index(
        name=label(name, language),
        value=_amount(value, words) if value is not None else words("report.unmeasured"),
        uncertainty=_uncertainty(metric, words),
        why="" if metric.reason is None else explained(metric.reason, language),
        meaning=words(f"index.{name}"),
        filled=None if value is None else value / 100,
        parts=tuple(_part(part, quality[part], words) for part in analysis.findings.parts[name]),
    )


def _amount(value: float, words: Labels) -> str:
    return amount(value, "index", words.language, MeasurementSystem.METRIC)


def _uncertainty(metric: Metric, words: Labels) -> str:
    if metric.uncertainty is None:
        return ""
    spread = catalogue(words.language).quantity(Quantity(metric.uncertainty, "count"), MeasurementSystem.METRIC)
    return f"± {spread}"


def _part(name: str, share: float | None, words: Labels) -> Part:
    return Part(
        name=label(name, words.language) if name in TARGETS else words(f"part.{name}"),
        share=words("report.unmeasured") if share is None else percent(share, words.language),
        meaning=words(f"meaning.{name}", **_limits(name, words)),
        filled=share,
    )


QUALITY_LIMITS: Final[Mapping[str, Mapping[str, Quantity]]] = {
    "symmetry": {"full": Quantity(5, "degrees", 0), "none": Quantity(20, "degrees", 0)},
    "alignment": {"full": Quantity(0.9, "ratio", 1), "none": Quantity(0.6, "ratio", 1)},
    "trunk": {"full": Quantity(10, "degrees", 0), "none": Quantity(40, "degrees", 0)},
    "repeatability": {"none": Quantity(10, "degrees", 0)},
}
"""Where the parts of `motion.squat.indices.quality_parts` are 1 and 0; a test holds them against it."""


def _limits(name: str, words: Labels) -> dict[str, str]:
    limits = {"target": Quantity(TARGETS[name], "degrees", 0)} if name in TARGETS else QUALITY_LIMITS[name]
    known = catalogue(words.language)
    return {gap: known.quantity(quantity, MeasurementSystem.METRIC) for gap, quantity in limits.items()}
