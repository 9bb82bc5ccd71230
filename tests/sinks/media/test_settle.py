"""Settling moves quiet sessions into rows and cells; whatever interrupts it, each session counts once."""

import threading
from datetime import timedelta
from itertools import count, takewhile
from pathlib import Path

import polars as pl
import pytest
from deltalake import DeltaTable, write_deltalake

from schemas.media.cells import CELL_KEY, MEDIA_SESSION_CELLS
from schemas.media.sessions import SESSION_KEY
from sinks.files import ExchangeRaced, TableFiles
from sinks.location import Location
from sinks.media.cells import MEASURES, cells_of
from sinks.media.options import SettleOptions
from sinks.media.settle import CELLS, SettleTables, settle
from sinks.settling import Settled
from tests.kit.media_sessions import NOON, append, session, settle_tables, states
from tests.servers import S3

OPTIONS = SettleOptions()


@pytest.fixture
def tables(tmp_path: Path) -> SettleTables:
    return settle_tables(tmp_path)


def rows_of(files: TableFiles) -> pl.DataFrame:
    files.refresh()
    return files.scan(files.listing()["path"].to_list()).collect()


def run(tables: SettleTables, minutes: float) -> Settled:
    now = NOON + timedelta(minutes=minutes)
    return settle(tables, now, now, OPTIONS)


def same_cells(tables: SettleTables) -> None:
    expected = cells_of(rows_of(tables.sessions)).sort(CELL_KEY)
    found = rows_of(tables.cells).sort(CELL_KEY)
    exact = [name for name in expected.columns if not (name in MEASURES and expected[name].dtype == pl.Float64)]
    assert found.select(exact).equals(expected.select(exact))
    assert tables.cells.transaction(CELLS) == tables.sessions.version


def test_a_quiet_session_is_settled_and_its_states_go(tmp_path: Path, tables: SettleTables) -> None:
    append(tmp_path, session("a", last_event_at=5), session("a", revision=2))
    append(tmp_path, session("b", first_event_at=30))

    assert run(tables, 51) == Settled(rows=1, reopened=0, states_removed=2, states_kept=1)

    assert rows_of(tables.sessions)["session_id"].to_list() == ["a"]
    assert rows_of(tables.sessions)["revision"].to_list() == [2]
    assert rows_of(tables.states)["session_id"].to_list() == ["b"]
    same_cells(tables)


def test_a_session_that_was_heard_of_less_than_40_minutes_ago_stays(tmp_path: Path, tables: SettleTables) -> None:
    append(tmp_path, session("a"))
    assert run(tables, 50).rows == 0
    assert rows_of(tables.states).height == 1


def test_a_session_whose_events_came_in_late_waits_two_minutes(tmp_path: Path, tables: SettleTables) -> None:
    append(tmp_path, session("a", last_received_at=60))
    assert run(tables, 61).rows == 0
    assert run(tables, 63).rows == 1


def test_a_late_event_reopens_its_session(tmp_path: Path, tables: SettleTables) -> None:
    append(tmp_path, session("a"), session("b"))
    run(tables, 60)
    append(
        tmp_path, session("a", revision=9, first_event_at=-90, last_event_at=10, last_received_at=70, country_code="IT")
    )

    assert run(tables, 80) == Settled(rows=1, reopened=1, states_removed=1, states_kept=0)

    found = rows_of(tables.sessions).sort("session_id")
    assert found["revision"].to_list() == [9, 1]
    assert found["country_code"].to_list() == ["IT", "RO"]
    same_cells(tables)


def test_a_session_that_moves_to_the_day_before_leaves_its_old_day(tmp_path: Path, tables: SettleTables) -> None:
    append(tmp_path, session("a"))
    run(tables, 60)
    append(tmp_path, session("a", revision=2, first_event_at=-24 * 60, last_event_at=10))
    run(tables, 80)
    assert rows_of(tables.sessions).height == 1
    assert rows_of(tables.cells)["start_date"].unique().to_list() == [NOON.date() - timedelta(days=1)]
    same_cells(tables)


def test_a_second_run_changes_nothing(tmp_path: Path, tables: SettleTables) -> None:
    append(tmp_path, session("a"), session("b", first_event_at=50))
    run(tables, 60)
    versions = [files.version for files in (tables.states, tables.sessions, tables.cells)]
    assert run(tables, 60) == Settled(rows=0, reopened=0, states_removed=0, states_kept=1)
    assert [files.version for files in (tables.states, tables.sessions, tables.cells)] == versions


class Killed(Exception):
    """The process died here."""


@pytest.mark.parametrize("step", ["cells", "states"])
def test_a_run_that_died_before_a_commit_is_finished_by_the_next(
    tmp_path: Path, tables: SettleTables, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(tmp_path, session("a"), session("b"))
    with monkeypatch.context() as patch:
        patch.setattr(getattr(tables, step), "exchange", _dies)
        with pytest.raises(Killed):
            run(tables, 60)
    assert run(settle_tables(tmp_path), 61).states_removed == 2
    assert rows_of(tables.sessions).height == 2
    assert rows_of(tables.states).is_empty()
    same_cells(tables)


def _dies(*_: object, **__: object) -> None:
    raise Killed


def test_what_the_flow_appends_meanwhile_stays(
    tmp_path: Path, tables: SettleTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(tmp_path, session("a"), session("b", first_event_at=50))
    exchange = tables.states.exchange

    def after_an_append(*args: object, **named: object) -> None:
        append(tmp_path, session("a", revision=7), session("c", first_event_at=55))
        exchange(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(tables.states, "exchange", after_an_append)
    run(tables, 60)
    left = rows_of(tables.states).sort("session_id").select("session_id", "revision").rows()
    assert left == [("a", 7), ("b", 1), ("c", 1)]


@pytest.mark.parametrize("step", ["sessions", "cells", "states"])
def test_of_two_settlers_at_once_one_fails_and_nothing_is_twice(
    tmp_path: Path, tables: SettleTables, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(tmp_path, session("a"), session("b", first_event_at=50))
    other = settle_tables(tmp_path)
    exchange = getattr(tables, step).exchange

    def after_the_other(*args: object, **named: object) -> None:
        run(other, 60)
        exchange(*args, **named)

    monkeypatch.setattr(getattr(tables, step), "exchange", after_the_other)
    with pytest.raises(ExchangeRaced):
        run(tables, 60)
    run(settle_tables(tmp_path), 60)
    assert rows_of(tables.sessions).select(SESSION_KEY).is_duplicated().sum() == 0
    assert rows_of(tables.states)["session_id"].to_list() == ["b"]
    same_cells(tables)


@pytest.mark.parametrize("step", ["sessions", "cells", "states"])
def test_a_compaction_at_the_same_time_keeps_no_row_twice(
    tmp_path: Path, tables: SettleTables, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(tmp_path, session("a"), session("b"), session("c", first_event_at=50))
    run(tables, 60)
    append(tmp_path, session("a", revision=2), session("d"))
    exchange = getattr(tables, step).exchange

    def after_a_compaction(*args: object, **named: object) -> None:
        other = getattr(settle_tables(tmp_path), step)
        paths = other.listing()["path"].to_list()
        other.exchange(paths, other.scan(paths).collect(), {}, upkeep=True)
        exchange(*args, **named)

    with monkeypatch.context() as patch:
        patch.setattr(getattr(tables, step), "exchange", after_a_compaction)
        with pytest.raises(ExchangeRaced):
            run(tables, 61)
    run(settle_tables(tmp_path), 61)
    assert sorted(rows_of(tables.sessions)["session_id"]) == ["a", "b", "d"]
    assert rows_of(tables.states)["session_id"].to_list() == ["c"]
    same_cells(tables)


def test_the_cells_have_every_declared_column(tmp_path: Path, tables: SettleTables) -> None:
    append(tmp_path, session("a", ttfb_ms=0.0, country_code=None))
    run(tables, 60)
    cells = rows_of(tables.cells)
    assert cells.schema == MEDIA_SESSION_CELLS.schema
    every = cells.filter(pl.col("media_id").is_null(), dimension="all")
    assert every["ttfb_histogram"].to_list() == [[{"bucket": None, "sessions": 1}]]
    assert cells.filter(dimension="country_code")["value"].unique().to_list() == ["unknown"]


def test_compacted_tables_are_read_as_before(tmp_path: Path, tables: SettleTables) -> None:
    for number in range(3):
        append(tmp_path, session(f"s{number}", first_event_at=number))
        run(tables, 60 + number)
    for name in ("media_sessions", "media_session_cells", "media_session_states"):
        DeltaTable(str(tmp_path / name)).optimize.compact()
    append(tmp_path, session("late", first_event_at=3))
    run(tables, 70)
    assert rows_of(tables.sessions).height == 4
    same_cells(tables)


def test_a_racing_appender_neither_waits_nor_loses_a_row(tmp_path: Path, tables: SettleTables) -> None:
    append(tmp_path, session("old"))
    folder, revisions, pruned = str(tmp_path / "media_session_states"), list[int](), threading.Event()

    def flow() -> None:
        table = DeltaTable(folder)
        for revision in takewhile(lambda number: number < 60 or not pruned.is_set(), count(2)):
            revisions.append(revision)
            table.update_incremental()
            rows = states(
                session("a", revision=revision, first_event_at=50), session(f"n{revision}", first_event_at=50)
            )
            write_deltalake(table, rows, mode="append")

    appended = threading.Thread(target=flow)
    appended.start()
    prunes = 0
    while appended.is_alive():
        run(tables, 60)
        prunes += 1
        if prunes > 3:
            pruned.set()
    appended.join()
    run(tables, 60)

    left = rows_of(tables.states)
    assert prunes > 3
    assert left.filter(session_id="a")["revision"].to_list() == [revisions[-1]]
    assert set(left["session_id"]) == {"a"} | {f"n{revision}" for revision in revisions}


def test_a_bucket_is_settled_like_a_folder(s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    location = Location(s3.bucket())
    tables = SettleTables.open(location)
    write_deltalake(
        location.uri("media_session_states"), states(session("a"), session("b", first_event_at=50)), mode="append"
    )
    assert run(tables, 60) == Settled(rows=1, reopened=0, states_removed=1, states_kept=1)
    write_deltalake(location.uri("media_session_states"), states(session("a", revision=2)), mode="append")
    assert run(tables, 61).reopened == 1
    same_cells(tables)
