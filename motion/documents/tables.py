"""The tables of an analysis: a header, and rows with None where there is no value."""

import csv
from collections.abc import Iterator, Mapping
from io import StringIO
from typing import NamedTuple

from motion.analysis import Analysis
from motion.documents.angles import angles
from motion.documents.keypoints import keypoints, world_keypoints
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


def export_table(analysis: Analysis, *, world: bool = False) -> Table:
    """`t_ms`, then every angle and every point; `world` adds the model's 3-D points as `world_<name>`, metres."""
    further = {f"world_{name}": column for name, column in world_keypoints(analysis).items()} if world else {}
    return _by_time(analysis, angles(analysis) | keypoints(analysis) | further)


def csv_text(table: Table) -> str:
    """The table as CSV (RFC 4180, but lines end with a line feed), empty where there is no value."""
    written = StringIO()
    csv.writer(written, lineterminator="\n").writerows([table.header, *table.rows])
    return written.getvalue()


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
