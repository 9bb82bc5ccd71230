"""Cells say what events and samples come to, however late they came, whatever consent or an erasure took of them."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from math import floor
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from schemas.game.cells import CELL_SIDE, GAME_EVENT_CELLS, GAME_SAMPLE_CELLS, SESSION
from schemas.game.events import STREAM
from schemas.game.tables import GAME_SAMPLES
from sinks.decided import RECORDS, Decision
from sinks.erased import PEOPLE, SESSIONS, Erasing
from sinks.erased_stream import erase_stream
from sinks.files import ExchangeRaced, TableFiles
from sinks.game.event_files import EventFiles
from sinks.game.options import GameOptions
from sinks.game.settle import settle_at
from sinks.game.tail import limits
from sinks.location import Location
from sinks.reader import TableReader
from sinks.settling import Settled, whole_of
from sinks.withdrawn import withdraw
from tests.kit.game_tables import OTHER_APP, PARTITIONS, TENANT, GameTables, subject_of
from tests.kit.media_sessions import NOON
from tests.reference.game.items import Happened, Item, Moved, Reached

MINUTE = timedelta(minutes=1)
INDICES = ("ix", "iy", "iz")


def sent(player: str) -> list[Item]:
    """Two sessions: levels, events with and without a place, trajectories over hours and cells."""
    found: list[Item] = []
    for number in range(2):
        session = f"{player}-{number}"
        walk = [(1.5 * step, 0.0, -0.5 * step) for step in range(6)]
        found += [
            Reached(player=player, session=session, at=NOON + 30 * MINUTE, level="caves", step="begin"),
            Happened(player=player, session=session, at=NOON + 90 * MINUTE, level="keep", place=(3.0, 1.0, -7.0)),
            Happened(player=player, session=session, at=NOON + 91 * MINUTE, level="keep"),
            Moved(player=player, session=session, at=NOON, lasts=150 * MINUTE, places=walk),
            Moved(player=player, session=session, at=NOON + number * MINUTE, places=[(0.0, 0.0, 0.0)]),
        ]
    return found


class World:
    """Tables with nothing in them yet."""

    def __init__(self, location: Location) -> None:
        self.location = location
        self.mine, self.other = GameTables(location), GameTables(location, OTHER_APP)

    def settle(self, days: float = 0.2) -> Settled:
        at = NOON + timedelta(days=days)
        return settle_at(self.location, at, at, GameOptions(game_settle_minutes=0))

    def withdrawn(
        self, since: datetime, until: datetime | None = None, go_on: Callable[[], None] = lambda: None
    ) -> None:
        levels = [(since, 1)] if until is None else [(since, 1), (until, 2)]
        rows = [(TENANT, subject_of("ann"), at, level) for at, level in levels]
        decision = Decision(STREAM, pl.DataFrame(rows, RECORDS, orient="row"), since)
        withdraw(self.location, decision, PARTITIONS, _nobody_asked, go_on)

    def erased(self, before: datetime, *sessions: str, go_on: Callable[[], None] = lambda: None) -> None:
        people = pl.DataFrame([(1, TENANT, subject_of("ann"), "", before)], PEOPLE, orient="row")
        gone = pl.DataFrame([(1, name) for name in sessions], SESSIONS, orient="row")
        erase_stream(self.location, STREAM, Erasing(people, gone), 1, PARTITIONS, _nobody_asked, go_on)

    def rows(self, table: str) -> list[dict[str, Any]]:
        return TableReader(self.location).scan(table).collect().rows(named=True)

    def adds_up(self) -> None:
        """Cells of events, and of the samples of sessions that are not in the tail, by a plain count of the rows."""
        events = self.rows(STREAM.primary.name)
        placed = [row | {"level": row["level_id"]} for row in events if row["x"] is not None]
        assert self._summed(GAME_EVENT_CELLS.name) == _counted(placed)
        tail = self.tail()
        samples = [
            row | {"level": _level(row, events), "event_name": None}
            for row in self.rows(GAME_SAMPLES.name)
            if tuple(row[name] for name in SESSION) not in tail
        ]
        cells = self._summed(GAME_SAMPLE_CELLS.name)
        assert {key: count for key, count in cells.items() if key[:4] not in tail} == _counted(samples)
        whole = whole_of(GAME_SAMPLE_CELLS.name)
        assert whole is not None
        told = whole(TableReader(self.location), NOON).select("positions").sum().collect().item()
        assert told == len(self.rows(GAME_SAMPLES.name))

    def tail(self) -> set[tuple[str, ...]]:
        passed = limits(TableFiles.reading(self.location, GAME_SAMPLE_CELLS), PARTITIONS)
        return set(EventFiles.reading(self.location).beyond(passed).select(SESSION).iter_rows())

    def _summed(self, table: str) -> Counter[tuple[Any, ...]]:
        found: Counter[tuple[Any, ...]] = Counter()
        for row in self.rows(table):
            key = (*SESSION, "build_id", "level_id", "hour", "received_date", *INDICES)
            found[*(row[name] for name in key), row.get("event_name")] += row["positions"]
        return found


def _counted(rows: list[dict[str, Any]]) -> Counter[tuple[Any, ...]]:
    found: Counter[tuple[Any, ...]] = Counter()
    for row in rows:
        hour = row["occurred_at"].replace(minute=0, second=0, microsecond=0)
        cell = (floor(row[axis] / CELL_SIDE) for axis in ("x", "y", "z"))
        said = (row[name] for name in (*SESSION, "build_id"))
        found[*said, row["level"], hour, row["received_date"], *cell, row["event_name"]] += 1
    return found


def _level(sample: dict[str, Any], events: list[dict[str, Any]]) -> str | None:
    told = [
        (row["occurred_at"], row["log_partition"], row["log_offset"], row["log_item"], row["level_id"])
        for row in events
        if row["level_id"] is not None
        and all(row[name] == sample[name] for name in SESSION)
        and row["occurred_at"] <= sample["occurred_at"]
    ]
    return max(told)[-1] if told else None


def _nobody_asked(sessions: pl.DataFrame) -> None:
    raise AssertionError("the game flow folds nothing")


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Two players' traffic in two applications."""
    made = World(Location(str(tmp_path)))
    for tables in (made.mine, made.other):
        for player in ("ann", "bo"):
            tables.write(*sent(player))
    made.settle()
    made.adds_up()
    return made


def test_everything_is_in_cells_once_it_is_settled(world: World) -> None:
    assert world.tail() == set()
    assert sum(row["positions"] for row in world.rows(GAME_SAMPLE_CELLS.name)) == 2 * 2 * 2 * 7
    assert world.settle().reopened == 0


def test_a_level_that_is_named_late_changes_the_cells_of_its_session_alone(world: World) -> None:
    late = Reached(player="ann", session="ann-0", at=NOON - MINUTE, level="roof", step="late")
    world.mine.write(late, at=NOON + timedelta(days=3))
    assert len(world.tail()) == 1
    world.adds_up()
    assert world.settle(3.5).reopened == 1
    world.adds_up()
    assert {row["level_id"] for row in world.rows(GAME_SAMPLE_CELLS.name)} == {None, "roof", "caves", "keep"}


def test_samples_are_settled_as_often_as_the_setting_says(world: World) -> None:
    world.mine.write(*sent("eve"))
    at = NOON + timedelta(days=0.2)
    assert settle_at(world.location, at + 9 * MINUTE, at, GameOptions()).reopened == 0
    assert settle_at(world.location, at + 10 * MINUTE, at, GameOptions()).reopened == 2
    world.adds_up()


def test_parts_of_a_day_that_is_over_become_one_row_a_cell(world: World) -> None:
    again = Happened(player="ann", session="ann-0", at=NOON + 92 * MINUTE, level="keep", place=(3.1, 1.1, -7.1))
    world.mine.write(again)
    before = len(world.rows(GAME_EVENT_CELLS.name))
    world.settle(2)
    assert len(world.rows(GAME_EVENT_CELLS.name)) == before - 1
    world.adds_up()


@pytest.mark.parametrize("settled", [True, False])
def test_what_consent_forbids_is_in_no_cell(world: World, settled: bool) -> None:
    if not settled:
        world.mine.write(*sent("ann"))
    world.withdrawn(NOON + MINUTE)
    world.adds_up()
    world.settle(0.3)
    world.adds_up()


@pytest.mark.parametrize("sessions", [(), ("ann-1",), ("ann-0", "ann-1")])
def test_what_is_erased_is_in_no_cell(world: World, sessions: tuple[str, ...]) -> None:
    world.erased(NOON + MINUTE, *sessions)
    world.adds_up()
    world.erased(NOON + MINUTE, *sessions)
    world.settle(0.3)
    world.adds_up()
    if len(sessions) == 2:
        for table in (GAME_EVENT_CELLS.name, GAME_SAMPLE_CELLS.name):
            assert {row["subject"] for row in world.rows(table)} == {subject_of("bo")}


FORGOTTEN, FORBIDDEN = NOON + 10 * MINUTE, NOON + 20 * MINUTE
"""Ann's events from before the one are erased; from then on, until the other, she consents to none."""


def going_on() -> list[Item]:
    """A session that names a level and then moves, once before each of these times and once after the last."""
    who: dict[str, Any] = {"player": "ann", "session": "ann-2"}
    found: list[Item] = []
    for level, at in (("roof", NOON), ("well", NOON + 11 * MINUTE), ("yard", NOON + 25 * MINUTE)):
        found.append(Reached(**who, at=at, level=level, step="begin"))
        found.append(Moved(**who, at=at + MINUTE, lasts=MINUTE, places=[(0.0, 0.0, 0.0), (9.0, 0.0, 0.0)]))
    for at in (FORGOTTEN + MINUTE // 2, FORBIDDEN + MINUTE):
        found.append(Moved(**who, at=at, places=[(5.0, 0.0, 5.0)]))
    return found


class Interleaved:
    """Does something of its own at one of the times that it is called."""

    def __init__(self, number: int, what: Callable[[], object]) -> None:
        self.left = number
        self._what = what

    def __call__(self) -> None:
        self.left -= 1
        if self.left == -1:
            self._what()


def erase(world: World, go_on: Callable[[], None]) -> None:
    world.erased(FORGOTTEN, go_on=go_on)


def withdraw_for_a_while(world: World, go_on: Callable[[], None]) -> None:
    world.withdrawn(FORGOTTEN, until=FORBIDDEN, go_on=go_on)


LEAVES = {"erasure": erase, "withdrawal": withdraw_for_a_while}


@pytest.mark.parametrize("settled", [True, False], ids=["settled", "tail"])
@pytest.mark.parametrize("leave", LEAVES.values(), ids=LEAVES)
def test_settling_at_any_point_of_a_leave_makes_cells_of_what_stays(
    tmp_path: Path, leave: Callable[[World, Callable[[], None]], None], settled: bool
) -> None:
    number, left = 0, -1
    while left < 0:
        world = World(Location(str(tmp_path / str(number))))
        world.mine.write(*(going_on() if settled else sent("bo")))
        world.settle()
        if not settled:
            world.mine.write(*going_on())
        later = Reached(player="ann", session="ann-2", at=NOON + 60 * MINUTE, level="roof", step="late")
        world.mine.write(later)
        settling = Interleaved(number, partial(world.settle, 0.3))
        leave(world, settling)
        world.adds_up()
        world.settle(0.4)
        world.adds_up()
        number, left = number + 1, settling.left
    assert number > 4


@pytest.mark.parametrize("seen", [False, True])
@pytest.mark.parametrize("batch", [0, 1])
@pytest.mark.parametrize("leave", LEAVES.values(), ids=LEAVES)
def test_a_leave_in_the_middle_of_settling_ends_it(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    leave: Callable[[World, Callable[[], None]], None],
    batch: int,
    seen: bool,
) -> None:
    """`seen` while a batch is exchanged: the table object goes on from a version that has the leave's exchanges."""
    from sinks.game import samples, settle

    world.mine.write(*going_on())
    world.mine.write(*sent("eve"))
    monkeypatch.setattr(samples, "SAMPLES_AT_ONCE", 1)
    exchange, leaving = settle.exchange_sessions, Interleaved(batch, lambda: leave(world, lambda: None))

    def interrupted(cells: TableFiles, rows: pl.DataFrame) -> None:
        if not seen:
            leaving()
        exchange(cells, rows)
        if seen:
            leaving()
            cells.refresh()

    monkeypatch.setattr(settle, "exchange_sessions", interrupted)
    with pytest.raises(ExchangeRaced):
        world.settle(0.3)
    monkeypatch.undo()
    world.adds_up()
    world.settle(0.3)
    world.adds_up()


def test_a_withdrawal_that_died_once_the_events_were_gone_is_finished(tmp_path: Path) -> None:
    worlds = [World(Location(str(tmp_path / name))) for name in ("lives", "dies")]
    for world in worlds:
        world.mine.write(*going_on())
        world.settle(0.3)
    lives, dies = worlds
    counted = Interleaved(99, lambda: None)
    withdraw_for_a_while(lives, counted)

    def die() -> None:
        raise KeyboardInterrupt

    # before the last two commits: the cells once more, and the note that it is done
    with pytest.raises(KeyboardInterrupt):
        withdraw_for_a_while(dies, Interleaved(99 - counted.left - 2, die))
    again = Interleaved(99, lambda: None)
    withdraw_for_a_while(dies, again)
    assert again.left == 99 - 2
    withdraw_for_a_while(dies, again)
    assert again.left == 99 - 2
    dies.adds_up()


def test_settling_that_began_before_an_erasure_puts_nothing_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from sinks.game import settle

    world.mine.write(*sent("ann"))
    exchange = settle.exchange_sessions

    def late(cells: TableFiles, rows: pl.DataFrame) -> None:
        world.erased(NOON + timedelta(days=1), "ann-0", "ann-1")
        exchange(cells, rows)

    monkeypatch.setattr(settle, "exchange_sessions", late)
    with pytest.raises(ExchangeRaced):
        world.settle(0.3)
    monkeypatch.undo()
    world.settle(0.3)
    assert {row["subject"] for row in world.rows(GAME_SAMPLE_CELLS.name)} == {subject_of("bo")}
    world.adds_up()
