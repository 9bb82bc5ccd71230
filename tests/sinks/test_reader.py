"""Tables as they are read: which files are touched, which version is seen."""

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from sinks.faults import TablesUnavailable
from sinks.location import Location
from sinks.reader import TableReader
from tests.kit.readings import NOON, opened, rows

LATER = date(2026, 2, 2)


def two_files(location: Location) -> None:
    sink = opened(location)
    sink.commit({"readings": rows(0, 3)}, {0: 3}, {})
    sink.commit({"readings": rows(1000, 3, LATER)}, {0: 1003}, {})


@pytest.mark.parametrize(
    "wanted",
    [
        pl.col("received_date") == LATER,
        pl.col("occurred_at") >= NOON + timedelta(seconds=1000),
        pl.col("session_id").is_in(sorted(set(rows(1000, 3)["session_id"]) - {"00"})) & (pl.col("session_id") > "97"),
    ],
    ids=["partition", "time", "session"],
)
def test_files_that_cannot_match_are_not_opened(tmp_path: Path, wanted: pl.Expr) -> None:
    location = Location(str(tmp_path))
    two_files(location)
    (first,) = (tmp_path / "readings").glob("received_date=2026-02-01/*.parquet")
    first.unlink()
    TableReader(location).scan("readings").filter(wanted).collect()


def test_a_scan_stays_at_the_version_it_was_asked_for(location: Location) -> None:
    sink, reader = opened(location), TableReader(location)
    sink.commit({"readings": rows(0, 3)}, {0: 3}, {})
    before = reader.scan("readings").select(pl.len())
    sink.commit({"readings": rows(3, 3)}, {0: 6}, {})
    after = reader.scan("readings").select(pl.len())
    assert [frame.collect().item() for frame in (before, after)] == [3, 6]
    assert reader.scan("readings", 1).select(pl.len()).collect().item() == 3
    assert reader.version("readings") == 2


def test_a_table_that_is_not_there_has_no_version_and_cannot_be_read(location: Location) -> None:
    reader = TableReader(location)
    assert reader.version("readings") is None
    with pytest.raises(TablesUnavailable, match="readings"):
        reader.scan("readings")


def test_offsets_are_those_the_flow_committed(location: Location) -> None:
    opened(location, [0, 2]).commit({"readings": rows(0, 3)}, {0: 3, 2: 8}, {})
    assert TableReader(location).offsets("readings", "flow", range(3)) == {0: 3, 1: 0, 2: 8}
    assert TableReader(location).offsets("readings", "other", range(1)) == {0: 0}


def test_details_and_the_latest_time_come_from_the_log_of_the_table(location: Location) -> None:
    reader = TableReader(location)
    opened(location)
    assert reader.maximum("readings", "occurred_at") is None
    two_files(location)
    details = reader.details("readings")
    assert (details.rows, details.files, details.version, details.partition_by) == (6, 2, 2, ("received_date",))
    assert details.path == location.uri("readings")
    assert details.bytes > 0
    assert reader.maximum("readings", "occurred_at") == NOON + timedelta(seconds=1002)
