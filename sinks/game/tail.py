"""The sessions that something came of since samples were settled: those of events beyond the offsets that were noted.

Offsets and not times: what is late, or is sent again by hand, lies behind all that was there.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import polars as pl

from schemas.game.cells import SESSION
from schemas.game.events import STREAM
from sinks.files import TableFiles
from sinks.passed import offsets_passed

LIMITS: Final = pl.Schema({"log_partition": pl.Int32(), "limit": pl.Int64()})


def limits(cells: TableFiles, known: Iterable[int]) -> Mapping[int, int]:
    """Partition of the log → the offset up to which game_sample_cells has the sessions of game_events."""
    return dict.fromkeys(known, 0) if cells.version < 0 else offsets_passed(cells.table, STREAM.name, known)


def partitions(events: TableFiles) -> range:
    """Those that game_events has rows of, and maybe more."""
    listing = events.listing()
    last = listing["max.log_partition"].max()
    if last is None:
        return range(0)
    assert isinstance(last, int), "of whole numbers"
    return range(last + 1)


def beyond(events: TableFiles, passed: Mapping[int, int]) -> pl.DataFrame:
    """SESSION and `rows`: the sessions of events at or beyond these offsets, and how many each has there."""
    if not passed:
        return pl.DataFrame(schema={**dict.fromkeys(SESSION, pl.String()), "rows": pl.UInt32()})
    listing = events.listing().filter((pl.col("max.log_offset") >= min(passed.values())).fill_null(value=True))
    limit = pl.LazyFrame(list(passed.items()), LIMITS, orient="row")
    rows = events.scan(listing["path"].to_list()).select(*SESSION, "log_partition", "log_offset")
    new = rows.join(limit, on="log_partition").filter(pl.col("log_offset") >= pl.col("limit"))
    return new.group_by(SESSION).agg(pl.len().alias("rows")).collect(engine="streaming")
