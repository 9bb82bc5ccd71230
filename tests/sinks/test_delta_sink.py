"""Commits of one sink: what is in the tables, what the offsets say, whatever fails in between."""

import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from deltalake import DeltaTable
from hypothesis import given, settings
from hypothesis import strategies as st

from sinks import delta_sink
from sinks.delta_sink import DeltaSink
from sinks.faults import Fenced, TableIncompatible, TablesUnavailable
from sinks.location import Location
from sinks.options import SinkOptions
from sinks.reader import TableReader
from tests.kit.readings import PEAKS, READINGS, advance, opened, rows, stored

Write = Callable[..., None]
BOTH = (READINGS, PEAKS)
real_write: Write = delta_sink.appended


def on_write(monkeypatch: pytest.MonkeyPatch, *attempts: Write) -> None:
    """The next writes go through these, one each; later ones are as ever."""
    left = list(attempts)

    def write(*args: Any, **more: Any) -> None:
        (left.pop(0) if left else real_write)(*args, **more)

    monkeypatch.setattr(delta_sink, "appended", write)


def refused(*args: Any, **more: Any) -> None:
    raise OSError("no answer")


def lost_answer(*args: Any, **more: Any) -> None:
    real_write(*args, **more)
    raise OSError("no answer")


def test_a_commit_says_what_it_did_and_the_next_start_continues_there(location: Location) -> None:
    sink = opened(location, tables=BOTH)
    assert sink.offsets() == {0: 0}
    done = sink.commit({"readings": rows(0, 5), "peaks": rows(0, 2)}, {0: 5}, {})
    assert (done.rows, done.versions) == ({"peaks": 2, "readings": 5}, {"peaks": 1, "readings": 1})
    assert done.seconds.keys() == done.rows.keys()
    assert opened(location, tables=BOTH).offsets() == {0: 5}
    assert stored(location) == [0, 1, 2, 3, 4]


def test_the_primary_table_commits_last(location: Location, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []

    def noted(table: DeltaTable, *args: Any, **more: Any) -> None:
        order.append(table.metadata().name)
        real_write(table, *args, **more)

    sink = opened(location, tables=BOTH)
    on_write(monkeypatch, noted, noted)
    sink.commit({"readings": rows(0, 5), "peaks": rows(0, 2)}, {0: 5}, {})
    assert order == ["peaks", "readings"]


def test_a_commit_without_rows_moves_the_offsets_of_the_primary_table_only(location: Location) -> None:
    sink = opened(location, tables=BOTH)
    assert sink.commit({}, {0: 7}, {}).versions == {"readings": 1}
    again = opened(location, tables=BOTH)
    assert (again.offsets(), again.offsets("peaks")) == ({0: 7}, {0: 0})
    assert stored(location) == []


def test_offsets_that_do_not_move_make_no_commit(location: Location) -> None:
    sink = opened(location)
    sink.commit({}, {0: 7}, {})
    sink.commit({}, {0: 7}, {})
    assert TableReader(location).version("readings") == 1


def test_only_partitions_that_move_forward_are_noted(location: Location) -> None:
    sink = opened(location, [0, 1])
    sink.commit({"readings": rows(0, 9)}, {0: 9}, {})
    sink.commit({"readings": rows(0, 2, partition=1)}, {0: 4, 1: 2}, {})
    assert sink.offsets() == opened(location, [0, 1]).offsets() == {0: 9, 1: 2}


def test_rows_that_a_table_has_already_are_refused(location: Location) -> None:
    sink = opened(location)
    sink.commit({"readings": rows(0, 5)}, {0: 5}, {})
    with pytest.raises(ValueError, match="readings has everything before"):
        sink.commit({"readings": rows(0, 5)}, {0: 5}, {})
    assert stored(location) == [0, 1, 2, 3, 4]


def test_offsets_of_another_share_are_refused(location: Location) -> None:
    with pytest.raises(ValueError, match="not all of this share"):
        opened(location, [0, 2]).commit({}, {1: 5}, {})


def test_rows_are_sorted_inside_files_and_each_day_has_its_own(location: Location) -> None:
    sink = opened(location)
    days = [rows(0, 50), rows(50, 50, date(2026, 2, 2))]
    sink.commit({"readings": pl.concat(days).sample(fraction=1, shuffle=True, seed=1)}, {0: 100}, {})
    files = TableReader(location).table("readings").file_uris()
    assert len(files) == 2
    assert all(pl.read_parquet(file, hive_partitioning=False)["session_id"].is_sorted() for file in files)


def test_missing_columns_are_null_and_others_are_cast_to_the_declared_type(location: Location) -> None:
    frame = rows(0, 2).select("log_offset", "tenant", "session_id", "received_date", value=pl.lit(3))
    opened(location).commit({"readings": frame}, {0: 2}, {})
    found = TableReader(location).scan("readings").collect()
    assert found.schema == READINGS.schema
    assert found["value"].to_list() == [3.0, 3.0]
    assert found["event_id"].to_list() == [None, None]


def test_rows_that_do_not_fit_are_terminal_and_name_the_table(location: Location) -> None:
    with pytest.raises(TableIncompatible, match=r"readings.*log_offset"):
        opened(location).commit({"readings": rows(0, 1).with_columns(log_offset=pl.lit("x"))}, {0: 1}, {})


def test_a_commit_that_landed_without_an_answer_is_not_written_again(
    location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = opened(location)
    on_write(monkeypatch, lost_answer)
    sink.commit({"readings": rows(0, 3)}, {0: 3}, {})
    sink.commit({"readings": rows(3, 3)}, {0: 6}, {})
    assert stored(location) == [0, 1, 2, 3, 4, 5]


def test_a_commit_that_was_refused_is_tried_again(location: Location, monkeypatch: pytest.MonkeyPatch) -> None:
    sink = opened(location)
    on_write(monkeypatch, refused, refused)
    sink.commit({"readings": rows(0, 3)}, {0: 3}, {})
    assert stored(location) == [0, 1, 2]


def test_after_the_last_try_the_tables_are_unavailable_and_nothing_is_lost(
    location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = opened(location)
    on_write(monkeypatch, refused, refused, refused)
    with pytest.raises(TablesUnavailable, match=r"readings: no answer; check KINELAKE_TABLES_URL"):
        sink.commit({"readings": rows(0, 3)}, {0: 3}, {})
    sink.open()
    sink.commit({"readings": rows(0, 3)}, {0: 3}, {})
    assert stored(location) == [0, 1, 2]


def test_a_commit_beside_a_deletion_is_tried_again(location: Location, monkeypatch: pytest.MonkeyPatch) -> None:
    def after_deletion(*args: Any, **more: Any) -> None:
        DeltaTable(location.uri("readings")).delete("log_offset = 1")
        real_write(*args, **more)

    sink = opened(location)
    sink.commit({"readings": rows(0, 3)}, {0: 3}, {})
    on_write(monkeypatch, after_deletion)
    sink.commit({"readings": rows(3, 1)}, {0: 4}, {})
    assert stored(location) == [0, 2, 3]


def test_commits_go_on_whatever_another_flow_writes_before_and_inside_them(
    location: Location, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink, other = opened(location), DeltaSink(location, [READINGS], "other", [0], SinkOptions())
    other.open()

    def passed(*args: Any, **more: Any) -> None:
        other.commit({}, {0: other.offsets()[0] + 1}, {})
        real_write(*args, **more)

    on_write(monkeypatch, passed)
    sink.commit({"readings": rows(0, 3)}, {0: 3}, {})
    on_write(monkeypatch, lost_answer)
    sink.commit({"readings": rows(3, 3)}, {0: 6}, {})
    other.commit({}, {0: 9}, {})
    sink.commit({"readings": rows(6, 3)}, {0: 9}, {})
    assert (stored(location), sink.offsets(), opened(location).offsets()) == (list(range(9)), {0: 9}, {0: 9})


def test_a_zombie_is_fenced_and_writes_nothing(location: Location) -> None:
    zombie = opened(location)
    opened(location).commit({"readings": rows(0, 5)}, {0: 5}, {})
    with pytest.raises(Fenced, match="another process of flow flow with the same partitions"):
        zombie.commit({"readings": rows(0, 3)}, {0: 3}, {})
    assert stored(location) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("between", [1, 105], ids=["just_now", "beyond_a_checkpoint"])
def test_a_zombie_without_rows_is_fenced_too(tmp_path: Path, between: int) -> None:
    location = Location(str(tmp_path))
    zombie, owner = opened(location), opened(location)
    for offset in range(between):
        owner.commit({}, {0: offset + 1}, {})
    with pytest.raises(Fenced):
        zombie.commit({}, {0: between + 1}, {})
    assert opened(location).offsets() == {0: between}


@pytest.mark.parametrize("height", [0, 1], ids=["without_rows", "with_rows"])
def test_an_owner_that_takes_over_right_after_a_commit_fences_the_next(location: Location, height: int) -> None:
    zombie = opened(location)
    zombie.commit({"readings": rows(0, height)}, {0: 1}, {})
    opened(location).commit({"readings": rows(1, 1)}, {0: 2}, {})
    with pytest.raises(Fenced):
        zombie.commit({"readings": rows(1, 1)}, {0: 2}, {})
    assert stored(location) == [0, 1][1 - height :]


@pytest.mark.parametrize("first", [real_write, refused], ids=["in_between", "after_a_refusal"])
def test_an_owner_at_the_very_same_offsets_is_another_owner(
    location: Location, monkeypatch: pytest.MonkeyPatch, first: Write
) -> None:
    def overtaken(*args: Any, **more: Any) -> None:
        other = opened(location)
        other.commit({"readings": rows(0, 3)}, {0: 3}, {})
        first(*args, **more)

    zombie = opened(location)
    on_write(monkeypatch, overtaken)
    with pytest.raises(Fenced):
        zombie.commit({"readings": rows(0, 3)}, {0: 3}, {})
    assert stored(location) == [0, 1, 2]


def test_what_a_zombie_did_to_a_derived_table_stands_and_is_continued(location: Location) -> None:
    zombie, owner = opened(location, tables=BOTH), opened(location, tables=BOTH)
    owner.commit({"readings": rows(0, 5)}, {0: 5}, {})
    with pytest.raises(Fenced):
        advance(zombie, {0: 9})
    with pytest.raises(Fenced):
        advance(owner, {0: 12})
    owner.open()
    assert (owner.offsets(), owner.offsets("peaks")) == ({0: 5}, {0: 9})
    advance(owner, {0: 12})
    assert (stored(location), stored(location, "peaks")) == (list(range(12)), [0, 3, 6, 9])


def test_a_crash_between_two_tables_shows_in_their_offsets(location: Location, monkeypatch: pytest.MonkeyPatch) -> None:
    sink = opened(location, tables=BOTH)
    on_write(monkeypatch, real_write, refused, refused, refused)
    with pytest.raises(TablesUnavailable):
        advance(sink, {0: 6})
    restarted = opened(location, tables=BOTH)
    assert (restarted.offsets(), restarted.offsets("peaks")) == ({0: 0}, {0: 6})
    advance(restarted, {0: 8})
    assert (stored(location), stored(location, "peaks")) == (list(range(8)), [0, 3, 6])


STEP = st.tuples(
    st.integers(0, 6),
    st.integers(0, 6),
    st.lists(st.sampled_from([real_write, refused, lost_answer]), max_size=6),
)


@given(steps=st.lists(STEP, max_size=5))
@settings(max_examples=20)
def test_every_offset_is_in_both_tables_once_whatever_fails_at_whichever_commit(
    steps: list[tuple[int, int, list[Write]]],
) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(delta_sink, "wait_random_exponential", lambda *_, **__: lambda _: 0)
        location = Location(folder)
        sink = opened(location, [0, 1], BOTH)
        for first, second, attempts in steps:
            on_write(patch, *attempts)
            goal = {0: sink.offsets()[0] + first, 1: sink.offsets()[1] + second}
            _reached(sink, goal)
        ends = sink.offsets()
        assert {p: stored(location, "readings", p) for p in ends} == {p: list(range(ends[p])) for p in ends}
        assert {p: stored(location, "peaks", p) for p in ends} == {p: list(range(0, ends[p], 3)) for p in ends}


def _reached(sink: DeltaSink, goal: dict[int, int]) -> None:
    """Commits up to the goal, starting anew where the storage gave up."""
    while any(sink.offsets()[p] < goal[p] for p in goal):
        try:
            advance(sink, goal)
        except TablesUnavailable:
            sink.open()
