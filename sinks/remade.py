"""Derived tables whose rows add up, made again for some sessions from what is left of them in the primary table.

A stream declares in `sinks.<stream>` as REMADE, by table, how its primary rows come to the table's.

Guarantee: beside the stream's flow no row counts twice or never. A flow commits a derived table before the primary one,
each with the offsets that it has passed; so a version of the derived table is made of the primary rows below the
offsets noted in it, and of no others. Just these rows are measured again, and just the files of that version are
exchanged. What the flow appends meanwhile is made of rows beyond these offsets, and stays.

A table that settling makes of primary rows could be made of rows that are about to go, until they are gone. So its
stream declares in `sinks.<stream>`, by table, what makes people's rows again once more after that:

    AFTERWARDS  an `Afterwards`
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl
from tenacity import Retrying, retry_if_exception_type, stop_after_delay
from tenacity.wait import wait_fixed

from schemas.shared.columns import Table
from schemas.shared.discovery import declared_in
from schemas.shared.faults import Transient
from schemas.shared.stream import Stream
from sinks.decided import BY_SESSION, Key
from sinks.files import ExchangeRaced, TableFiles
from sinks.location import Location
from sinks.passed import offsets_passed
from sinks.table import shaped

MOST_TRIES = 5
PATIENCE_SECONDS = 10.0
WAIT_SECONDS = 0.1


Stays = Callable[[TableFiles, str, pl.DataFrame], pl.DataFrame]
"""What stays, and as what, of some rows of a file of the primary table."""

Afterwards = Callable[[Location, pl.DataFrame, Sequence[int]], None]
"""Makes the rows of people (tenant, subject) again; commits whatever there is, so that settling beside it begins again.

Takes the partitions of the log. To do it twice changes nothing more.
"""

Again = Callable[[TableFiles], pl.DataFrame]
"""What sessions, or whatever a table's rows are of, have in it instead of what they had at the version of its files."""


class FlowBetween(Transient):
    """A flow has written a derived table of a commit and not the primary one yet, or died there."""


@dataclass(frozen=True, slots=True)
class Remade:
    """How primary rows of any sessions come to a table's: those of a `part` of them, and several parts' `merged`.

    A table that does not say whose its rows are has another `key`, and is made again for those that are touched. One
    that is made of another derived table as well, which is right by then, says `beside` how its rows come of all the
    primary rows of sessions together.
    """

    part: Callable[[pl.DataFrame], pl.DataFrame]
    merged: Callable[[pl.DataFrame], pl.DataFrame]
    key: Key = field(default_factory=lambda: BY_SESSION)
    beside: Callable[[Location, pl.DataFrame], pl.DataFrame] | None = None


def remade(table: str) -> Remade | None:
    """How a table's rows are made again; None for a table whose stream declares nothing of the kind."""
    found: Mapping[str, Remade] = {
        name: how for tables in declared_in("sinks", "REMADE").values() for name, how in tables.items()
    }
    return found.get(table)


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of keys in a stream's primary table, once its rows went or changed as `stays` says."""

    location: Location
    stream: Stream
    stays: Stays
    keys: pl.DataFrame
    partitions: Sequence[int]

    def made(self, how: Remade, files: TableFiles) -> pl.DataFrame:
        """A derived table's rows of the keys, as far as its flow has come at the version of its files.

        Raises:
            FlowBetween: the primary table does not come as far; the flow has to be there to finish it.
        """
        passed = self._passed(files)
        primary = self._beyond(passed)
        rows = self._rows(primary, passed, how.key)
        if how.beside is None:
            return _together(how, files.declared, rows)
        every = pl.concat([pl.DataFrame(schema=primary.declared.schema), *rows])
        return shaped(how.beside(self.location, every), files.declared)

    def _passed(self, files: TableFiles) -> Mapping[int, int]:
        return offsets_passed(files.table, self.stream.name, self.partitions)

    def _beyond(self, passed: Mapping[int, int]) -> TableFiles:
        """The primary table at a version that has all rows below these offsets."""
        files = TableFiles.open(self.location, self.stream.primary)
        patient = Retrying(
            retry=retry_if_exception_type(FlowBetween),
            wait=wait_fixed(WAIT_SECONDS),
            stop=stop_after_delay(PATIENCE_SECONDS),
            reraise=True,
        )
        patient(self._reach, files, passed)
        return files

    def _reach(self, files: TableFiles, passed: Mapping[int, int]) -> None:
        files.refresh()
        stands = self._passed(files)
        if any(stands[partition] < offset for partition, offset in passed.items()):
            name = files.declared.name
            raise FlowBetween(f"table {name} lacks rows that derived ones have: start flow {self.stream.name}")

    def _rows(self, primary: TableFiles, passed: Mapping[int, int], key: Key) -> Iterator[pl.DataFrame]:
        """The keys' rows below these offsets, file by file."""
        limits = pl.DataFrame(list(passed.items()), schema={"log_partition": pl.Int32, "limit": pl.Int64}, orient="row")
        near = [of_row.is_in(self.keys[name].unique().implode()) for name, of_row in key.items()]
        for path in primary.listing()["path"]:
            keyed = primary.scan([path]).filter(near).with_columns(**key)
            theirs = keyed.join(self.keys.lazy(), on=list(key), how="semi").select(primary.declared.schema.names())
            below = theirs.join(limits.lazy(), on="log_partition").filter(pl.col("log_offset") < pl.col("limit"))
            rows = below.drop("limit").collect()
            if rows.height:
                yield self.stays(primary, path, rows)


def afterwards_of(stream: Stream) -> Sequence[Afterwards]:
    """What is to be called once a stream's primary table is without what goes."""
    declared = [of_table for tables in declared_in("sinks", "AFTERWARDS").values() for of_table in tables.items()]
    return [afterwards for table, afterwards in declared if table in {each.name for each in stream.tables}]


def _together(how: Remade, table: Table, rows: Iterator[pl.DataFrame]) -> pl.DataFrame:
    parts = [how.part(each) for each in rows if each.height]
    return shaped(how.merged(pl.concat(parts, how="diagonal")), table) if parts else pl.DataFrame(schema=table.schema)


def change_rows(files: TableFiles, keys: pl.DataFrame, again: Again) -> None:
    """Exchanges the rows of keys; commits also where there are none, so that settling beside it begins again."""
    for attempt in range(1, MOST_TRIES + 1):
        files.refresh()
        try:
            _exchange_rows(files, keys, again(files))
        except ExchangeRaced:
            if attempt == MOST_TRIES:
                raise
        else:
            return


def _exchange_rows(files: TableFiles, keys: pl.DataFrame, again: pl.DataFrame) -> None:
    theirs = keys.lazy()
    paths = files.listing()["path"].to_list()
    counts = [files.scan([path]).join(theirs, on=keys.columns, how="semi").select(pl.len()) for path in paths]
    having = [path for path, count in zip(paths, pl.collect_all(counts), strict=True) if count.item()]
    stay = files.scan(having).join(theirs, on=keys.columns, how="anti").collect()
    files.exchange(having, pl.concat([stay, again]), {})
