"""The cells of samples whole: settled ones, and those of the sessions that something came of since, as of now."""

from datetime import datetime

import polars as pl

from schemas.game.cells import GAME_SAMPLE_CELLS, SESSION
from schemas.game.events import STREAM
from schemas.shared.columns import Table
from sinks.game.samples import EVENTS, naming, no_cells, sample_cells, travels
from sinks.game.tail import LIMITS
from sinks.reader import TableReader


def whole_sample_cells(reader: TableReader, at: datetime) -> pl.LazyFrame:
    """In the columns of game_sample_cells, of all organisations; the tail is worked out at once."""
    settled, events = reader.rows(GAME_SAMPLE_CELLS), reader.rows(EVENTS)
    tail = _tail(reader, events)
    theirs = events.join(tail.lazy(), on=SESSION, how="semi")
    told, levels = pl.collect_all([travels(theirs), naming(theirs)])

    def rows(table: Table, since: datetime, until: datetime) -> pl.LazyFrame:
        return reader.rows(table).filter(pl.col("occurred_at").is_between(since, until))

    newest = pl.concat([no_cells(), *sample_cells(rows, told, levels)])
    return pl.concat([settled.join(tail.lazy(), on=SESSION, how="anti"), newest.lazy()])


def _tail(reader: TableReader, events: pl.LazyFrame) -> pl.DataFrame:
    """SESSION of those with events beyond what the settled cells have."""
    known = events.select(pl.col("log_partition").unique()).collect().to_series().to_list()
    settled = reader.version(GAME_SAMPLE_CELLS.name) is not None
    passed = reader.offsets(GAME_SAMPLE_CELLS.name, STREAM.name, known) if settled else dict.fromkeys(known, 0)
    limit = pl.LazyFrame(list(passed.items()), LIMITS, orient="row")
    new = events.join(limit, on="log_partition").filter(pl.col("log_offset") >= pl.col("limit"))
    return new.select(SESSION).unique().collect(engine="streaming")
