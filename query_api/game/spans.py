"""Trajectories cut where something changes meanwhile: of how many of their samples it was this, of how many that.

The samples of a trajectory lie at start + floor(k · duration ÷ (n − 1)), so that how many of them come before a moment
is worked out, and none of them is read.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

START: Final = "start"
END: Final = "end"
TRAJECTORY: Final = "trajectory"
"""A number of its own for each."""


def cut(trajectories: pl.DataFrame, changes: pl.DataFrame, by: Sequence[str], value: str) -> pl.DataFrame:
    """A row for each stretch of a trajectory in which a value was the same, with that `value` and a `count` of samples.

    Args:
        trajectories: TRAJECTORY, `by`, START and END (times), `samples`, and whatever else.
        changes: `by`, `at` and the value from then on; of two at one moment the later row counts. Before the first of
            them the value is null.
    """
    told = changes.select(*by, "at", value).unique([*by, "at"], keep="last", maintain_order=True).sort("at")
    began = trajectories.sort(START).join_asof(
        told, left_on=START, right_on="at", by=list(by), strategy="backward", check_sortedness=False, coalesce=False
    )
    first = began.with_columns(begin=pl.lit(0, pl.Int64)).drop("at")
    meanwhile = trajectories.join(told, on=list(by)).filter(pl.col("at") > pl.col(START), pl.col("at") <= pl.col(END))
    later = meanwhile.with_columns(begin=_before()).drop("at").select(first.columns)
    pieces = pl.concat([first, later]).sort(TRAJECTORY, "begin", maintain_order=True)
    end = pl.col("begin").shift(-1).over(TRAJECTORY).fill_null(pl.col("samples"))
    return pieces.with_columns(count=end - pl.col("begin")).filter(pl.col("count") > 0).drop("begin")


def _before() -> pl.Expr:
    """How many samples of a trajectory lie before `at`, which is after its start and no later than its end."""
    since = (pl.col("at") - pl.col(START)).dt.total_microseconds()
    duration = (pl.col(END) - pl.col(START)).dt.total_microseconds()
    # k · duration < since · (n − 1), in whole numbers, rounded up
    return -(-since * (pl.col("samples") - 1)).floordiv(duration).clip(-pl.col("samples"), pl.lit(-1))
