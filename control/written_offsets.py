"""How far the log must be in the tables before somebody reads what they have written themselves.

A scope is a session or a project, such as session:ID and project:ID.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from control.database import Database
from control.tables import written_offsets


@dataclass(frozen=True, slots=True)
class Written:
    """A message was written for a scope: on the partition of a stream, below `next_offset`."""

    scope: str
    stream: str
    partition: int
    next_offset: int


class WrittenOffsets:
    """By scope, stream and partition the offset that tables must have passed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, written: Collection[Written]) -> None:
        """Remembers them in one transaction; an offset only grows."""
        with self._database.write() as connection:
            note_written(self._database, connection, written)

    def of(self, scope: str) -> Mapping[str, Mapping[int, int]]:
        """Stream → partition → the offset that its tables must have passed."""
        of_scope = select(written_offsets).where(written_offsets.c.scope == scope)
        found: dict[str, dict[int, int]] = {}
        with self._database.read() as connection:
            for row in connection.execute(of_scope):
                found.setdefault(row.stream, {})[row.partition] = row.next_offset
        return found


def note_written(database: Database, connection: Connection, written: Collection[Written]) -> None:
    """The same within a transaction that does more."""
    newest: dict[tuple[str, str, int], int] = {}
    for each in written:
        place = each.scope, each.stream, each.partition
        newest[place] = max(each.next_offset, newest.get(place, 0))
    if not newest:
        return
    # in one order, so that two processes that note the same scopes never wait for each other
    rows = [
        dict(zip(("scope", "stream", "partition"), place, strict=True), next_offset=newest[place])
        for place in sorted(newest)
    ]
    insert = database.insert(written_offsets)
    upsert = insert.on_conflict_do_update(
        index_elements=["scope", "stream", "partition"],
        set_={"next_offset": insert.excluded.next_offset},
        where=written_offsets.c.next_offset < insert.excluded.next_offset,
    )
    connection.execute(upsert, rows)
