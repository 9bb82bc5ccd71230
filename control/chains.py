"""Heads and anchors of the organisations' chains of rows: how far each has come, and where its older rows were cut.

A table's newest row may be taken away without a trace in the table; its head here tells.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Row, delete, select

from control.database import Database
from control.tables import chain_anchors, chain_heads


@dataclass(frozen=True)
class ChainHead:
    """The newest row of an organisation's chain: its number, from 1, and its digest."""

    number: int
    digest: bytes


@dataclass(frozen=True)
class ChainAnchor:
    """The newest row that retention took off the beginning of a chain, when it did, and the signature of all that."""

    organisation: str
    number: int
    digest: bytes
    cut_at: datetime
    signature: bytes = field(repr=False)


class Chains:
    """Written by the flow that makes the chains and by retention."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def advance(self, heads: Mapping[str, ChainHead]) -> None:
        """Notes the newest row of some organisations; a head never goes back, and never changes in its place."""
        if not heads:
            return
        given = [{"organisation": name, "number": head.number, "digest": head.digest} for name, head in heads.items()]
        insert = self._database.insert(chain_heads)
        newer = {"number": insert.excluded.number, "digest": insert.excluded.digest}
        statement = insert.on_conflict_do_update(
            index_elements=["organisation"], set_=newer, where=chain_heads.c.number < insert.excluded.number
        )
        with self._database.write() as connection:
            connection.execute(statement, given)

    def heads(self) -> dict[str, ChainHead]:
        """Organisation → its head."""
        with self._database.read() as connection:
            rows = connection.execute(select(chain_heads))
            return {row.organisation: ChainHead(row.number, bytes(row.digest)) for row in rows}

    def anchor(self, anchor: ChainAnchor, first: int) -> None:
        """Notes a cut; `first` is the oldest number that the table still has, whose anchor is kept until it goes."""
        table = chain_anchors.c
        of_the_past = (table.organisation == anchor.organisation) & (table.number < first - 1)
        with self._database.write() as connection:
            connection.execute(delete(chain_anchors).where(of_the_past))
            connection.execute(self._database.insert(chain_anchors).values(**vars(anchor)).on_conflict_do_nothing())

    def anchors(self) -> list[ChainAnchor]:
        """All of them, by organisation and number."""
        with self._database.read() as connection:
            rows = connection.execute(select(chain_anchors).order_by("organisation", "number"))
            return [_anchor(row) for row in rows]

    def newest(self) -> dict[str, ChainHead]:
        """Organisation → the newest row that is known here, be it a head or cut off: a head may have been put back."""
        found = self.heads()
        for each in self.anchors():
            if each.organisation not in found or found[each.organisation].number < each.number:
                found[each.organisation] = ChainHead(each.number, each.digest)
        return found


def _anchor(row: Row[tuple[str, int, bytes, datetime, bytes]]) -> ChainAnchor:
    return ChainAnchor(row.organisation, row.number, bytes(row.digest), row.cut_at, bytes(row.signature))
