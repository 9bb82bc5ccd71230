"""What a reader has of a table whose log it follows by hand is what Delta says, whatever others do to it."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from deltalake import DeltaTable

from sinks.files import TableFiles
from sinks.followed import FollowedFiles
from sinks.location import Location
from sinks.table import CHECKPOINT_EVERY
from sinks.table_log import WHOLE
from sinks.upkeep import compact
from tests.kit.readings import DAY, READINGS, opened, rows

EXCHANGED = "flow/0"
GONE = WHOLE + 2 * CHECKPOINT_EVERY + 5
"""After so many commits the first ones are pruned."""


@pytest.fixture
def location(tmp_path: Path) -> Location:
    return Location(str(tmp_path))


def same(followed: FollowedFiles, location: Location) -> None:
    followed.refresh()
    asked = TableFiles.reading(location, READINGS)
    assert followed.version == asked.version
    assert followed.transaction(EXCHANGED) == asked.transaction(EXCHANGED)
    assert followed.listing().sort("path").equals(asked.listing().sort("path"))
    assert followed.listing().schema == asked.listing().schema
    paths = asked.listing()["path"].to_list()
    assert followed.scan(paths).sort("log_offset").collect().equals(asked.scan(paths).sort("log_offset").collect())


def counted(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How often Delta was asked from then on."""
    asked, real = [0], DeltaTable.update_incremental

    def update(table: DeltaTable, *args: Any) -> None:
        asked[0] += 1
        real(table, *args)

    monkeypatch.setattr(DeltaTable, "update_incremental", update)
    return lambda: asked[0]


def test_a_table_is_followed_from_before_it_is_there(location: Location) -> None:
    followed = FollowedFiles.reading(location, READINGS)
    assert (followed.version, followed.listing().height) == (-1, 0)
    sink = opened(location)
    same(followed, location)
    for end in range(1, 4):
        sink.commit({"readings": rows(end - 1, 1, date(2026, 2, end))}, {0: end}, {})
        same(followed, location)


def test_delta_is_not_asked_what_was_added(location: Location, monkeypatch: pytest.MonkeyPatch) -> None:
    sink, followed = opened(location), FollowedFiles.reading(location, READINGS)
    asked = counted(monkeypatch)
    for end in range(1, 6):
        sink.commit({"readings": rows(end - 1, 1)}, {0: end}, {})
        followed.refresh()
    followed.refresh()
    assert asked() == 0
    monkeypatch.undo()
    same(followed, location)


@pytest.mark.parametrize(
    "commits", [CHECKPOINT_EVERY + 5, WHOLE + 2 * CHECKPOINT_EVERY + 5], ids=["checkpoint", "gone"]
)
def test_a_reader_that_fell_behind_catches_up(location: Location, commits: int) -> None:
    sink = opened(location)
    sink.commit({"readings": rows(0, 1)}, {0: 1}, {})
    followed = FollowedFiles.reading(location, READINGS)
    for end in range(2, commits):
        sink.commit({"readings": rows(end - 1, 1)} if end % 50 == 0 else {}, {0: end}, {})
    same(followed, location)
    sink.commit({"readings": rows(commits, 1)}, {0: commits}, {})
    same(followed, location)


def test_files_that_went_are_gone_and_what_comes_after_is_followed(location: Location) -> None:
    sink, followed = opened(location), FollowedFiles.reading(location, READINGS)
    for end in range(1, 4):
        sink.commit({"readings": rows(end - 1, 1)}, {0: end}, {})
        same(followed, location)
    compact(location, READINGS)
    same(followed, location)
    sink.commit({"readings": rows(3, 1, DAY)}, {0: 4}, {})
    same(followed, location)
    DeltaTable(location.uri("readings")).delete("log_offset = 3")
    same(followed, location)


def test_a_file_of_nothing_but_nulls_has_no_bounds(location: Location) -> None:
    sink, followed = opened(location), FollowedFiles.reading(location, READINGS)
    nothing = [pl.lit(None, READINGS.schema[name]).alias(name) for name in ("session_id", "occurred_at")]
    same(followed, location)
    sink.commit({"readings": rows(0, 2).with_columns(nothing)}, {0: 2}, {})
    same(followed, location)
