"""Compaction, vacuum and retention on real tables, beside a writer."""

import os
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from sinks.files import TableFiles
from sinks.location import Location
from sinks.options import SinkOptions
from sinks.reader import TableReader
from sinks.upkeep import Vacuumed, compact, needs_compaction, vacuum
from tests.kit.readings import DAY, READINGS, opened, rows, stored

OLD = date(2026, 1, 1)
FILES = SinkOptions(compact_after_files=10)


def test_compaction_leaves_few_sorted_files_and_every_row(location: Location) -> None:
    writer = opened(location)
    for epoch in range(12):
        writer.commit({"readings": rows(10 * epoch, 10)}, {0: 10 * epoch + 10}, {})
    assert needs_compaction(TableFiles.open(location, READINGS), FILES)
    done = compact(location, READINGS)
    assert (done.files_before, done.files_after) == (12, 1)
    assert stored(location) == list(range(120))
    (file,) = TableReader(location).table("readings").file_uris()
    assert pl.read_parquet(file)["session_id"].is_sorted()


def test_many_days_of_one_file_need_no_compaction(location: Location) -> None:
    days = pl.concat([rows(n, 1, date(2026, 1, n)) for n in range(1, 16)])
    opened(location).commit({"readings": days}, {0: 16}, {})
    assert not needs_compaction(TableFiles.open(location, READINGS), FILES)


def test_compaction_keeps_the_offsets_of_the_sink(location: Location) -> None:
    writer = opened(location)
    for epoch in range(3):
        writer.commit({"readings": rows(epoch, 1)}, {0: epoch + 1}, {})
    compact(location, READINGS)
    assert opened(location).offsets() == {0: 3}
    writer.commit({"readings": rows(3, 1)}, {0: 4}, {})
    assert stored(location) == [0, 1, 2, 3]


def test_vacuum_removes_what_no_version_uses_and_orphans_of_failed_commits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    location, long_ago = Location(str(tmp_path)), datetime.now(UTC).timestamp() - 30 * 3600
    longer_ago = long_ago - 10 * 3600
    monkeypatch.setattr("sinks.files.milliseconds", lambda: int(longer_ago * 1000))
    writer = opened(location)
    for epoch in range(4):
        writer.commit({"readings": rows(epoch, 1)}, {0: epoch + 1}, {})
    orphan = _orphan(tmp_path)
    compact(location, READINGS)
    for path in tmp_path.rglob("*.*"):
        written = long_ago if path.parent.name == "_delta_log" else longer_ago
        os.utime(path, (written, written))
    assert vacuum(location, READINGS, 24, datetime.now(UTC)) == Vacuumed(log_files=0, data_files=5)
    assert not orphan.exists()
    assert stored(location) == [0, 1, 2, 3]


def test_vacuum_leaves_the_files_of_a_commit_under_way(tmp_path: Path) -> None:
    location = Location(str(tmp_path))
    opened(location).commit({"readings": rows(0, 1)}, {0: 1}, {})
    orphan = _orphan(tmp_path)
    assert vacuum(location, READINGS, 1, datetime.now(UTC) + timedelta(hours=1)) == Vacuumed(0, 0)
    assert orphan.exists()


def test_a_writer_goes_on_beside_compaction_and_no_row_is_lost_or_doubled(location: Location) -> None:
    _beside_a_writer(location, lambda: compact(location, READINGS))


def test_a_writer_goes_on_beside_vacuum_and_no_row_is_lost_or_doubled(location: Location) -> None:
    def tidy() -> None:
        compact(location, READINGS)
        vacuum(location, READINGS, 1, datetime.now(UTC) + timedelta(hours=2))

    _beside_a_writer(location, tidy)


def test_a_writer_goes_on_beside_retention_and_only_old_days_go(location: Location) -> None:
    expiring = opened(location, [1])
    removed = []

    def expire() -> None:
        offset = expiring.offsets()[1]
        expiring.commit({"readings": rows(offset, 5, OLD, partition=1)}, {1: offset + 5}, {})
        removed.append(_without_old_days(location))

    _beside_a_writer(location, expire)
    assert removed == [5] * len(removed)
    assert stored(location, partition=1) == []


def _beside_a_writer(location: Location, upkeep: Callable[[], object]) -> None:
    """Upkeep again and again until thirty commits are done."""
    sink = opened(location, options=SinkOptions())
    failures: list[Exception] = []

    def write() -> None:
        try:
            for epoch in range(30):
                sink.commit({"readings": rows(5 * epoch, 5)}, {0: 5 * epoch + 5}, {})
        except Exception as error:
            failures.append(error)

    writer = threading.Thread(target=write)
    writer.start()
    while writer.is_alive():
        upkeep()
    writer.join()
    assert failures == []
    assert stored(location) == list(range(150))


def _without_old_days(location: Location) -> int:
    """What retention does: whole days go in one commit; returns their rows."""
    files = TableFiles.open(location, READINGS)
    old = files.listing().filter(pl.col(files.partition) < DAY)
    files.exchange(old["path"].to_list(), pl.DataFrame(schema=READINGS.schema), {})
    return int(old["rows"].sum())


def _orphan(tables: Path) -> Path:
    """A file that no commit names, as one under way or failed leaves it."""
    path = tables / "readings" / f"received_date={DAY}" / "part-orphan.parquet"
    rows(90, 1).write_parquet(path)
    return path
