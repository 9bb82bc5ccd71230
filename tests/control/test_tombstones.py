"""Tombstones: added one after the other, read from where a reader stands."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from control.store import Control
from control.tombstones import Tombstone

NOON = datetime(2026, 2, 17, 12, 0, tzinfo=UTC)


def test_a_reader_gets_what_was_added_after_what_it_has(control: Control) -> None:
    control.tombstones.add("acme", "zoe", NOON)
    control.tombstones.add("acme", "zoe", NOON + timedelta(hours=1))
    first, second = control.tombstones.after(0)
    assert first == Tombstone(first.number, "acme", "zoe", NOON)
    assert control.tombstones.after(first.number) == [second]
    assert control.tombstones.after(second.number) == []


def test_of_many_added_at_once_a_reader_misses_none(control: Control) -> None:
    people = [f"person-{number}" for number in range(40)]
    seen: list[Tombstone] = []
    with ThreadPoolExecutor(4) as pool:
        adding = [pool.submit(control.tombstones.add, "acme", person, NOON) for person in people]
        while not all(each.done() for each in adding):
            seen += control.tombstones.after(seen[-1].number if seen else 0)
    seen += control.tombstones.after(seen[-1].number if seen else 0)
    assert sorted(stone.subject for stone in seen) == sorted(people)
