"""Which level a player was in: the last one that their session's funnel steps and gameplay events named by then."""

from typing import Final, TypeVar

import polars as pl

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)

SESSION: Final = ("tenant", "app_id", "subject", "session_id")


def with_levels(samples: Frame, events: Frame) -> Frame:
    """Samples with the `level_id` that is known of each; null where their session had named none yet.

    Args:
        samples: have SESSION and `occurred_at`, in any order; come back in theirs.
        events: rows of game_events (SESSION, `occurred_at`, `log_partition`, `log_offset`, `log_item`, `level_id`); of
            two at one time the later on the log counts.
    """
    named = events.filter(pl.col("level_id").is_not_null()).sort(
        "occurred_at", "log_partition", "log_offset", "log_item"
    )
    known = named.select(SESSION).unique().with_row_index("who")
    levels = named.join(known, on=SESSION, maintain_order="left").select("who", "occurred_at", "level_id")
    numbered = (
        samples.drop("level_id", strict=False)
        .join(known, on=SESSION, how="left", maintain_order="left")
        .with_row_index("place")
    )
    # few narrow columns are ordered by time, and the rest stays where it is
    timed = numbered.select("place", "who", "occurred_at").sort("occurred_at")
    found = timed.join_asof(levels, on="occurred_at", by="who", strategy="backward", check_sortedness=False)
    told = found.select("place", "level_id")
    return numbered.join(told, on="place", how="left", maintain_order="left").drop("place", "who")
