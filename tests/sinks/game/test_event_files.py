"""Sessions are found by the files that have them, however long the history is."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from schemas.game.cells import SESSION
from schemas.game.events import STREAM
from sinks.files import TableFiles
from sinks.game.event_files import EventFiles
from sinks.location import Location
from tests.kit.game_tables import APP, OTHER_APP, TENANT, GameTables, subject_of
from tests.kit.media_sessions import NOON
from tests.reference.game.items import Introduced, Item, Reached

DAYS = 40
PASSED = {0: DAYS, 1: 0}
"""Partition 1 has nothing, as where there are few players."""


def reached(player: str, day: int) -> Item:
    return Reached(player=player, session=player, at=NOON + timedelta(days=day), level="caves", step="begin")


@pytest.fixture
def written(tmp_path: Path) -> GameTables:
    """A commit a day: a session of its own each, and on two days one of `anna`."""
    tables = GameTables(Location(str(tmp_path)))
    for day in range(DAYS):
        more = [reached("anna", day)] if day in (3, 30) else []
        tables.write(reached(f"player{day:02}", day), *more, Introduced(player="nobody", at=NOON))
    return tables


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that are read, each time."""
    found: list[str] = []
    scan = TableFiles.scan

    def noted(files: TableFiles, paths: list[str]) -> pl.LazyFrame:
        found.extend(paths)
        return scan(files, paths)

    monkeypatch.setattr(TableFiles, "scan", noted)
    return found


def names(sessions: pl.DataFrame) -> list[str]:
    return sorted(sessions["session_id"])


def test_what_is_new_and_all_of_its_sessions_are_read_from_their_files_alone(
    written: GameTables, looked_at: list[str]
) -> None:
    files = EventFiles.reading(written.location)
    assert files.beyond(PASSED).is_empty()
    files.of(pl.DataFrame({"session_id": ["player00"]}))
    looked_at.clear()
    written.write(reached("anna", DAYS))
    files.refresh()
    new = files.beyond(PASSED)
    assert new.to_dicts() == [dict(zip(SESSION, (TENANT, APP, subject_of("anna"), "anna"), strict=True)) | {"rows": 1}]
    # looked through, and read
    assert len(looked_at) == 2
    looked_at.clear()
    assert files.of(new).collect().height == 3
    assert len(looked_at) == 1 + 3


def test_a_partition_that_is_behind_makes_no_other_be_read(written: GameTables, looked_at: list[str]) -> None:
    files = EventFiles.reading(written.location)
    files.beyond(PASSED)
    looked_at.clear()
    written.write(reached("bo", DAYS), at=NOON)
    written.write(reached("ann", DAYS), at=NOON)
    files.refresh()
    assert names(files.beyond(PASSED)) == ["ann", "bo"]
    assert len(looked_at) == 2 + 2
    assert names(files.beyond({**PASSED, 0: DAYS + 1})) == ["ann"]


def test_sessions_of_one_name_are_told_apart_by_what_is_named(written: GameTables) -> None:
    GameTables(written.location, OTHER_APP).write(reached("anna", 1))
    files = EventFiles.reading(written.location)
    whole = dict(zip(SESSION, (TENANT, OTHER_APP, subject_of("anna"), "anna"), strict=True))
    assert files.of(pl.DataFrame([whole])).collect().height == 1
    assert files.of(pl.DataFrame({"session_id": ["anna"]})).collect().height == 3
    assert files.of(pl.DataFrame({"session_id": ["anna"], "subject": ["somebody"]})).collect().is_empty()


def test_files_that_are_joined_are_looked_through_anew(written: GameTables) -> None:
    files = EventFiles.reading(written.location)
    assert files.of(pl.DataFrame({"session_id": ["anna"]})).collect().height == 2
    table = TableFiles.open(written.location, STREAM.primary)
    paths = table.listing()["path"].to_list()
    table.exchange(paths, table.scan(paths).collect(), {}, upkeep=True)
    files.refresh()
    assert files.of(pl.DataFrame({"session_id": ["anna"]})).collect().height == 2
    assert files.beyond({0: DAYS, 1: 0}).is_empty()


def test_a_table_that_nobody_made_yet_has_nobody(tmp_path: Path) -> None:
    files = EventFiles.reading(Location(str(tmp_path)))
    assert files.beyond({0: 0}).is_empty()
    assert files.of(pl.DataFrame({"session_id": ["anna"]})).collect().is_empty()
