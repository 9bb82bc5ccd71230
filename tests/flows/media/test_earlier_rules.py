"""What version 0.1 folded stays as it is until a late event; then the session is folded by the rules of now."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from deltalake import write_deltalake

import kinelake
from event_log import Record
from schemas.media.events import STREAM
from sinks.location import Location
from sinks.media.options import SettleOptions
from sinks.media.settle import SettleTables, settle
from tests.kit.cases import Case, Run, cases

LATER = datetime(2026, 3, 1, tzinfo=UTC)
ADDED = {"media_events": "sequence", "media_session_states": "fold_rules"}
"""Table → the column that version 0.1 did not have."""


@pytest.fixture
def earlier(tmp_path: Path) -> tuple[Run, Case, list[Record]]:
    """A lake as 0.1 left it after a night's sleep: nine minutes of it count as watched and downloaded."""
    case = next(case for case in cases() if case.folder.name == "asleep")
    run, records = Run(tmp_path, case.stream), case.records
    run.publish(records[:4])
    run.flow()
    old = {"watch_time_seconds": 550.0, "media_seconds": 550.0, "bits": 5.5e8}
    rewrite(run, "media_session_states", **old)
    rewrite(run, "media_events")
    append_usage(run, bits=5.5e8 - 10.25e6)
    return run, case, records


def rewrite(run: Run, table: str, **values: float) -> None:
    """The table without the column that was added, and with other values; its transactions stay."""
    uri = Location(run.tables.tables_url).uri(table)
    rows = pl.scan_delta(uri).collect().drop(ADDED[table]).with_columns(**{k: pl.lit(v) for k, v in values.items()})
    write_deltalake(uri, rows, mode="overwrite", schema_mode="overwrite", partition_by=["received_date"])


def append_usage(run: Run, bits: float) -> None:
    """What the old rules gave beyond the new ones."""
    uri = Location(run.tables.tables_url).uri("media_usage")
    rows = pl.scan_delta(uri).collect().filter(pl.col("dimension") == "all")[:1]
    write_deltalake(uri, rows.with_columns(bits=pl.lit(bits), sessions=pl.lit(0, pl.Int64)), mode="append")


def settled(run: Run) -> pl.DataFrame:
    settle(SettleTables.open(Location(run.tables.tables_url)), LATER, LATER, SettleOptions())
    return run.rows("media_sessions")


def downloaded(run: Run) -> float:
    """The bits of all minutes."""
    return float(run.rows("media_usage").filter(pl.col("dimension") == "all")["bits"].sum())


def test_a_session_settled_under_the_old_rules_keeps_its_numbers(earlier: Any) -> None:
    run, _, _ = earlier
    (row,) = settled(run).iter_rows(named=True)
    assert (row["watch_time_seconds"], row["bits"], row["fold_rules"]) == (550.0, 5.5e8, None)


def test_a_late_event_folds_it_by_the_new_rules_and_settling_says_so(earlier: Any) -> None:
    run, case, records = earlier
    settled(run)
    run.publish(records[4:])
    run.flow()
    (row,) = settled(run).iter_rows(named=True)
    (expected,) = case.expected["media_session_states"]
    assert {name: row[name] for name in expected} == expected
    assert row["fold_rules"] == 2


def test_minutes_keep_what_the_old_rules_gave_and_add_what_the_late_event_does(earlier: Any) -> None:
    run, _, records = earlier
    settled(run)
    assert downloaded(run) == pytest.approx(5.5e8)
    run.publish(records[4:])
    run.flow()
    assert downloaded(run) == pytest.approx(5.5e8 + 10e6)


def test_tables_of_before_are_read_with_the_new_columns_null(earlier: Any) -> None:
    run, _, _ = earlier
    folder = Path(run.tables.tables_url).parent
    states = kinelake.open("media_sessions", data=folder).collect()
    assert states["fold_rules"].to_list() == [None]
    assert "sequence" not in pl.scan_delta(str(folder / "tables" / STREAM.primary.name)).collect_schema()
