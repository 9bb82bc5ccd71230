"""What an erasure has hidden of a person before it is gone from the tables."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import polars as pl

from control.tombstones import Tombstone, Tombstones
from query_api.gdpr.person import PROJECT, Person
from schemas.shared.columns import TIMESTAMP, Table

TAKEN_IN: Final = ("occurred_at", "received_at")


class Visible:
    """The tombstones of a person as they are now."""

    def __init__(self, stones: Tombstones, person: Person) -> None:
        found = stones.of(person.tenant, [person.subject])
        self._erased = {scope: _newest(found, scope) for scope in {stone.scope for stone in found}}

    def of(self, table: Table) -> pl.Expr:
        """What holds of the person's rows that may be shown: nothing of them is from before an erasure."""
        begins = pl.min_horizontal(_times(table))
        shown = pl.lit(value=True)
        for scope, erased_at in self._erased.items():
            kept = begins >= erased_at
            if scope and PROJECT not in table.schema:
                continue
            shown &= (kept | (pl.col(PROJECT) != scope)) if scope else kept
        return shown.fill_null(value=True)


def _times(table: Table) -> list[str]:
    """Of rows that are taken in, when that was and when they happened; of what is made of them, all its times."""
    if set(TAKEN_IN) <= set(table.schema):
        return list(TAKEN_IN)
    return [name for name, dtype in table.schema.items() if dtype == TIMESTAMP]


def _newest(stones: Iterable[Tombstone], scope: str) -> datetime:
    return max(stone.erased_at for stone in stones if stone.scope == scope)
