"""What an erasure has hidden of a person before it is gone from the tables."""

from collections.abc import Iterable
from datetime import datetime

import polars as pl

from control.tombstones import Tombstone, Tombstones
from query_api.gdpr.person import PROJECT, Person
from schemas.shared.columns import Table
from sinks.erased import times_of


class Visible:
    """The tombstones of a person as they are now."""

    def __init__(self, stones: Tombstones, person: Person) -> None:
        found = stones.of(person.tenant, [person.subject])
        self._erased = {scope: _newest(found, scope) for scope in {stone.scope for stone in found}}

    def of(self, table: Table) -> pl.Expr:
        """What holds of the person's rows that may be shown: nothing of them is from before an erasure."""
        begins = pl.min_horizontal(times_of(table))
        shown = pl.lit(value=True)
        for scope, erased_at in self._erased.items():
            if not scope or PROJECT in table.schema:
                kept = (begins >= erased_at).fill_null(value=False)
                shown &= kept | pl.col(PROJECT).ne_missing(pl.lit(scope)) if scope else kept
        return shown


def _newest(stones: Iterable[Tombstone], scope: str) -> datetime:
    return max(stone.erased_at for stone in stones if stone.scope == scope)
