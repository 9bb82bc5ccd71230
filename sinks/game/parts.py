"""What rows of the game stream come to: columns of game_events, and rows of the tables beside it.

Rows are those of the flow, of the four kinds of items, with the columns that lie on the log alone.
"""

from typing import Final

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from schemas.game.events import DIMENSIONS, FUNNEL, PLAYER, REALTIME, STREAM
from schemas.game.tables import GAME_FUNNEL_STEPS, GAME_PLAYERS, GAME_SAMPLES
from schemas.shared.columns import TIMESTAMP, Table

AXES: Final = ("x", "y", "z")
_POSITION, _POSITIONS, _END = STREAM.log_only
_ENTITIES: Final = {_POSITION: pl.List(pl.Float64), _POSITIONS: pl.List(pl.Float32), _END: TIMESTAMP}
_TEXTS: Final = ("hardware", "level_id", "funnel_step_name", "region", "status", "input_method")
_RATES: Final = ("fps_mean", "fps_low_5", "fps_low_1")
_OPTIONAL: Final = {
    **_ENTITIES,
    **dict.fromkeys(_TEXTS, pl.String()),
    **dict.fromkeys(_RATES, pl.Float64()),
    "client_occurred_at": TIMESTAMP,
}
"""Columns that a batch lacks where none of its items has them."""


def whole(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with every column that is asked for here, and what follows from them: where, how many samples, how long."""
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in _OPTIONAL.items() if name not in rows.columns]
    return rows.with_columns(missing).with_columns(
        *(pl.col(_POSITION).list.get(axis, null_on_oob=True).alias(name) for axis, name in enumerate(AXES)),
        samples=pl.col(_POSITIONS).list.len().cast(pl.Int64) // DIMENSIONS,
        duration_us=(pl.col(_END) - _said()).dt.total_microseconds().clip(0),
        fps_suspect=suspect(),
    )


def events_of(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of game_events."""
    return rows.drop(STREAM.log_only)


def players_of(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of game_players."""
    said = pl.col("hardware")
    players = rows.filter(pl.col("event_type") == PLAYER)
    return _of(
        GAME_PLAYERS, players.with_columns(gpu=said.str.json_path_match("$.gpu"), ram=said.str.json_path_match("$.ram"))
    )


def funnel_steps_of(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of game_funnel_steps."""
    return _of(GAME_FUNNEL_STEPS, rows.filter(pl.col("event_type") == FUNNEL))


def samples_of(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of game_samples, folded as its `exploded` says: one a trajectory, with lists of its samples."""
    moving = rows.filter((pl.col("event_type") == REALTIME) & (pl.col("samples") > 0))
    counts = moving["samples"].to_numpy()
    numbers = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    # a list that is cut inside a sample, which no gateway writes, has as many as are whole
    lists = moving.select(pl.col(_POSITIONS).list.head(pl.col("samples") * DIMENSIONS)).to_series()
    positions = lists.explode(empty_as_null=False).to_numpy().reshape(-1, DIMENSIONS)
    axes = {name: _folded(np.ascontiguousarray(positions[:, axis]), counts) for axis, name in enumerate(AXES)}
    times = _folded(_times(moving, counts, numbers), counts).cast(pl.List(TIMESTAMP))
    folded = moving.with_columns(occurred_at=times, sample=_folded(numbers.astype(np.int32), counts), **axes)
    return folded.select(name for name in GAME_SAMPLES.schema if name in folded.columns).drop("level_id")


def suspect() -> pl.Expr:
    """Whether frame rates are in another order than mean ≥ low_5 ≥ low_1; null where there are none."""
    mean, low_5, low_1 = map(pl.col, _RATES)
    wrong = [(low_5 > mean), (low_1 > low_5), (low_1 > mean)]
    anything = pl.any_horizontal(pl.col(_RATES).is_not_null())
    return pl.when(anything).then(pl.any_horizontal(each.fill_null(value=False) for each in wrong))


def _said() -> pl.Expr:
    """When an item happened by the client's clock."""
    return pl.coalesce("client_occurred_at", "occurred_at")


def _of(table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(name for name in table.schema if name in rows.columns)


def _times(moving: pl.DataFrame, counts: NDArray[np.int64], numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """t_i = start + i · (end − start) / (n − 1), in whole µs; one sample is at the start.

    Divided before it is multiplied, which 64 bits hold however long a trajectory is.
    """
    whole_steps, rest = np.divmod(moving["duration_us"].to_numpy(), np.maximum(counts - 1, 1))
    starts = moving["occurred_at"].cast(pl.Int64).to_numpy()
    between = np.repeat(np.maximum(counts - 1, 1), counts)
    times: NDArray[np.int64] = (
        np.repeat(starts, counts)
        + numbers * np.repeat(whole_steps, counts)
        + numbers * np.repeat(rest, counts) // between
    )
    return times


def _folded(values: NDArray[np.generic], counts: NDArray[np.int64]) -> pl.Series:
    """The values as lists of so many each; none is made an object."""
    offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return pl.Series(pa.LargeListArray.from_arrays(pa.array(offsets), pa.array(values)))
