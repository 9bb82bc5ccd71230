"""Takes out of a stream's tables what people's consent does not allow any more, beside the stream's flow.

Guarantee: the row, its decision and the count change in one commit, as do a session's rows in each derived table; what
a flow appends meanwhile stays, and is decided by the flow. A run that dies is finished by the next: derived rows go
first, then the flow is asked for what is left of their sessions, and the rows that say which they are go last. To ask
twice does no harm, and the flow decides each row itself, so it does not matter whether they are gone when it does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from schemas.shared.columns import TIMESTAMP
from schemas.shared.consent_rules import LOWERED, effective_level
from schemas.shared.stream import Stream
from sinks.files import ExchangeRaced, TableFiles
from sinks.location import Location

PERSON = ("tenant", "subject")
SESSION = (*PERSON, "session_id")
RECORDS = pl.Schema([*((name, pl.String()) for name in PERSON), ("effective_at", TIMESTAMP), ("recorded", pl.Int64())])
"""What people allow from a time on; one row a person and time."""
PLACE = ("log_partition", "log_offset", "log_item")
MOST_TRIES = 5
STATISTICS_CUT = timedelta(milliseconds=1)
"""A table's log has times to the millisecond."""


Ask = Callable[[pl.DataFrame], None]
"""Asks a stream's flow to fold sessions again; one row each, in the columns that the stream declares as `folded`."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What a run did: rows that went, rows whose level is lower now, sessions that left the derived tables."""

    rows: int = 0
    lowered: int = 0
    sessions: int = 0


def application(stream: str) -> str:
    """Under which a primary table notes how many rows were taken out of it for want of consent."""
    return f"withdrawn/{stream}"


def withdraw(location: Location, stream: Stream, records: pl.DataFrame, since: datetime, ask: Ask) -> Withdrawn:
    """Decides the stored rows of these people again that happened from `since` on.

    `records` (RECORDS) are all records of each person, whatever they are since. `ask` is called for a stream that folds
    sessions, with those that lose a row.

    Raises:
        ExchangeRaced: other upkeep kept changing a table; the next run finishes it.
        TablesUnavailable: the storage refused.
    """
    if not location.exists(stream.primary.name):
        return Withdrawn()
    files = TableFiles.open(location, stream.primary)
    touched = _touched_sessions(files, stream, records, since)
    if touched.height:
        for table in (*stream.derived_tables, *stream.settled_tables):
            if set(touched.columns) <= set(table.schema) and location.exists(table.name):
                _without_sessions(TableFiles.open(location, table), touched)
        if stream.folded:
            ask(touched)
    rows, lowered = _decided_again(files, stream, records, since)
    return Withdrawn(rows, lowered, touched.height)


def decided(rows: pl.LazyFrame, records: pl.DataFrame, session: Sequence[str] = SESSION) -> pl.LazyFrame:
    """PERSON, PLACE, session, level and `recorded` of each row: the newest record's level by then, null without one."""
    needed = rows.select(*session, *PLACE, "occurred_at", "consent_level").sort("occurred_at")
    newest = records.lazy().sort("effective_at")
    return needed.join_asof(
        newest, left_on="occurred_at", right_on="effective_at", by=PERSON, strategy="backward", check_sortedness=False
    )


def _touched_sessions(files: TableFiles, stream: Stream, records: pl.DataFrame, since: datetime) -> pl.DataFrame:
    """The sessions of rows that must go, by what names them."""
    key = stream.folded or SESSION
    found = [
        _theirs(files, path, records, since, key).filter(_goes(stream)).select(key).unique().collect()
        for path in _paths(files, since)
    ]
    return pl.concat([pl.DataFrame(schema=dict.fromkeys(key, pl.String)), *found]).unique()


def _goes(stream: Stream) -> pl.Expr:
    return pl.col("recorded") < stream.consent_level


def _less(stream: Stream) -> pl.Expr:
    return pl.col("recorded").is_between(stream.consent_level, pl.col("consent_level") - 1)


def _paths(files: TableFiles, since: datetime) -> list[str]:
    """The files that can have rows from then on."""
    reaches = pl.col("max.occurred_at") >= since - STATISTICS_CUT
    paths: list[str] = files.listing().filter(reaches.fill_null(True))["path"].to_list()
    return paths


def _theirs(
    files: TableFiles, path: str, records: pl.DataFrame, since: datetime, session: Sequence[str] = SESSION
) -> pl.LazyFrame:
    """These people's rows of a file from then on, decided."""
    people = records.lazy().select(PERSON).unique()
    rows = files.scan([path]).filter(pl.col("occurred_at") >= since).join(people, on=PERSON, how="semi")
    return decided(rows, records, session)


def _decided_again(files: TableFiles, stream: Stream, records: pl.DataFrame, since: datetime) -> tuple[int, int]:
    """File by file, each in one commit with its count; how many rows went and how many are at a lower level now."""
    gone = lowered = 0
    # an exchange of one file changes no other
    for path in _paths(files, since):
        mine = _theirs(files, path, records, since).collect()
        goes, less = mine.filter(_goes(stream)), mine.filter(_less(stream))
        if goes.height or less.height:
            gone, lowered = gone + goes.height, lowered + less.height
            _exchange(files, path, goes, less, application(stream.name))
    return gone, lowered


def _exchange(files: TableFiles, path: str, goes: pl.DataFrame, less: pl.DataFrame, counted: str) -> None:
    rows = files.scan([path]).join(goes.lazy(), on=PLACE, how="anti", nulls_equal=True)
    levels = less.lazy().select(*PLACE, "recorded")
    lowered = pl.col("recorded").is_not_null()
    again = rows.join(levels, on=PLACE, how="left", nulls_equal=True).with_columns(
        consent_level=effective_level(pl.col("consent_level"), pl.col("recorded")),
        consent_source=pl.when(lowered).then(pl.lit("record")).otherwise("consent_source"),
        decision_reason=pl.when(lowered).then(pl.lit(LOWERED)).otherwise("decision_reason"),
    )
    noted = {counted: max(0, files.transaction(counted)) + goes.height}
    files.exchange([path], again.drop("recorded").collect(), noted)


def _without_sessions(files: TableFiles, sessions: pl.DataFrame) -> None:
    """Takes the sessions' rows out; commits also where there are none, so that settling beside it begins again."""
    for attempt in range(1, MOST_TRIES + 1):
        files.refresh()
        try:
            _exchange_sessions(files, sessions)
        except ExchangeRaced:
            if attempt == MOST_TRIES:
                raise
        else:
            return


def _exchange_sessions(files: TableFiles, sessions: pl.DataFrame) -> None:
    theirs = sessions.lazy()
    paths = files.listing()["path"].to_list()
    counts = [files.scan([path]).join(theirs, on=sessions.columns, how="semi").select(pl.len()) for path in paths]
    having = [path for path, count in zip(paths, pl.collect_all(counts), strict=True) if count.item()]
    stay = files.scan(having).join(theirs, on=sessions.columns, how="anti").collect()
    files.exchange(having, stay, {})
