"""Game tables with cells, and what they have to add up to."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
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
from sinks.files import TableFiles
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
