"""Who may be measured when: consent decided event by event, in plain Python."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Said:
    """What a person said, or was recorded to have said; a later record has a higher number."""

    person: str
    level: int
    since: datetime
    number: int


def recorded_level(person: str, at: datetime, records: Iterable[Said]) -> int | None:
    """What the person had said last by then; None where nothing is recorded."""
    by_then = [said for said in records if said.person == person and said.since <= at]
    newest = max(by_then, key=lambda said: (said.since, said.number), default=None)
    return None if newest is None else newest.level


def level(person: str, at: datetime, stamped: int, records: Iterable[Said]) -> int:
    """The level that counts for what the person did then."""
    recorded = recorded_level(person, at, records)
    return stamped if recorded is None else min(stamped, recorded)
