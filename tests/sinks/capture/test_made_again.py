"""Click cells and sessions' counts say what the events come to, whatever consent or an erasure took of them."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from schemas.capture import EVENTS
from schemas.capture.activity import CAPTURE_SESSION_EVENTS
from schemas.capture.clicks import CAPTURE_CLICK_CELLS
from sinks.capture.options import CaptureOptions
from sinks.capture.settle import settle_at
from sinks.decided import RECORDS, Decision
from sinks.erased import PEOPLE, SESSIONS, Erasing
from sinks.erased_stream import erase_stream
from sinks.location import Location
from sinks.reader import TableReader
from sinks.settling import Settled
from sinks.withdrawn import withdraw
from tests.kit.capture_tables import OTHER_PROJECT, PARTITION, PROJECT, TENANT, CaptureTables
from tests.kit.media_sessions import NOON
from tests.reference.capture.session import Event, Session

ANN, BOB = "ann"[::-1], "bob"[::-1]


class Died(Exception):
    """A process ended here."""


class World:
    """Two people's clicks in two projects, on two days of receipt, the first of which is put together."""

    def __init__(self, location: Location) -> None:
        self.location = location
        for number, project in enumerate((PROJECT, OTHER_PROJECT)):
            tables = CaptureTables(location, project)
            for user in ("ann", "bob"):
                clicks = [Event("click", 1_800_000 * hour, hour % 2, 3, "a") for hour in range(6)]
                session = Session(
                    f"{user}-{number}", user, NOON, events=[*clicks, Event("input", 9), Event("click", 9)]
                )
                tables.events(session, [0, 1, 2, 6])
                tables.events(session, [3, 4, 5, 7], NOON + timedelta(days=3))
        self.settled = self.settle(2)

    def settle(self, days: int) -> Settled:
        at = NOON + timedelta(days=days)
        return settle_at(self.location, at, at, CaptureOptions())

    def withdrawn(self, since: datetime, go_on: Callable[[], None] = lambda: None) -> None:
        records = pl.DataFrame([(TENANT, ANN, since, 1)], RECORDS, orient="row")
        withdraw(self.location, Decision(EVENTS, records, since), [PARTITION], _nobody_asked, go_on)

    def erased(self, scope: str = "", go_on: Callable[[], None] = lambda: None) -> None:
        people = pl.DataFrame([(1, TENANT, ANN, scope, NOON + timedelta(hours=1))], PEOPLE, orient="row")
        sessions = pl.DataFrame(
            [(1, name) for name in (["ann-0"] if scope else ["ann-0", "ann-1"])], SESSIONS, orient="row"
        )
        erasing = Erasing(people, sessions)
        erase_stream(self.location, EVENTS, erasing, 1, [PARTITION], _nobody_asked, go_on)

    def events(self) -> list[dict[str, Any]]:
        return self._rows(EVENTS.primary.name)

    def adds_up(self) -> None:
        """Cells and counts, by a plain count of the events."""
        cells: Counter[tuple[Any, ...]] = Counter()
        counts: Counter[tuple[Any, ...]] = Counter()
        for row in self.events():
            counts[row["project_id"], row["subject"], row["session_id"]] += 1
            if row["interaction"] == "click" and row["x"] is not None:
                hour = row["occurred_at"].replace(minute=0, second=0, microsecond=0)
                cells[row["project_id"], hour, row["target"], row["x"], row["y"], row["received_date"]] += 1
        assert self._summed(CAPTURE_CLICK_CELLS.name, "clicks", "project_id hour target x y received_date") == cells
        assert self._summed(CAPTURE_SESSION_EVENTS.name, "events", "project_id subject session_id") == counts

    def _summed(self, table: str, what: str, key: str) -> Counter[tuple[Any, ...]]:
        found: Counter[tuple[Any, ...]] = Counter()
        for row in self._rows(table):
            found[tuple(row[name] for name in key.split())] += row[what]
        return found

    def _rows(self, table: str) -> list[dict[str, Any]]:
        return TableReader(self.location).scan(table).collect().rows(named=True)


def _nobody_asked(sessions: pl.DataFrame) -> None:
    raise AssertionError("capture's flows fold nothing")


def dying_at(number: int) -> Callable[[], None]:
    """Goes on so many times, then no more."""
    left = number

    def go_on() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Died

    return go_on


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(Location(str(tmp_path)))
    made.adds_up()
    return made


def test_a_day_is_put_together_once(world: World) -> None:
    # 2 projects × 3 cells, whose parts two people's commits brought, and 4 sessions; as many parts came days later
    assert world.settled == Settled(10, 0, 6, 16)
    assert world.settle(2).rows == 0
    assert world.settle(9).states_kept == 0
    world.adds_up()


def test_what_consent_forbids_is_in_no_cell_and_no_count(world: World) -> None:
    before = len(world.events())
    world.withdrawn(NOON + timedelta(hours=1))
    world.adds_up()
    # 4 of 6 clicks of one of two people are from an hour later or more, in 2 projects
    assert len(world.events()) == before - 8


@pytest.mark.parametrize("scope", ["", PROJECT])
def test_what_is_erased_is_in_no_cell_and_no_count(world: World, scope: str) -> None:
    before = len(world.events())
    world.erased(scope)
    world.adds_up()
    # a session that went takes along what came later
    assert len(world.events()) == before - (8 if scope else 16)
    world.erased(scope)
    world.adds_up()


@pytest.mark.parametrize("at", range(4))
def test_an_erasure_and_a_withdrawal_that_die_are_finished_in_any_order(world: World, at: int) -> None:
    with pytest.raises(Died):
        world.withdrawn(NOON, dying_at(at))
    with pytest.raises(Died):
        world.erased(go_on=dying_at(0))
    world.erased()
    world.withdrawn(NOON)
    world.adds_up()
    assert {row["subject"] for row in world.events()} == {BOB}
