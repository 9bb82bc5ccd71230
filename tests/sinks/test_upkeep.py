"""Compaction, vacuum and retention on real tables, beside a writer."""

import threading
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from schemas.columns import TIMESTAMP, Column, Table
from sinks.delta_sink import DeltaSink
from sinks.location import Location
from sinks.options import SinkOptions
from sinks.reader import TableReader
from sinks.upkeep import compact, needs_compaction, retain, vacuum

TABLE = Table(
    "readings",
    "For tests.",
    (
        Column("tenant", pl.String, "Whose."),
        Column("session_id", pl.String, "Which."),
        Column("occurred_at", TIMESTAMP, "When.", "UTC"),
        Column("log_offset", pl.Int64, "Where on the log."),
        Column("received_date", pl.Date, "Day."),
    ),
)
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def rows(first: int, count: int, day: date = date(2026, 2, 1)) -> pl.DataFrame:
    offsets = list(range(first, first + count))
    return pl.DataFrame(
        {"tenant": "t", "session_id": [f"{n * 7919 % 97}" for n in offsets], "log_offset": offsets, "received_date": day}
    ).with_columns(occurred_at=pl.lit(NOW).cast(TIMESTAMP))


@pytest.fixture
def location(tmp_path: Path) -> Location:
    return Location(str(tmp_path))


def sink(location: Location) -> DeltaSink:
    made = DeltaSink(location, [TABLE], "flow", [0], SinkOptions())
    made.open()
    return made


def offsets(location: Location) -> list[int]:
    return sorted(TableReader(location).scan("readings").collect()["log_offset"].to_list())


def test_compaction_leaves_few_sorted_files_and_every_row(location: Location) -> None:
    writer = sink(location)
    for epoch in range(12):
        writer.commit({"readings": rows(10 * epoch, 10)}, {0: 10 * epoch + 10})
    assert needs_compaction(location, TABLE, SinkOptions(compact_after_files=10))
    done = compact(location, TABLE, SinkOptions())
    assert (done.files_before, done.files_after) == (12, 1)
    assert offsets(location) == list(range(120))
    (file,) = TableReader(location).table("readings").file_uris()
    assert pl.read_parquet(file)["session_id"].is_sorted()


def test_a_writer_goes_on_beside_compaction_and_nothing_is_lost_or_doubled(location: Location) -> None:
    done = threading.Event()

    def write() -> None:
        writer = sink(location)
        for epoch in range(60):
            writer.commit({"readings": rows(5 * epoch, 5)}, {0: 5 * epoch + 5})
        done.set()

    writing = threading.Thread(target=write)
    sink(location)
    writing.start()
    while not done.is_set():
        compact(location, TABLE, SinkOptions())
    writing.join()
    assert offsets(location) == list(range(300))


def test_compaction_keeps_the_offsets_of_the_sink(location: Location) -> None:
    writer = sink(location)
    for epoch in range(3):
        writer.commit({"readings": rows(epoch, 1)}, {0: epoch + 1})
    compact(location, TABLE, SinkOptions())
    assert sink(location).offsets() == {0: 3}
    writer.commit({"readings": rows(3, 1)}, {0: 4})
    assert offsets(location) == [0, 1, 2, 3]


def test_retention_removes_whole_days_and_counts_their_rows(location: Location) -> None:
    writer = sink(location)
    writer.commit({"readings": rows(0, 4, date(2026, 1, 1))}, {0: 4})
    writer.commit({"readings": rows(4, 3, date(2026, 2, 27))}, {0: 7})
    assert retain(location, TABLE, 30, NOW) == 4
    assert retain(location, TABLE, 30, NOW) == 0
    assert offsets(location) == [4, 5, 6]


def test_vacuum_removes_what_no_version_uses_and_orphans_of_failed_commits(location: Location) -> None:
    writer = sink(location)
    for epoch in range(4):
        writer.commit({"readings": rows(epoch, 1)}, {0: epoch + 1})
    orphan = Path(location.uri("readings")) / "received_date=2026-02-01" / "part-orphan.parquet"
    rows(90, 1).write_parquet(orphan)
    compact(location, TABLE, SinkOptions())
    assert vacuum(location, TABLE, SinkOptions(vacuum_hours=0)) == 5
    assert not orphan.exists()
    assert offsets(location) == [0, 1, 2, 3]
