"""A stream's tables without people who are erased: derived rows, aggregates, and at last the events themselves.

What becomes of what is made of the events is the stream's to declare in `sinks.<stream>`:

    REMADE      tables whose rows add up are made again for sessions that go on after the erasure (`sinks.remade`)
    REBUILT     aggregates that say of nobody are to be without what goes
    SCRUBBED    tables whose rows stay without the person, such as those of a chain
    AFTERWARDS  what settling makes of events is made again once more when they are gone (`sinks.remade`)

The flow of a stream that declares itself `folded` is asked to fold sessions again that go on.

Guarantee: the events go last of what they say is touched; so a run that dies is done again by the next, and to do it
twice does no harm.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import polars as pl

from schemas.shared.columns import Table
from schemas.shared.discovery import declared_in
from schemas.shared.stream import Stream
from sinks.decided import SESSION
from sinks.decided import withdrawn as taken_out
from sinks.erased import PERSON, Erasing, GoOn, Went, erase_rows, having
from sinks.files import TableFiles
from sinks.location import Location
from sinks.remade import Left, afterwards_of, change_rows, remade
from sinks.withdrawn import Ask


@dataclass(frozen=True)
class Leaving:
    """The events that are to go from a stream's primary table, while they are still there."""

    location: Location
    stream: Stream
    erasing: Erasing
    number: int
    """Rises from erasure to erasure: what a table notes of this one, it has had done to it."""
    files: TableFiles
    paths: Sequence[str]
    """Its files that have some."""
    partitions: Sequence[int]
    """Those of the log."""

    def going(self, *columns: str) -> pl.DataFrame:
        """They themselves, in these columns; in all, and with the number of their `erasure`, where none are named."""
        rows = self.files.scan(self.paths).with_row_index("row")
        found = self.erasing.going(self.stream.primary, rows)
        return found.select(columns or [*self.stream.primary.schema.names(), "erasure"]).collect()

    def staying(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Rows of the primary table without those that are to go."""
        return self.erasing.staying(self.stream.primary, rows)


Rebuild: TypeAlias = Callable[[Leaving], None]
"""Takes off an aggregate what rows that are to go have given to it; to call it again changes nothing more."""

Scrub: TypeAlias = Callable[[TableFiles, Erasing, GoOn], Went]
"""Takes the person from rows that stay."""


def application(stream: str) -> str:
    """Under which a table notes how many of a stream's items erasures took out of it."""
    return f"erased/{stream}"


def erase_stream(
    location: Location, stream: Stream, erasing: Erasing, number: int, partitions: Sequence[int], ask: Ask, go_on: GoOn
) -> Mapping[str, Went]:
    """Takes the people out of all tables of a stream; what went, by table. The flow must have passed what it decided
    before it knew of the erasures.

    Args:
        number: of the newest tombstone among them.
        partitions: those of the log.
        ask: called for a stream that folds sessions, with those of which events stay.
        go_on: called before every commit.

    Raises:
        ExchangeRaced: other upkeep kept changing a table; the next run finishes it.
        FlowBetween: a flow stands between two tables of a commit; the next run finds it further on.
        TablesUnavailable: the storage refused.
    """
    if not erasing.reaches(stream.primary) or not location.exists(stream.primary.name):
        return {}
    files = TableFiles.open(location, stream.primary)
    leaving = Leaving(location, stream, erasing, number, files, having(files, erasing.subjects), partitions)
    going_on = _going_on(leaving)
    if going_on.height and stream.folded and files.transaction(taken_out(stream.name)) < 0:
        go_on()
        # a flow that starts from now on knows that sessions may be in the primary table alone
        files.exchange([], files.scan([]).collect(), {taken_out(stream.name): 0})
    went = _derived(leaving, going_on, partitions, go_on)
    for rebuild in _declared("REBUILT", stream.tables):
        rebuild(leaving)
    if going_on.height and stream.folded:
        ask(going_on)
    went[stream.primary.name] = _primary(leaving, go_on)
    for afterwards in afterwards_of(stream):
        go_on()
        afterwards(location, erasing.people.select(PERSON).unique(), partitions)
    return went


def _going_on(leaving: Leaving) -> pl.DataFrame:
    """The sessions that lose events and keep some, by what names them."""
    key = list(leaving.stream.folded or SESSION)
    primary = leaving.stream.primary
    rows = leaving.erasing.theirs(primary, leaving.files.scan(leaving.paths)).select(*key, "goes").unique().collect()
    return rows.filter("goes").select(key).join(rows.filter(~pl.col("goes")), on=key, how="semi")


def _derived(leaving: Leaving, going_on: pl.DataFrame, partitions: Sequence[int], go_on: GoOn) -> dict[str, Went]:
    stream, location = leaving.stream, leaving.location
    sessions = going_on.select(SESSION).unique()
    left = Left(location, stream, lambda _, __, rows: leaving.staying(rows.lazy()).collect(), sessions, partitions)
    went: dict[str, Went] = {}
    for table in (*stream.derived_tables, *stream.settled_tables):
        if leaving.erasing.reaches(table) and location.exists(table.name):
            files = TableFiles.open(location, table)
            went[table.name] = erase_rows(files, leaving.erasing, go_on)
            if (how := remade(table.name)) is not None and sessions.height:
                go_on()
                change_rows(files, sessions, lambda version, how=how: left.made(how, version))  # type: ignore[misc]
    return went


def _primary(leaving: Leaving, go_on: GoOn) -> Went:
    name, files = leaving.stream.name, leaving.files
    files.refresh()
    scrubs: list[Scrub] = _declared("SCRUBBED", [leaving.stream.primary])
    if scrubs:
        return scrubs[0](files, leaving.erasing, go_on)
    return erase_rows(files, leaving.erasing, go_on, lambda going: {application(name): going.height})


def _declared(attribute: str, tables: Sequence[Table]) -> list[Any]:
    found = {name: how for declared in declared_in("sinks", attribute).values() for name, how in declared.items()}
    return [found[table.name] for table in tables if table.name in found]
