"""What of a person's items may be kept outside of tables, decided by erasures and consent as the flow decides it."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple, TypeAlias

import polars as pl

from control.consent_records import ConsentRecord
from control.store import Control
from control.tombstones import Tombstone
from jobs.consent import newest_by_time
from schemas.game import STREAM
from schemas.shared.columns import TIMESTAMP
from schemas.shared.consent_rules import LOWERED, effective_level, permits
from schemas.shared.times import microseconds
from sinks.decided import PERSON, recorded_at

LEVEL: Final = "consent_level"
AT_ONCE: Final = 500
"""People whose records are read with one question."""
_SCHEMA: Final = pl.Schema(
    [*((name, pl.String()) for name in PERSON), ("occurred_at", pl.Int64()), (LEVEL, pl.Int64())]
)

Person: TypeAlias = tuple[str, str]
"""Tenant and subject."""


class Item(NamedTuple):
    """Whose an item is, when it happened and came in (µs since 1970), and at which level it was accepted."""

    tenant: str
    subject: str
    occurred_at: int
    consent_level: int
    received_at: int

    @property
    def person(self) -> Person:
        """Whose it is."""
        return self.tenant, self.subject


class Allowed:
    """Decides by the erasures that were there when it was made, and by all consent that is recorded when it decides."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._newest = self._numbers()
        self._erased = _erased(control.tombstones.after(0))

    def levels(self, items: Sequence[Item]) -> Sequence[int | None]:
        """The consent level that each is kept at, None for what must not be kept."""
        erased = (min(item.occurred_at, item.received_at) < self._erased.get(item.person, 0) for item in items)
        decided = zip(self._effective(items), erased, strict=True)
        return [level if permits(level, STREAM.consent_level) and not gone else None for level, gone in decided]

    def is_outdated(self) -> bool:
        """Whether anybody was erased, or recorded consent, since this was made."""
        return self._numbers() != self._newest

    def _numbers(self) -> tuple[int, int]:
        return self._control.tombstones.last_number(), self._control.consent.last_number()

    def _effective(self, items: Sequence[Item]) -> Sequence[int]:
        records = newest_by_time(self._records({item.person for item in items}))
        if records.is_empty():
            return [item.consent_level for item in items]
        rows = pl.DataFrame([item[:4] for item in items], schema=_SCHEMA, orient="row").with_row_index("place")
        timed = rows.with_columns(pl.col("occurred_at").cast(TIMESTAMP)).sort("occurred_at").lazy()
        level = effective_level(pl.col(LEVEL), pl.col("recorded"))
        levels: list[int] = recorded_at(timed, records).sort("place").select(level).collect().to_series().to_list()
        return levels

    def _records(self, people: Iterable[Person]) -> list[ConsentRecord]:
        rest, found = iter(people), list[ConsentRecord]()
        while some := list(islice(rest, AT_ONCE)):
            found += self._control.consent.of_people(some)
        return found


def lowered(level: int) -> Mapping[str, Any]:
    """What an item says whose level a record lowers to that one."""
    return {LEVEL: level, "consent_source": "record", "decision_reason": LOWERED}


def _erased(stones: Iterable[Tombstone]) -> Mapping[Person, int]:
    """Whose items from before then (µs since 1970) are erased; an erasure within a project is no game's."""
    found: dict[Person, int] = {}
    for stone in stones:
        if not stone.scope:
            person = stone.tenant, stone.subject
            found[person] = max(found.get(person, 0), microseconds(stone.erased_at))
    return found
