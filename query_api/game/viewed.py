"""What the level viewer shows, worked out of rows: cells seen from above, paths of a session, its frame rates."""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from query_api.game.counts import DENSITY_POWER
from schemas.game.cells import CELL_SIDE

MOST_SQUARES: Final = 64
"""Along the longer side: more would be smaller than can be seen."""
MOST_CELLS: Final = 2500
SHADES: Final = 5
MOST_RATES: Final = 200
TRAJECTORY: Final = ("log_partition", "log_offset", "log_item")
"""What names a trajectory: the place of its item on the log."""
RATES: Final = ("fps_mean", "fps_low_5", "fps_low_1")


class Cell(NamedTuple):
    """A square from above: its middle, how often something happened in and above it, its shade from 1."""

    x: float
    z: float
    events: int
    shade: int


class Heat(NamedTuple):
    """Squares of one side, those with the most events first; `left_out` are more, with less in each."""

    side: float
    cells: Sequence[Cell]
    left_out: int


class Rates(NamedTuple):
    """Frame rates of a session over `seconds` since its first sample, by name."""

    seconds: Sequence[float]
    series: dict[str, Sequence[float | None]]


NO_HEAT: Final = Heat(CELL_SIDE, (), 0)


def side_of(counts: pl.DataFrame) -> float:
    """The smallest doubling of CELL_SIDE that has few enough squares, by counts of cells of CELL_SIDE."""
    if counts.is_empty():
        return CELL_SIDE
    squares = 1 + max(counts.select(pl.col("ix", "iz").max().cast(pl.Int64) - pl.col("ix", "iz").min()).row(0))
    return CELL_SIDE * 2.0 ** math.ceil(math.log2(max(squares / MOST_SQUARES, 1)))


def heat_of(counts: pl.DataFrame, side: float) -> Heat:
    """Of counts of cells (ix, iy, iz, `count`, `sessions`) of that side: those above each other are one square.

    Its shade goes by the sum of their √sessions × count, as the density of a cell does.
    """
    if counts.is_empty():
        return NO_HEAT
    weight = (pl.col("sessions").cast(pl.Float64).sqrt() * pl.col("count")).sum().alias("weight")
    seen = counts.group_by("ix", "iz").agg(pl.col("count").sum(), weight)
    density = (pl.col("weight") / pl.col("weight").max()) ** DENSITY_POWER
    shaded = seen.with_columns(shade=(density * SHADES).ceil().clip(1, SHADES).cast(pl.Int64))
    shown = shaded.sort("count", "ix", "iz", descending=[True, False, False]).head(MOST_CELLS)
    middles = (pl.col("ix", "iz").cast(pl.Float64) + 0.5) * side
    cells = [Cell(*row) for row in shown.select(middles, "count", "shade").iter_rows()]
    return Heat(side, cells, shaded.height - shown.height)


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
