"""Tables as analysts read them: a LazyFrame, media sessions whether settled or not."""

import warnings
from datetime import UTC, datetime
from os import PathLike

import polars as pl

from kinelake.catalogue import declared
from kinelake.faults import UnknownSettingWarning
from kinelake.settings import load
from schemas.media.sessions import MEDIA_SESSION_STATES, MEDIA_SESSIONS, SESSION_KEY
from schemas.shared.columns import Table
from schemas.shared.defaults import filled
from schemas.shared.stream import streams
from sinks.location import Location
from sinks.media.status import status
from sinks.reader import TableReader


def view(table: str, data: str | PathLike[str] | None) -> pl.LazyFrame:
    """See `kinelake.open`."""
    settings = load({"data": None if data is None else str(data)}, unknown=_warned).settings
    location = Location(settings.tables_url)
    reader = TableReader(location)
    stream = next((stream for stream in streams().values() if stream.primary.name == table), None)
    if stream is not None:
        return filled(reader.scan(table), stream)
    if declared(table) is not MEDIA_SESSIONS:
        return reader.scan(table)
    states = _widened(reader.scan(MEDIA_SESSION_STATES.name), MEDIA_SESSION_STATES)
    # states are looked at first: a session that is settled in between is then in both, and counted once
    settled = reader.scan(table) if location.exists(table) else pl.LazyFrame(schema=MEDIA_SESSIONS.schema)
    return sessions(_widened(settled, MEDIA_SESSIONS), states, datetime.now(UTC))


def _widened(rows: pl.LazyFrame, table: Table) -> pl.LazyFrame:
    """The rows with the columns that a table of an earlier version lacks, null."""
    there = rows.collect_schema().names()
    missing = {name: pl.lit(None, dtype) for name, dtype in table.schema.items() if name not in there}
    return rows.with_columns(**missing)


def _warned(unknown: str) -> None:
    # the caller of `kinelake.open` is who can mend it: over load, _known, view and open itself
    warnings.warn(f"{unknown}; it is not in force", UnknownSettingWarning, stacklevel=7)


def sessions(settled: pl.LazyFrame, states: pl.LazyFrame, at: datetime) -> pl.LazyFrame:
    """One row a session: the settled row, or the newest state where that is newer, with its status at `at`.

    Columns are those of media_sessions; start_date is the day of the first event.
    """
    newest = states.sort("revision").unique(SESSION_KEY, keep="last", maintain_order=True)
    revisions = settled.select(*SESSION_KEY, settled_revision="revision")
    unsettled = (
        newest.join(revisions, on=SESSION_KEY, how="left")
        .filter(pl.col("settled_revision").is_null() | (pl.col("revision") > pl.col("settled_revision")))
        .with_columns(status(at), start_date=pl.col("first_event_at").dt.date())
        .select(MEDIA_SESSIONS.schema.names())
    )
    kept = settled.select(MEDIA_SESSIONS.schema.names()).join(unsettled, on=SESSION_KEY, how="anti")
    return pl.concat([kept, unsettled])
