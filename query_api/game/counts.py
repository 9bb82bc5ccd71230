"""Positions counted by cell: frames with ix, iy, iz, `count`, `sessions` and the sums of x, y and z."""

from collections.abc import Iterable
from functools import reduce
from typing import Final

import polars as pl

from query_api.game.question import Question
from schemas.game.cells import AXES, INDICES, SUMS

COUNTS: Final = pl.Schema(
    {
        **dict.fromkeys(INDICES, pl.Int32()),
        "count": pl.Int64(),
        "sessions": pl.Int64(),
        **dict.fromkeys(SUMS, pl.Float64()),
    }
)
DENSITY_POWER: Final = 0.6
PEOPLE: Final = ("subject", "session_id")
"""What tells the sessions of an application apart."""


def of_positions(placed: pl.DataFrame) -> pl.DataFrame:
    """Counts of rows with x, y, z, their session and their cell."""
    sums = [pl.col(axis).cast(pl.Float64).sum().alias(total) for axis, total in zip(AXES, SUMS, strict=True)]
    return _shaped(placed.group_by(INDICES).agg(pl.len().alias("count"), _sessions(), *sums))


def of_cells(cells: pl.DataFrame) -> pl.DataFrame:
    """Counts of rows of a table of cells."""
    return _shaped(
        cells.group_by(INDICES).agg(pl.col("positions").sum().alias("count"), _sessions(), pl.col(SUMS).sum())
    )


def added(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """The sum of counts that have no session in common."""
    some = sorted((part for part in parts if part.height), key=lambda part: -part.height)
    return reduce(_plus, some) if some else pl.DataFrame(schema=COUNTS)


def _plus(most: pl.DataFrame, few: pl.DataFrame) -> pl.DataFrame:
    """Only what both have is grouped: one of them has a lot more cells."""
    both = pl.concat([most.join(few, on=INDICES, how="semi"), few]).group_by(INDICES).sum()
    return pl.concat([most.join(few, on=INDICES, how="anti"), _shaped(both)])


def shown(counts: pl.DataFrame, question: Question) -> tuple[pl.DataFrame, bool]:
    """The cells of the answer in their order, and whether there are more of them.

    Density is relative to the densest cell that has enough sessions.
    """
    enough = counts.filter(pl.col("sessions") >= question.min_sessions)
    weight = pl.col("sessions").cast(pl.Float64).sqrt() * pl.col("count")
    most = pl.lit(enough.select(weight.max()).item(), pl.Float64)
    order, downwards = ("count", *INDICES), (True, False, False, False)
    first = enough.top_k(question.limit, by=order, reverse=[not down for down in downwards])
    centroid = [(pl.col(total) / pl.col("count")).alias(axis) for axis, total in zip(AXES, SUMS, strict=True)]
    dense = first.sort(order, descending=downwards).with_columns(*centroid, density=(weight / most) ** DENSITY_POWER)
    return dense.select(*INDICES, *AXES, "count", "sessions", "density"), enough.height > question.limit


def _sessions() -> pl.Expr:
    return pl.struct(PEOPLE).n_unique().alias("sessions")


def _shaped(counts: pl.DataFrame) -> pl.DataFrame:
    return counts.select(pl.col(name).cast(dtype) for name, dtype in COUNTS.items())
