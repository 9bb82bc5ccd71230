"""The tables of an analysis: a header, and rows with None where there is no value."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from motion.analysis import Analysis
from motion.documents.angles import angles
from motion.documents.keypoints import keypoints
from motion.documents.numbers import Numbers, rounded, timestamps
from motion.metric import Metric

Cell = str | float | int | None


class Table(NamedTuple):
    """Column names, and the rows below them."""

    header: tuple[str, ...]
    rows: list[tuple[Cell, ...]]


METRICS = ("metric", "side", "rep", "value", "unit", "confidence", "uncertainty", "reason")
"""Columns of the metrics' table."""


def keypoints_table(analysis: Analysis) -> Table:
    """`t_ms`, then x, y (pixels) and v (visibility) of every point."""
    return _by_time(analysis, keypoints(analysis))


def angles_table(analysis: Analysis) -> Table:
    """`t_ms`, then every series, degrees, `knee_ratio` a ratio."""
    return _by_time(analysis, angles(analysis))


def metrics_table(analysis: Analysis) -> Table:
    """The session's metrics, then those of single repetitions in their order."""
    metrics = sorted(analysis.findings.metrics, key=lambda metric: metric.rep or 0)
    return Table(METRICS, list(map(_row, metrics)))


def _by_time(analysis: Analysis, columns: Mapping[str, Numbers]) -> Table:
    stamps = timestamps(analysis.body.raw.times)
    rows: Iterator[tuple[Cell, ...]] = zip(stamps, *columns.values(), strict=True)
    return Table(("t_ms", *columns), list(rows))


def _row(metric: Metric) -> tuple[Cell, ...]:
    return (
        metric.name,
        metric.side,
        metric.rep,
        rounded(metric.value, metric.unit),
        metric.unit,
        rounded(metric.confidence),
        rounded(metric.uncertainty, metric.unit),
        None if metric.reason is None else str(metric.reason),
    )
