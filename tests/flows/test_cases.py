"""Every golden case, straight, in two splits, and crashed and resumed."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from bytewax.errors import BytewaxRuntimeError

from sinks.location import Location
from sinks.media.options import SettleOptions
from sinks.media.settle import SettleTables, settle
from tests.kit.cases import Case, Run, cases, crashing

CASES = cases()
NAMES = [f"{case.folder.parent.name}/{case.folder.name}" for case in CASES]


def straight(run: Run) -> None:
    run.flow()


def two_splits(run: Run) -> None:
    run.flow(split=(0, 2))
    run.flow(split=(1, 2))


def crashed_and_resumed(run: Run) -> None:
    """Before the first table of an epoch, after some of them, before the primary one: then once more, whole."""
    for written in range(5):
        with crashing(before_write=written), suppress(BytewaxRuntimeError):
            run.flow()
    run.flow()


@pytest.mark.parametrize("case", CASES, ids=NAMES)
@pytest.mark.parametrize("way", [straight, two_splits, crashed_and_resumed])
def test_a_golden_case_comes_out_as_written(case: Case, way: Any, tmp_path: Path) -> None:
    run = Run(tmp_path, case.stream)
    records = case.records
    half = len(records) // 2
    run.publish(records[:half])
    way(run)
    run.publish(records[half:])
    way(run)
    for table, expected in case.expected.items():
        compare(run.rows(table), expected)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_crashes_in_a_row_with_more_on_the_log_each_time_leave_nothing_twice(case: Case, tmp_path: Path) -> None:
    run, records = Run(tmp_path, case.stream), case.records
    for number in range(5):
        run.publish(records[number * len(records) // 5 : (number + 1) * len(records) // 5])
        with crashing(before_write=1 + number % 3), suppress(BytewaxRuntimeError):
            run.flow()
    run.flow()
    for table, expected in case.expected.items():
        compare(run.rows(table), expected)


def compare(rows: pl.DataFrame, expected: list[dict[str, Any]]) -> None:
    """As many rows as lines; each line has one row that agrees in the keys the line has."""
    found = [json.loads(line) for line in rows.with_columns(_readable(rows)).write_ndjson().splitlines()]
    assert len(found) == len(expected), found
    for line in expected:
        matches = [row for row in found if all(row[key] == value for key, value in line.items())]
        assert matches, f"no row like {line} among {[{key: row[key] for key in line} for row in found]}"
        found.remove(matches[0])


def _readable(rows: pl.DataFrame) -> list[pl.Expr]:
    """Times as RFC 3339, bytes as text."""
    times = [
        pl.col(name).dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
        for name, dtype in rows.schema.items()
        if isinstance(dtype, pl.Datetime)
    ]
    return times + [pl.col(name).bin.encode("base64") for name, dtype in rows.schema.items() if dtype == pl.Binary]


def test_a_late_event_of_a_settled_session_folds_it_again_after_a_restart(tmp_path: Path) -> None:
    case = next(case for case in CASES if case.folder.name == "one_session")
    run, records = Run(tmp_path, case.stream), case.records
    run.publish(records[:2] + records[3:])
    run.flow()
    later = datetime(2026, 3, 1, tzinfo=UTC)
    settled = settle(SettleTables.open(Location(run.tables.tables_url)), later, later, SettleOptions())
    assert settled.rows == 1
    run.publish(records[2:3])
    run.flow()
    (state,) = run.rows("media_session_states").iter_rows(named=True)
    assert (state["events"], state["watch_time_seconds"]) == (8, 27.0)
