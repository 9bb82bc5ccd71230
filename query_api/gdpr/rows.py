"""A person's rows of any table, a few at a time: however many there are, so many are in memory."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
import polars as pl

from query_api.gdpr.person import Person
from query_api.gdpr.pieces import encode
from schemas.shared.columns import Table
from schemas.shared.dead_letters import DEAD_LETTERS
from schemas.shared.stream import streams
from sinks.files import TableFiles
from sinks.location import Location
from sinks.reader import Shown

AT_ONCE: Final = 4096


class OfPeople(NamedTuple):
    """A table that says of a row whose it is, and its columns of JSON objects."""

    table: Table
    objects: frozenset[str]


def tables_of_people(without: Collection[str]) -> Sequence[OfPeople]:
    """All of them by declaration, but those of some streams."""
    found = [
        OfPeople(table, stream.objects)
        for name, stream in streams().items()
        if name not in without
        for table in stream.tables
        if {"tenant", "subject"} <= set(table.schema)
    ]
    return [*found, OfPeople(DEAD_LETTERS, frozenset())]


class PersonRows:
    """A person's rows as they may be `shown`: without what an erasure hides by then."""

    def __init__(self, location: Location, person: Person, shown: Shown) -> None:
        self._location = location
        self._person = person
        self._shown = shown

    def of(self, table: Table) -> Iterator[pl.DataFrame]:
        """Those of a table, in the order of its files, from 1 to AT_ONCE in a frame."""
        files, theirs = TableFiles.reading(self._location, table), self._person.rows_in(table)
        for path in files.listing()["path"].sort():
            rows = self._shown(table, files.scan([path]).filter(theirs))
            for batch in rows.collect_batches(chunk_size=AT_ONCE, engine="streaming", lazy=True):
                yield from (frame for frame in batch.iter_slices(AT_ONCE) if frame.height)

    def anywhere(self) -> bool:
        """Whether there is any."""
        return any(True for each in tables_of_people(()) for _ in self.of(each.table))


def objects(rows: pl.DataFrame, free: Collection[str]) -> Iterator[bytes]:
    """Each row as a JSON object without what it does not say; `free` are columns that are JSON already."""
    return (encode(said(row, free)) for row in rows.iter_rows(named=True))


def said(row: Mapping[str, Any], free: Collection[str]) -> dict[str, Any]:
    """What a row says, its JSON columns as they stand."""
    return {
        name: msgspec.Raw(value.encode()) if name in free else value for name, value in row.items() if value is not None
    }
