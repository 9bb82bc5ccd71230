"""Which consent records a flow knew where: what it decided once it decides again the same way.

A flow that died between two tables of a commit reads those messages again. One table has them by the first decision,
so that one is repeated; what newer records forbid is removed afterwards, from all tables alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, func, select

from control.database import Database
from control.tables import consent_decisions as table


@dataclass(frozen=True, slots=True)
class Decided:
    """Messages from `from_offset` of a partition on were decided with the records below these offsets."""

    from_offset: int
    known: Mapping[int, int]


class ConsentDecisions:
    """Written by a flow before its first batch that is decided with newer records."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(
        self, flow: str, starts: Mapping[int, int], known: Mapping[int, int], committed: Mapping[int, int]
    ) -> None:
        """From these offsets on, by partition, the flow decides with the records below `known`.

        What lies below `committed` is never decided again, and what lies beyond the starts was never stored: those
        notes go.
        """
        named = {str(partition): offset for partition, offset in known.items()}
        rows = [
            {"flow": flow, "partition": partition, "from_offset": offset, "known": named}
            for partition, offset in starts.items()
        ]
        with self._database.write() as connection:
            for partition, offset in starts.items():
                mine = (table.c.flow == flow) & (table.c.partition == partition)
                begun = mine & (table.c.from_offset <= committed.get(partition, 0))
                last = select(func.max(table.c.from_offset)).where(begun).scalar_subquery()
                # of a run that died before it stored anything of them
                overtaken = table.c.from_offset >= offset
                connection.execute(delete(table).where(mine, overtaken | (table.c.from_offset < last)))
            connection.execute(table.insert(), rows)

    def read(self, flow: str) -> Mapping[int, list[Decided]]:
        """Partition → what was noted of it, by rising offsets."""
        found: dict[int, list[Decided]] = {}
        noted = select(table).where(table.c.flow == flow).order_by(table.c.partition, table.c.from_offset)
        with self._database.read() as connection:
            for row in connection.execute(noted):
                known = {int(partition): offset for partition, offset in row.known.items()}
                found.setdefault(row.partition, []).append(Decided(row.from_offset, known))
        return found
