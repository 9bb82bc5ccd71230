"""Metrics and phases as JSON has them."""

from collections.abc import Iterable

from motion.analysis import Analysis
from motion.documents.info import Document, Images
from motion.documents.numbers import milliseconds, rounded
from motion.findings import Phase
from motion.metric import Metric


def of_session(analysis: Analysis) -> tuple[Metric, ...]:
    """The metrics that are not of a single repetition."""
    return tuple(metric for metric in analysis.findings.metrics if metric.rep is None)


def values(metrics: Iterable[Metric]) -> dict[str, float | None]:
    """Name -> value, null where there is none."""
    return {metric.name: rounded(metric.value, metric.unit) for metric in metrics}


def units(metrics: Iterable[Metric]) -> dict[str, str]:
    """Name -> unit."""
    return {metric.name: metric.unit for metric in metrics}


def phases(analysis: Analysis, images: Images) -> list[Document]:
    """The phases in order."""
    return [phase(one, images) for one in analysis.findings.phases]


def phase(one: Phase, images: Images) -> Document:
    """A phase; `image_url` is null where it has no picture."""
    return {
        "name": one.name,
        "rep": one.rep,
        "start_ms": milliseconds(one.start),
        "end_ms": milliseconds(one.end),
        "image_url": images.get((one.rep, one.name)),
    }
