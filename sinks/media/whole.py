"""Media sessions whole: settled rows, and the newest state of every session that none of them covers."""

from datetime import datetime
from typing import TypeVar

import polars as pl

from schemas.media.sessions import MEDIA_SESSION_STATES, MEDIA_SESSIONS, SESSION_KEY
from sinks.media.status import status
from sinks.reader import TableReader

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)

EVERY = pl.lit(True)


def newest(states: Frame) -> Frame:
    """Of every session its newest state."""
    return states.sort("revision").unique(SESSION_KEY, keep="last")


def uncovered(newest_states: Frame, settled: Frame) -> Frame:
    """The states, one a session, that no settled row covers: unsettled sessions, and re-opened ones."""
    revisions = settled.select(*SESSION_KEY, settled_revision="revision")
    covers = pl.col("settled_revision") >= pl.col("revision")
    joined = newest_states.join(revisions, on=SESSION_KEY, how="left")
    return joined.filter(~covers.fill_null(False)).drop("settled_revision")


def whole(reader: TableReader, at: datetime, where: pl.Expr = EVERY) -> pl.LazyFrame:
    """One row a session for which `where` holds, with its status at `at`; the columns are those of media_sessions."""
    # states are looked at first: a session that is settled in between is then in both, and counted once
    states = reader.rows(MEDIA_SESSION_STATES).filter(where)
    return sessions(reader.rows(MEDIA_SESSIONS).filter(where), states, at)


def sessions(settled: pl.LazyFrame, states: pl.LazyFrame, at: datetime) -> pl.LazyFrame:
    """The same of given rows and states; start_date is the day of the first event."""
    names = MEDIA_SESSIONS.schema.names()
    started = pl.col("first_event_at").dt.date().alias("start_date")
    unsettled = uncovered(newest(states), settled).with_columns(status(at), started).select(names)
    return pl.concat([settled.select(names).join(unsettled, on=SESSION_KEY, how="anti"), unsettled])
