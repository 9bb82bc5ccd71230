"""What rows of the game stream come to: columns of game_events, and rows of the tables beside it.

Rows are those of the flow, of the four kinds of items, with the columns that lie on the log alone.
"""

from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from schemas.game.events import DIMENSIONS, FUNNEL, PLAYER, REALTIME, STREAM
from schemas.game.tables import GAME_FUNNEL_STEPS, GAME_PLAYERS, GAME_SAMPLES
from schemas.shared.columns import TIMESTAMP, Table
from sinks.folded import folded, unfolded
from sinks.game.laying_out import laid_out

AXES: Final = ("x", "y", "z")
_POSITION, _POSITIONS, _END = STREAM.log_only
_ENTITIES: Final = {_POSITION: pl.List(pl.Float64), _POSITIONS: pl.List(pl.Float32), _END: TIMESTAMP}
_OF_SAMPLES: Final = ("occurred_at", "sample", *AXES)
"""What each sample of a trajectory has of its own; all else is the trajectory's."""
_NOT_YET: Final = {*_OF_SAMPLES, "level_id"}
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
    columns = [name for name in GAME_SAMPLES.schema if name in moving.columns and name not in _NOT_YET]
    return moving.select(columns).hstack(_samples(moving))


def _samples(moving: pl.DataFrame) -> list[pl.Series]:
    """The columns that a trajectory has a list in."""
    counts = moving["samples"].to_numpy()
    begun = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    times = moving["occurred_at"].cast(pl.Int64).to_numpy(), moving["duration_us"].fill_null(0).to_numpy()
    laid: tuple[NDArray[Any], ...] = laid_out(*unfolded(moving[_POSITIONS], np.float32), begun, *times)
    lists = [folded(values, begun).rename(name) for name, values in zip(_OF_SAMPLES, laid, strict=True)]
    return [lists[0].cast(pl.List(TIMESTAMP)), *lists[1:]]


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
