"""Settling: what has been quiet long enough goes from session states into one row per session and per cube cell.

Guarantee: safe beside the flow's appends and after a kill at any point; every session is counted once at all times
by a reader that takes cells, the sessions version they were made from, and states, in the order states → cells.

1. media_sessions    new rows in, the re-opened sessions' old rows out, in one commit
2. media_session_cells    the touched hours again from the rows; the commit notes the sessions version
3. media_session_states   what 1 and 2 have taken over, and superseded revisions, out

A state goes only after cells with it are there; a run that died before 2 or 3 is finished by the next.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from schemas.media.cells import MEDIA_SESSION_CELLS
from schemas.media.sessions import MEDIA_SESSION_STATES, MEDIA_SESSIONS, SESSION_KEY
from sinks.files import TableFiles
from sinks.followed import FollowedFiles
from sinks.location import Location
from sinks.media.cells import cells_of
from sinks.media.options import SettleOptions
from sinks.media.status import status
from sinks.media.whole import newest, uncovered
from sinks.reader import TableReader
from sinks.settling import Settled

TABLES = (MEDIA_SESSION_STATES, MEDIA_SESSIONS, MEDIA_SESSION_CELLS)

CELLS = MEDIA_SESSIONS.name
"""Application in media_session_cells; its version is that of media_sessions that the cells were made from."""


@dataclass(frozen=True)
class SettleTables:
    """The three tables of settling."""

    states: TableFiles
    sessions: TableFiles
    cells: TableFiles

    @classmethod
    def open(cls, location: Location) -> "SettleTables":
        """The tables at a location, made where they are missing."""
        return cls(*(TableFiles.open(location, table) for table in TABLES))

    @classmethod
    def reading(cls, location: Location) -> "SettleTables":
        """The tables as readers see them, who make none."""
        return cls(*(FollowedFiles.reading(location, table) for table in TABLES))

    def refresh(self) -> None:
        """All to their newest versions."""
        for table in (self.states, self.sessions, self.cells):
            table.refresh()


def settle_at(location: Location, as_of: datetime, now: datetime, options: SettleOptions) -> Settled:
    """One run over the tables at a location, made where they are missing."""
    return settle(SettleTables.open(location), as_of, now, options)


def needed(tables: TableReader) -> dict[str, int]:
    """The version of media_sessions that the cells were made from: a query reads it, and the next settling."""
    if tables.version(MEDIA_SESSION_CELLS.name) is None:
        return {}
    made_from = tables.table(MEDIA_SESSION_CELLS.name).transaction_version(CELLS)
    return {} if made_from is None else {MEDIA_SESSIONS.name: made_from}


def settle(tables: SettleTables, as_of: datetime, now: datetime, options: SettleOptions) -> Settled:
    """One run. `as_of` is the media flow's watermark; raises ExchangeRaced if another process settles too."""
    tables.refresh()
    files = tables.states.listing()["path"].to_list()
    states = newest(tables.states.scan(files)).collect()
    quiet = states.filter(_quiet(as_of, now, options))
    earlier = earlier_rows(tables.sessions, quiet)
    fresh = uncovered(quiet, earlier)
    reopened = earlier.join(fresh, on=SESSION_KEY, how="semi")
    _settle_sessions(tables.sessions, fresh, reopened, as_of)
    refresh_cells(tables.cells, tables.sessions)
    removed, kept = _prune(tables.states, files, states, quiet)
    return Settled(fresh.height, reopened.height, removed, kept)


def earlier_rows(sessions: TableFiles, states: pl.DataFrame) -> pl.DataFrame:
    """The settled rows of these sessions, whatever their revision.

    A session's fold only grows: its settled row began no earlier than its newest state, so older files are skipped.
    """
    if states.is_empty():
        return pl.DataFrame(schema=MEDIA_SESSIONS.schema)
    listing = sessions.listing().filter(pl.col("max.first_event_at") >= states["first_event_at"].min())
    ids = pl.lit(states["session_id"].unique().implode())
    rows = sessions.scan(listing["path"].to_list()).filter(pl.col("session_id").is_in(ids))
    return rows.join(states.lazy().select(SESSION_KEY), on=SESSION_KEY, how="semi").collect()


def _quiet(as_of: datetime, now: datetime, options: SettleOptions) -> pl.Expr:
    silent = pl.col("last_event_at") < as_of - timedelta(minutes=options.settle_quiet_minutes)
    return silent & (pl.col("last_received_at") < now - timedelta(minutes=options.settle_received_minutes))


def _settle_sessions(sessions: TableFiles, fresh: pl.DataFrame, old: pl.DataFrame, as_of: datetime) -> None:
    if fresh.is_empty():
        return
    rows = fresh.with_columns(status(as_of), pl.col("first_event_at").dt.date().alias("start_date"))
    touched = _files_with(sessions, old)
    kept = sessions.scan(touched).join(old.lazy().select(SESSION_KEY), on=SESSION_KEY, how="anti").collect()
    rows = pl.concat([kept, rows.select(MEDIA_SESSIONS.schema.names())])
    sessions.exchange(touched, rows, {})


def _files_with(sessions: TableFiles, rows: pl.DataFrame) -> list[str]:
    """The files of media_sessions that hold one of these settled rows."""
    days = sessions.listing().join(rows.select("start_date"), on="start_date", how="semi")
    if rows.is_empty():
        return []
    sought = rows.lazy().select(SESSION_KEY)
    paths: list[str] = days["path"].to_list()
    found = (sessions.scan([path]).join(sought, on=SESSION_KEY, how="semi").select(pl.len()) for path in paths)
    return [path for path, count in zip(paths, pl.collect_all(found), strict=True) if count.item()]


def refresh_cells(cells: TableFiles, sessions: TableFiles) -> None:
    """Makes the cells of the hours whose sessions files changed again; does nothing when none did."""
    made_from = cells.transaction(CELLS)
    if made_from == sessions.version:
        return
    now = sessions.listing()
    before = sessions.at(made_from).listing() if made_from >= 0 else now.clear()
    added, removed = now.join(before, on="path", how="anti"), before.join(now, on="path", how="anti")
    if added.is_empty() and removed.is_empty():
        return
    touched = _touched_hours(sessions, now, added, removed)
    rows = sessions.scan(now.join(touched, on="start_date", how="semi")["path"].to_list())
    fresh = cells_of(rows.filter(_hour().is_in(pl.lit(touched["hour"].implode()))).collect())
    stale = cells.listing().join(touched, on="start_date", how="semi")["path"].to_list()
    kept = cells.scan(stale).join(touched.lazy(), on="hour", how="anti").collect()
    cells.exchange(stale, pl.concat([kept, fresh]), {CELLS: sessions.version})


def _hour() -> pl.Expr:
    return pl.col("first_event_at").dt.truncate("1h").alias("hour")


def _touched_hours(sessions: TableFiles, now: pl.DataFrame, added: pl.DataFrame, removed: pl.DataFrame) -> pl.DataFrame:
    """The hours (with their start_date) of the sessions in files that came; all hours of a day that lost a file.

    A file that went may be vacuumed already, so which of its hours are now empty is not read from it.
    """
    days = removed.select("start_date").unique()
    whole = days.join(pl.DataFrame({"of_day": range(24)}), how="cross").select(
        "start_date", hour=pl.col("start_date").cast(pl.Datetime("us")).dt.replace_time_zone("UTC") + _hours("of_day")
    )
    rows = sessions.scan(added["path"].to_list()).select("start_date", _hour()).unique().collect()
    return pl.concat([whole, rows.join(days, on="start_date", how="anti")])


def _hours(name: str) -> pl.Expr:
    return pl.duration(hours=pl.col(name), time_unit="us")


def _prune(states: TableFiles, files: list[str], latest: pl.DataFrame, quiet: pl.DataFrame) -> tuple[int, int]:
    """Exchanges the files of this run's snapshot for the states that still count; what came since is not touched."""
    stays = latest.join(quiet, on=SESSION_KEY, how="anti").select(*SESSION_KEY, "revision")
    rows = states.scan(files)
    before = rows.select(pl.len()).collect().item()
    if before == stays.height and len(files) <= stays.height:
        return 0, before
    kept = rows.join(stays.lazy(), on=[*SESSION_KEY, "revision"], how="semi").collect()
    kept = kept.unique([*SESSION_KEY, "revision"], keep="any")
    states.exchange(files, kept, {}, upkeep=True)
    return before - kept.height, kept.height
