"""What the folds added to the minutes, as rows of media_usage: by dimension, added up."""

from collections.abc import Mapping
from typing import Any

import polars as pl
from numpy.typing import NDArray

from schemas.media.dimensions import ALL, SESSION_DIMENSIONS, UNKNOWN
from schemas.media.usage import MEDIA_USAGE, USAGE_SUMS
from schemas.shared.columns import TIMESTAMP
from schemas.shared.origins import SOURCE_COLUMN
from sinks.media.folding.codes import Codes
from sinks.media.folding.events import DIMENSIONS

_TOLD = (*SESSION_DIMENSIONS, SOURCE_COLUMN.name)
_KEY = ("tenant", "minute", "dimension", "value", SOURCE_COLUMN.name)


def usage_rows(usage: NDArray[Any], owners: pl.DataFrame, codes: Mapping[str, Codes]) -> pl.DataFrame:
    """Rows of media_usage from the folds' signed records; `owners` says slot → tenant."""
    cells = _cells(usage, owners)
    source = codes[SOURCE_COLUMN.name].decode(cells[SOURCE_COLUMN.name].to_numpy())
    cells = cells.with_columns(source.alias(SOURCE_COLUMN.name))
    parts = [cells.with_columns(dimension=pl.lit(ALL), value=pl.lit(ALL))]
    for name in SESSION_DIMENSIONS:
        text = codes[name].decode(cells[name].to_numpy()).fill_null(UNKNOWN)
        parts.append(cells.with_columns(text.alias("value"), dimension=pl.lit(name)))
    rows = pl.concat(parts, how="diagonal").with_columns(start_date=pl.col("minute").dt.date())
    return added_up(rows.select(MEDIA_USAGE.schema.names()))


def added_up(rows: pl.DataFrame) -> pl.DataFrame:
    """One row per minute, dimension and source; what cancels out is left out."""
    summed = rows.group_by(*_KEY, "start_date").agg(pl.col(name).sum() for name in USAGE_SUMS)
    anything = pl.any_horizontal(pl.col(name).abs() > 1e-9 for name in USAGE_SUMS)
    return summed.filter(anything).select(MEDIA_USAGE.schema.names())


def _cells(usage: NDArray[Any], owners: pl.DataFrame) -> pl.DataFrame:
    """Added up per tenant, minute and combination of dimensions, still as codes."""
    frame = pl.DataFrame(
        {
            "slot": usage["slot"],
            "minute": usage["minute"],
            **{name: usage["dimensions"][:, i] for i, name in enumerate(DIMENSIONS) if name in _TOLD},
            "sessions": usage["sessions"],
            "watch_seconds": usage["watch_us"] / 1e6,
            **{name: usage[name] for name in ("media_seconds", "bits", "stalls", "stall_ms")},
        }
    ).with_columns(pl.col("minute").cast(TIMESTAMP))
    return (
        frame.join(owners, on="slot")
        .group_by("tenant", "minute", *_TOLD)
        .agg(pl.col(name).sum() for name in USAGE_SUMS)
    )
