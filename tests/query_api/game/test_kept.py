"""Cells are read once: what comes and goes is counted apart, until memory is made anew in the background."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from query_api.game import kept
from query_api.game.kept import AtHand, KeptCells
from query_api.game.memory import ROW_BYTES, Memory
from query_api.game.rows import Application
from schemas.game.cells import GAME_EVENT_CELLS
from sinks.files import TableFiles
from sinks.location import Location
from tests.kit.game_tables import APP, OTHER_APP, PARTITIONS, TENANT, GameTables
from tests.kit.media_sessions import NOON
from tests.reference.game.items import Happened, Item

MINE, OTHERS = Application(TENANT, APP), Application(TENANT, OTHER_APP)
EVERY = pl.lit(value=True)


def happened(count: int, session: str = "s", day: int = 0) -> list[Item]:
    at = NOON + timedelta(days=day)
    return [
        Happened(player="ann", session=session, at=at, level="caves", place=(2.0 * number, 0.0, 0.0))
        for number in range(count)
    ]


@pytest.fixture
def tables(tmp_path: Path) -> GameTables:
    made = GameTables(Location(str(tmp_path)))
    made.write(*happened(20))
    return made


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows memory was made of, each time."""
    found: list[int] = []
    of = Memory.of

    def noted(paths: list[str], rows: pl.DataFrame) -> Memory:
        found.append(rows.height)
        return of(paths, rows)

    monkeypatch.setattr(Memory, "of", noted)
    return found


def cells_of(tables: GameTables, most_bytes: int = 2**20) -> KeptCells:
    return KeptCells(tables.location, len(PARTITIONS), most_bytes)


def counted(cells: KeptCells, application: Application = MINE) -> tuple[int, int]:
    """Positions, and the most sessions of a cell."""
    counts = cells.snapshot(application, GAME_EVENT_CELLS).counted(EVERY, kept.nobody(), 1)
    positions, sessions = counts.select(pl.col("count").sum(), pl.col("sessions").max()).row(0)
    return positions, sessions or 0


def test_what_a_commit_brings_is_counted_beside_what_is_in_memory(tables: GameTables, made: list[int]) -> None:
    cells = cells_of(tables)
    assert [counted(cells), counted(cells)] == [(20, 1), (20, 1)]
    tables.write(*happened(3))
    assert counted(cells) == (23, 1)
    tables.write(*happened(2, "other"))
    assert counted(cells) == (25, 2)
    assert cells.snapshot(MINE, GAME_EVENT_CELLS).having(EVERY).sort("session_id")["session_id"].to_list() == [
        "other",
        "s",
    ]
    assert made == [20]


def test_what_files_bring_in_anothers_place_is_counted_once(tables: GameTables, made: list[int]) -> None:
    tables.write(*happened(3, "other", day=1))
    cells = cells_of(tables)
    assert counted(cells) == (23, 2)
    files = TableFiles.open(tables.location, GAME_EVENT_CELLS)
    last = files.listing().sort("received_date")["path"].to_list()[-1:]
    files.exchange(last, files.scan(last).collect().head(1), {})
    assert counted(cells) == (21, 2)
    assert made == [23]


def test_memory_is_made_anew_once_a_lot_is_apart(
    tables: GameTables, made: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = cells_of(tables)
    counted(cells)
    tables.write(*happened(2, "other"))
    counted(cells)
    cells.renew()
    assert made == [20]
    monkeypatch.setattr(kept, "FEW_APART", 1)
    cells.renew()
    cells.renew()
    assert made == [20, 22]
    assert counted(cells) == (22, 2)
    tables.write(*happened(20, "third"))
    assert counted(cells) == (42, 3)
    assert made == [20, 22, 42]


def test_the_applications_of_the_last_day_are_in_memory_before_they_are_asked_for(
    tables: GameTables, made: list[int]
) -> None:
    GameTables(tables.location, OTHER_APP).write(*happened(7, day=1))
    cells = cells_of(tables)
    AtHand(cells).refresh()
    assert made == [7]
    assert counted(cells, OTHERS) == (7, 1)
    assert made == [7]


def test_an_application_that_is_too_large_is_counted_from_its_files(tables: GameTables, made: list[int]) -> None:
    cells = cells_of(tables, most_bytes=20 * ROW_BYTES - 1)
    cells.warm()
    assert counted(cells) == (20, 1)
    assert made == []


def test_the_application_that_was_asked_for_longest_ago_makes_room(tables: GameTables, made: list[int]) -> None:
    GameTables(tables.location, OTHER_APP).write(*happened(10))
    cells = cells_of(tables, most_bytes=25 * ROW_BYTES)
    for application in (MINE, OTHERS, OTHERS, MINE):
        counted(cells, application)
    assert made == [20, 10, 20]


def test_no_table_has_no_cells(tmp_path: Path) -> None:
    cells = KeptCells(Location(str(tmp_path)), len(PARTITIONS))
    cells.warm()
    assert counted(cells) == (0, 0)
