"""What the level viewer shows, worked out of rows: cells seen from above, paths of a session, its frame rates."""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

CELL_SIDE: Final = 1.6
"""World units of the smallest square; larger ones are twice it, four times, …"""
MOST_SQUARES: Final = 64
"""Along the longer side: more would be smaller than can be seen."""
MOST_CELLS: Final = 2500
DENSITY_POWER: Final = 0.6
SHADES: Final = 5
MOST_RATES: Final = 200
TRAJECTORY: Final = ("log_partition", "log_offset", "log_item")
"""What names a trajectory: the place of its item on the log."""
RATES: Final = ("fps_mean", "fps_low_5", "fps_low_1")


class Cell(NamedTuple):
    """A square from above: its middle, how often something happened in it, in how many sessions, its shade from 1."""

    x: float
    z: float
    events: int
    sessions: int
    shade: int


class Heat(NamedTuple):
    """Squares of one side, those with the most first; `left_out` have less than any of them."""

    side: float
    cells: Sequence[Cell]
    left_out: int


class Rates(NamedTuple):
    """Frame rates of a session over `seconds` since its first sample, by name."""

    seconds: Sequence[float]
    series: dict[str, Sequence[float | None]]


NO_HEAT: Final = Heat(CELL_SIDE, (), 0)


def heat_of(positions: pl.DataFrame) -> Heat:
    """Of rows with finite x and z, `subject` and `session_id`: squares with (√sessions × count ÷ most)^0.6 as shade."""
    if positions.is_empty():
        return NO_HEAT
    side = _side(positions)
    counted = (
        positions.group_by((pl.col("x") / side).floor().alias("ix"), (pl.col("z") / side).floor().alias("iz"))
        .agg(events=pl.len(), sessions=pl.struct("subject", "session_id").n_unique())
        .with_columns(weight=pl.col("sessions").sqrt() * pl.col("events"))
        .sort("weight", "ix", "iz", descending=[True, False, False])
    )
    density = (pl.col("weight") / pl.col("weight").max()) ** DENSITY_POWER
    shown = counted.with_columns(shade=(density * SHADES).ceil().clip(1, SHADES).cast(pl.Int64)).head(MOST_CELLS)
    cells = shown.select((pl.col("ix", "iz") + 0.5) * side, "events", "sessions", "shade")
    return Heat(side, [Cell(*row) for row in cells.iter_rows()], counted.height - shown.height)


def _side(positions: pl.DataFrame) -> float:
    """The smallest doubling of CELL_SIDE that has few enough squares."""
    extents = positions.select((pl.col("x", "z").max() - pl.col("x", "z").min()).cast(pl.Float64)).row(0)
    doublings = math.log2(max(max(extents) / (CELL_SIDE * MOST_SQUARES), 1))
    return CELL_SIDE * 2.0 ** math.ceil(doublings)


def paths_of(samples: pl.DataFrame) -> list[NDArray[np.float64]]:
    """(N, 2) each: x and z of a player's samples in their order; a session's name may be several players'."""
    ordered = samples.sort("occurred_at", *TRAJECTORY, "sample")
    parts = ordered.partition_by("subject", maintain_order=True)
    return [part.select(pl.col("x", "z").cast(pl.Float64)).to_numpy() for part in parts]


def rates_of(samples: pl.DataFrame) -> Rates:
    """Frame rates of each trajectory at its beginning; of very many, the means of neighbours."""
    begun = (
        samples.group_by(TRAJECTORY)
        .agg(pl.col("occurred_at").min(), *(pl.col(rate).first() for rate in RATES))
        .filter(pl.any_horizontal(pl.col(RATES).is_not_null()))
        .sort("occurred_at", *TRAJECTORY)
    )
    together = max(1, -(-begun.height // MOST_RATES))
    first = samples["occurred_at"].min()
    seconds = (pl.col("occurred_at") - first).dt.total_milliseconds() / 1000
    spread = begun.with_columns(seconds=seconds).with_row_index("place")
    means = spread.group_by(pl.col("place") // together, maintain_order=True).agg(
        pl.col("seconds").first(), *(pl.col(rate).mean() for rate in RATES)
    )
    return Rates(means["seconds"].to_list(), {rate: means[rate].to_list() for rate in RATES})
