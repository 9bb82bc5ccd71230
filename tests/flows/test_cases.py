"""Every golden case alone and straight; all of a stream together in two splits, and crashed and resumed."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from bytewax.errors import BytewaxRuntimeError

from event_log import Record
from schemas.shared.stream import streams
from sinks.location import Location
from sinks.media.options import SettleOptions
from sinks.media.settle import SettleTables, settle
from tests.kit.cases import Case, Run, cases, crashing

CASES = cases()
TOGETHER = [of for name in streams() if (of := [case for case in CASES if case.stream.name == name])]
NEVER_UNSAID = ("dead_letters", "suppressed")
"""Tables that a case without a file for them must leave empty."""

Way = Callable[[Run, Sequence[Record]], None]


def straight(run: Run, records: Sequence[Record]) -> None:
    run.publish(records)
    run.flow()


def two_splits(run: Run, records: Sequence[Record]) -> None:
    run.publish(records)
    run.flow(split=(0, 2))
    run.flow(split=(1, 2))


def crashed_and_resumed(run: Run, records: Sequence[Record]) -> None:
    """Before the first table of an epoch, after some of them, before the primary one: then once more, whole."""
    run.publish(records)
    for written in range(5):
        with crashing(before_write=written), suppress(BytewaxRuntimeError):
            run.flow()
    run.flow()


def crashed_with_more_on_the_log_each_time(run: Run, records: Sequence[Record]) -> None:
    for number, part in enumerate(parts(records, 5)):
        run.publish(part)
        with crashing(before_write=1 + number % 3), suppress(BytewaxRuntimeError):
            run.flow()
    run.flow()


@pytest.mark.quick
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_golden_case_comes_out_as_written(case: Case, tmp_path: Path) -> None:
    run = Run(tmp_path, case.stream)
    for half in parts(case.records, 2):
        straight(run, half)
    for table, expected in expected_of(case).items():
        compare(run.rows(table), expected)


@pytest.mark.parametrize("cases", TOGETHER, ids=[of[0].stream.name for of in TOGETHER])
@pytest.mark.parametrize("way", [two_splits, crashed_and_resumed, crashed_with_more_on_the_log_each_time])
def test_all_cases_of_a_stream_come_out_as_written_in_one_run(cases: Sequence[Case], way: Way, tmp_path: Path) -> None:
    """Each of tenants of its own; what no case had is in no table."""
    run = Run(tmp_path, cases[0].stream)
    halves = [parts(case.records_apart, 2) for case in cases]
    for half in zip(*halves, strict=True):
        way(run, [record for records in half for record in records])
    for table in {table for case in cases for table in expected_of(case)}:
        as_written(run.rows(table), table, cases)


def as_written(rows: pl.DataFrame, table: str, cases: Sequence[Case]) -> None:
    """Each case's rows; counts of what was suppressed name no tenant, so they are added up over the cases."""
    said = {case: expected_of(case).get(table) for case in cases}
    if "tenant" not in rows.columns:
        return counts_as_written(rows, [line for lines in said.values() for line in lines or []])
    for case, expected in said.items():
        if expected is not None:
            compare(case.rows_of(rows), expected, f"{case.name}, {table}: ")
    if table in NEVER_UNSAID:
        assert len(rows) == sum(len(lines or []) for lines in said.values()), f"{table}: rows of no case"


def counts_as_written(rows: pl.DataFrame, expected: Sequence[Mapping[str, Any]]) -> None:
    """As many of each reason as all cases together say."""
    found, said = Counter[str](), Counter[str]()
    for row in rows.iter_rows(named=True):
        found[row["reason"]] += row["count"]
    for line in expected:
        said[line["reason"]] += line["count"]
    assert found == said


def expected_of(case: Case) -> Mapping[str, list[dict[str, Any]]]:
    return {**{table: [] for table in NEVER_UNSAID}, **case.expected}


def parts(records: Sequence[Record], count: int) -> list[Sequence[Record]]:
    """The records in order, in as many parts of about a size."""
    bounds = [number * len(records) // count for number in range(count + 1)]
    return [records[first:last] for first, last in pairwise(bounds)]


def compare(rows: pl.DataFrame, expected: list[dict[str, Any]], of: str = "") -> None:
    """As many rows as lines; each line has one row that agrees in the keys the line has."""
    found = [json.loads(line) for line in rows.with_columns(_readable(rows)).write_ndjson().splitlines()]
    assert len(found) == len(expected), f"{of}{found}"
    # who says most chooses first, so that a line that fits many takes no row that another needs
    for line in sorted(expected, key=len, reverse=True):
        matches = [row for row in found if all(row[key] == value for key, value in line.items())]
        assert matches, f"{of}no row like {line} among {[{key: row[key] for key in line} for row in found]}"
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
