"""Positions of players in cells: what rows come to, and parts of cells put together."""

from typing import Final, TypeVar

import polars as pl

from schemas.game.cells import AXES, CELL_SIDE, GAME_EVENT_CELLS, INDICES, SUMS, cell_key
from schemas.game.events import GAMEPLAY
from schemas.shared.columns import Table

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)

FURTHEST: Final = 2**31 - 1
"""Cells from the origin; a position that is further away is in no cell."""

PLACED_EVENT: Final = (pl.col("event_type") == GAMEPLAY) & pl.all_horizontal(
    pl.col(axis).is_not_null() for axis in AXES
)
"""Which rows of game_events a heatmap counts."""


def celled(rows: Frame, side: float = CELL_SIDE) -> Frame:
    """Rows with x, y, z that lie in a cell, each with its `ix`, `iy`, `iz` (Int32).

    A side that is a whole number of cells is that many of them, so that the same position is in the same cell whether
    it is counted from rows or from cells.
    """
    each = whole_cells(side)
    places = [(pl.col(axis).cast(pl.Float64) / (CELL_SIDE if each else side)).floor() for axis in AXES]
    near = rows.filter((place.abs() <= FURTHEST) for place in places)
    numbered = near.with_columns(
        place.cast(pl.Int32).alias(index) for place, index in zip(places, INDICES, strict=True)
    )
    return coarser(numbered, each) if each else numbered


def coarser(rows: Frame, each: int) -> Frame:
    """Rows by cells, by cells that are `each` times as wide."""
    return rows.with_columns(pl.col(index).floordiv(each) for index in INDICES) if each > 1 else rows


def whole_cells(side: float) -> int:
    """How many cells make up a side; 0 where it is no whole number of them."""
    cells = round(side / CELL_SIDE)
    return cells if cells and abs(side - cells * CELL_SIDE) <= side * 1e-9 else 0


def cells_of(rows: pl.DataFrame, table: Table, side: float = CELL_SIDE) -> pl.DataFrame:
    """What rows with a position come to, in the columns of a table of cells."""
    hours = {"hour": pl.col("occurred_at").dt.truncate("1h"), "received_date": pl.col("received_at").dt.date()}
    placed = celled(rows, side).with_columns(**hours)
    sums = [pl.col(axis).cast(pl.Float64).sum().alias(total) for axis, total in zip(AXES, SUMS, strict=True)]
    counted = placed.group_by(cell_key(table)).agg(pl.len().cast(pl.Int64).alias("positions"), *sums, *_ends())
    return counted.select(pl.col(name).cast(dtype) for name, dtype in table.schema.items())


def event_cells(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of game_event_cells: what rows of game_events come to."""
    placed = rows.filter(PLACED_EVENT)
    # rows of other kinds may lack columns
    return cells_of(placed, GAME_EVENT_CELLS) if placed.height else pl.DataFrame(schema=GAME_EVENT_CELLS.schema)


def merged_event_cells(parts: Frame) -> Frame:
    """One row a cell."""
    added = parts.group_by(cell_key(GAME_EVENT_CELLS)).agg(pl.col("positions", *SUMS).sum(), *_ends())
    return added.select(GAME_EVENT_CELLS.schema.names())


def _ends() -> tuple[pl.Expr, ...]:
    return pl.col("occurred_at", "received_at", "consent_level").min(), pl.col("gpc").max()
