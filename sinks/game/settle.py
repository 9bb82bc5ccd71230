"""Settling: the cells of samples are made for sessions that something came of, and those of events put together.

The unit is the session: its cells are made of all that is there of it, so it does not matter what came late, in which
order, or named a level afterwards. game_sample_cells notes up to which offsets of the log it has the sessions of
game_events. A session with anything beyond is read from rows, whatever cells it has.

Guarantee: safe beside the flow's appends, erasures and after a kill at any point. Some sessions at a time are
exchanged, and the offsets are noted after the last of them; until then all of these sessions lie beyond, and are made
again. Who takes rows out of game_samples or game_events exchanges these cells afterwards: what was made of those rows
was there before and is made again, or fails to commit.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache

import polars as pl

from schemas.game.cells import GAME_EVENT_CELLS, GAME_SAMPLE_CELLS, SESSION
from schemas.game.events import STREAM
from schemas.shared.columns import Table
from sinks.files import EXCHANGES, ExchangeRaced, TableFiles
from sinks.game.cells import merged_event_cells
from sinks.game.event_files import EventFiles
from sinks.game.options import GameOptions
from sinks.game.samples import Rows, naming, no_cells, sample_cells, travels
from sinks.game.tail import limits
from sinks.location import Location
from sinks.merged_days import merge_days
from sinks.passed import application
from sinks.settling import Settled

CUT = timedelta(milliseconds=1)
"""A table's log has times to the millisecond."""
SETTLED_AT = "settled/minutes"
"""Application that notes in game_sample_cells the watermark of the last run, in whole minutes since 1970."""


def settle_at(location: Location, as_of: datetime, now: datetime, options: GameOptions) -> Settled:
    """One run over the tables, made where they are missing. Raises ExchangeRaced if another process settles too."""
    merged = merge_days(
        location,
        ((GAME_EVENT_CELLS, merged_event_cells),),
        (as_of - timedelta(days=options.game_merge_after_days)).date(),
    )
    # the cells first: who takes rows out exchanges them afterwards, which ends this run
    cells = TableFiles.open(location, GAME_SAMPLE_CELLS)
    minutes = int(as_of.timestamp()) // 60
    if minutes - cells.transaction(SETTLED_AT) < options.game_settle_minutes:
        return merged
    rows, sessions = _settle(location, cells, minutes)
    return Settled(merged.rows + rows, sessions, merged.states_removed, merged.states_kept)


def _settle(location: Location, cells: TableFiles, minutes: int) -> tuple[int, int]:
    """How many rows and sessions were made."""
    events = _events(location)
    events.refresh()
    passed = events.passed()
    before = limits(cells, passed)
    behind = {partition: offset for partition, offset in before.items() if offset < passed[partition]}
    if not behind:
        return 0, 0
    new = events.beyond(behind)
    made, exchanged = 0, cells.transaction(EXCHANGES)
    for rows in _cells(location, events, new):
        exchange_sessions(cells, rows)
        made, exchanged = made + rows.height, exchanged + 1
        if cells.transaction(EXCHANGES) != exchanged:
            raise ExchangeRaced("sessions of game_sample_cells were made again meanwhile; run it again")
    noted = {application(STREAM.name, partition): offset for partition, offset in passed.items()}
    cells.exchange([], no_cells(), {**noted, SETTLED_AT: minutes})
    return made, new.height


@lru_cache(1)
def _events(location: Location) -> EventFiles:
    """Kept by the worker, so that a run looks only through what has come since the one before."""
    return EventFiles(TableFiles.open(location, STREAM.primary))


def _cells(location: Location, events: EventFiles, sessions: pl.DataFrame) -> Iterator[pl.DataFrame]:
    theirs = events.of(sessions)
    told, levels = pl.collect_all([travels(theirs), naming(theirs)])
    return sample_cells(reading(location), told, levels)


def reading(location: Location) -> Rows:
    """The rows of tables at their newest versions, of all organisations."""

    def rows(table: Table, since: datetime, until: datetime) -> pl.LazyFrame:
        files = TableFiles.reading(location, table)
        reaching = (pl.col("max.occurred_at") >= since - CUT) & (pl.col("min.occurred_at") <= until)
        paths = files.listing().filter(reaching.fill_null(value=True))["path"].to_list()
        return files.scan(paths).filter(pl.col("occurred_at").is_between(since, until))

    return rows


def exchange_sessions(cells: TableFiles, rows: pl.DataFrame) -> None:
    """Rows of game_sample_cells instead of all that the table has of their sessions."""
    days = cells.listing().join(rows.select(cells.partition).unique(), on=cells.partition, how="semi")
    sessions, paths = rows.lazy().select(SESSION).unique(), days["path"].to_list()
    counts = [cells.scan([path]).join(sessions, on=SESSION, how="semi").select(pl.len()) for path in paths]
    having = [path for path, count in zip(paths, pl.collect_all(counts), strict=True) if count.item()]
    stay = cells.scan(having).join(sessions, on=SESSION, how="anti").collect()
    cells.exchange(having, pl.concat([stay, rows]), {})
