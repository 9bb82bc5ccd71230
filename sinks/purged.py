"""What came with a public write key, out of a stream's tables: how its rows are told, and what is made of them undone.

Tables go as `sinks.withdrawn` has it. What a stream makes of sessions that says of none of them, it declares in
`sinks.<stream>` by table:

    PURGED  what rows with these sums are to be added, so that it is as if the rows that go had never been

Guarantee: each purge once. What is added lies in one commit that notes the purge, and it is there before the first row
goes that says what it is; so a run that dies is finished by the next, and to do it twice changes nothing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import polars as pl

from schemas.shared.columns import Table
from schemas.shared.dead_letters import DEAD_LETTERS
from schemas.shared.discovery import declared_in
from schemas.shared.scopes import INGEST_KEY
from schemas.shared.stream import Stream
from sinks.decided import BY_SESSION, PERSON, PLACE, Key
from sinks.erased import GoOn, change_files, persistently
from sinks.erased_letters import says
from sinks.files import TableFiles
from sinks.location import Location
from sinks.table import shaped
from sinks.withdrawn import Ask, withdraw

SESSIONS_AT_ONCE = 10_000
"""So many sessions are in memory with all their rows."""


def application(stream: str) -> str:
    """Under which a table notes how many of a stream's items purges took out of it."""
    return f"purged/{stream}"


@dataclass(frozen=True, slots=True)
class Purge:
    """The verdict on a stream's rows that came with a write key: they go. `number` is that of its tombstone."""

    stream: Stream
    tenant: str
    ingest_key: str
    number: int

    @property
    def counted(self) -> str:
        """Rows that were purged."""
        return application(self.stream.name)

    @property
    def people(self) -> pl.DataFrame:
        """Nobody: of streams with write keys nothing is due AFTERWARDS."""
        return pl.DataFrame(schema=dict.fromkeys(PERSON, pl.String))

    @property
    def goes(self) -> pl.Expr:
        """All of them."""
        return pl.lit(value=True)

    @property
    def came(self) -> pl.Expr:
        """Whether a row came with it."""
        return (pl.col("tenant") == self.tenant) & pl.col(INGEST_KEY).eq_missing(pl.lit(self.ingest_key))

    def paths(self, files: TableFiles) -> list[str]:
        """Those with rows of the organisation."""
        theirs = (pl.col("min.tenant") <= self.tenant) & (pl.col("max.tenant") >= self.tenant)
        paths: list[str] = files.listing().filter(theirs.fill_null(value=True))["path"].to_list()
        return paths

    def rows(self, files: TableFiles, path: str, key: Key = BY_SESSION) -> pl.LazyFrame:
        """Those of a file: PERSON, `key` and PLACE."""
        named = {name: pl.col(name) for name in PERSON} | dict(key)
        return files.scan([path]).filter(self.came).select(*PLACE, **named)

    def stays(self, files: TableFiles, path: str, rows: pl.DataFrame) -> pl.DataFrame:
        """Those of the rows that came otherwise."""
        return rows.filter(~self.came)

    def applied(self, rows: pl.LazyFrame, decided: pl.DataFrame) -> pl.LazyFrame:
        """The rows without those that were decided, or are made of them."""
        return rows.join(decided.lazy().select(PLACE), on=PLACE, how="anti", nulls_equal=True)


Added: TypeAlias = Callable[["Purging"], pl.DataFrame]
"""Rows for an aggregate that adds up: what it comes to without the rows that go, less what it came to with them."""


@dataclass(frozen=True, slots=True)
class Purging:
    """The rows of sessions that rows go of, all of which are in the primary table yet, up to a place on the log."""

    purge: Purge
    files: TableFiles
    below: Mapping[int, int]

    def sessions(self, key: Sequence[str]) -> Iterator[pl.DataFrame]:
        """All rows of some of these sessions after another, which are named by `key`, in the table's columns."""
        named = {name: pl.col(name) for name in key}
        paths = self.purge.paths(self.files)
        found = [self.purge.rows(self.files, path, named).select(key).unique().collect() for path in paths]
        touched = pl.concat([pl.DataFrame(schema=dict.fromkeys(key, pl.String)), *found]).unique().sort("session_id")
        places = {"log_partition": pl.Int32, "end": pl.Int64}
        limits = pl.DataFrame([*self.below.items()], schema=places, orient="row")
        for some in touched.iter_slices(SESSIONS_AT_ONCE):
            near = pl.col("session_id").is_between(pl.lit(some["session_id"][0]), pl.lit(some["session_id"][-1]))
            theirs = self.files.scan(paths).filter(near).join(some.lazy(), on=key, how="semi")
            passed = theirs.join(limits.lazy(), on="log_partition").filter(pl.col("log_offset") < pl.col("end"))
            yield passed.drop("end").collect()


def purge_stream(
    location: Location, purge: Purge, below: Mapping[int, int], partitions: Sequence[int], ask: Ask, go_on: GoOn
) -> None:
    """Takes what came with the key out of a stream's tables. `below` is what the flow had passed when it knew of it.

    Raises as `sinks.withdrawn.withdraw` does, whose other arguments these are.
    """
    stream = purge.stream
    if location.exists(stream.primary.name):
        purging = Purging(purge, TableFiles.open(location, stream.primary), below)
        for table in (*stream.derived_tables, *stream.settled_tables):
            if (added := _declared().get(table.name)) is not None and location.exists(table.name):
                go_on()
                _add(TableFiles.open(location, table), added, purging)
    withdraw(location, purge, partitions, ask, go_on)


def _declared() -> Mapping[str, Added]:
    found: Mapping[str, Any] = declared_in("sinks", "PURGED")
    return {name: added for tables in found.values() for name, added in tables.items()}


def _add(files: TableFiles, added: Added, purging: Purging) -> None:
    noted = f"purged/{purging.purge.number}"
    if files.transaction(noted) < 0:
        rows = shaped(added(purging), files.declared)
        persistently(files, lambda: files.exchange([], rows, {noted: 1}))


def taken_out(location: Location, keyed: Sequence[Stream]) -> dict[str, int]:
    """By table how many rows purges have taken out, each counted in the commit that took it: events, dead letters."""
    counted = {stream.primary.name: _counted(location, stream.primary, [stream]) for stream in keyed}
    return {**counted, DEAD_LETTERS.name: _counted(location, DEAD_LETTERS, keyed)}


def _counted(location: Location, table: Table, of: Sequence[Stream]) -> int:
    if not location.exists(table.name):
        return 0
    files = TableFiles.open(location, table)
    return sum(max(0, files.transaction(application(stream.name))) for stream in of)


def purge_letters(location: Location, tenant: str, ingest_key: str, go_on: GoOn) -> None:
    """Takes out the dead letters that came with a key. Raises as `sinks.erased.change_files` does."""
    if not location.exists(DEAD_LETTERS.name):
        return
    files, told = TableFiles.open(location, DEAD_LETTERS), says("tenant", tenant) & says(INGEST_KEY, ingest_key)
    change_files(
        files,
        lambda: files.listing()["path"].to_list(),
        lambda rows: rows.filter(told).with_columns(erasure=pl.lit(0, pl.Int64)),
        lambda rows, going: rows.join(going, on="row", how="anti"),
        go_on,
        lambda going: {application(name): count for name, count in going.group_by("stream").len().iter_rows()},
    )
