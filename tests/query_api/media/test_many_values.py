"""A dimension of the client's choosing: beyond 1,000 values the rest is `other`, and nothing is lost."""

from collections import Counter
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import polars as pl
import pytest
from deltalake import write_deltalake
from hypothesis import given
from hypothesis import strategies as st

import query_api.media.sums
import sinks.media.cells
from query_api.media.question import Question
from query_api.media.statistics import PERIODS, bandwidth, qoe
from query_api.media.sums import Sums
from schemas.media.cells import MOST_VALUES, OTHER
from schemas.media.dimensions import UNKNOWN
from schemas.media.sessions import MEDIA_SESSION_STATES
from sinks.media.cells import VALUE_SCOPE, bounded
from tests.kit.media_sessions import NOON, session, states
from tests.query_api.media.test_sums import World

MANY = 60_000


def groups(world: World, media_id: str | None = None) -> dict[str, int]:
    """Connection type → sessions, as the answer says."""
    question = Question("acme", world.now - PERIODS["24h"], world.now, media_id)
    answer = bandwidth(Sums(world.view(), question), "24h", "connection_type")
    return {group["connection_type"]: group["total_sessions"] for group in answer["stats"]}


def append_many(world: World, count: int, name: str, first_event_at: int) -> None:
    """Sessions of one connection type each, and two of "wifi"."""
    number = pl.int_range(count, eager=True).cast(pl.String)
    types = pl.concat([pl.Series(["wifi", "wifi"]), name + number.slice(2)])
    one = states(session("x", first_event_at=first_event_at))
    rows = pl.concat([one] * count).with_columns(session_id=name + number, connection_type=types)
    table = str(world.folder / MEDIA_SESSION_STATES.name)
    write_deltalake(table, rows.select(MEDIA_SESSION_STATES.schema.names()), mode="append")


def test_60000_values_are_1000_and_other_settled_or_not(tmp_path: Path) -> None:
    world = World(tmp_path)
    append_many(world, MANY, "a", first_event_at=0)
    world.now = NOON + timedelta(minutes=70)
    unsettled = groups(world)
    world.settle()
    assert groups(world) == unsettled == groups(world, "squat")
    assert unsettled["wifi"] == 2
    assert unsettled[OTHER] == MANY - 2 - (MOST_VALUES - 1)
    assert len(unsettled) == MOST_VALUES + 1
    cells = world.tables.cells
    cells.refresh()
    per_hour = (
        cells.scan(cells.listing()["path"].to_list()).group_by(VALUE_SCOPE).agg(pl.col("value").n_unique()).collect()
    )
    assert per_hour["value"].max() == MOST_VALUES + 1


def test_hours_of_other_values_are_merged_into_a_bounded_answer(tmp_path: Path) -> None:
    world = World(tmp_path)
    for hour in range(4):
        append_many(world, 1500, f"{hour} ", first_event_at=60 * hour)
    world.now = NOON + timedelta(hours=5)
    world.settle()
    found = groups(world)
    assert len(found) == MOST_VALUES + 1
    assert found["wifi"] == 8
    assert sum(found.values()) == 4 * 1500
    question = Question("acme", world.now - PERIODS["24h"], world.now)
    for answer in (bandwidth, qoe):
        assert len(msgspec.json.encode(answer(Sums(world.view(), question), "24h", "connection_type"))) < 500_000


def test_hours_settled_before_there_was_a_bound_are_read_within_it(tmp_path: Path, monkeypatch: Any) -> None:
    world = World(tmp_path)
    append_many(world, 3000, "a", first_event_at=0)
    world.now = NOON + timedelta(minutes=70)
    with monkeypatch.context() as unbounded:
        unbounded.setattr(sinks.media.cells, "bounded", lambda cells: cells)
        world.settle()
    held = world.view().cells["acme"].rows.filter(pl.col("dimension") == "connection_type")
    assert held["value"].n_unique() == MOST_VALUES + 1
    assert held["sessions"].sum() == 3000


TYPES = (None, "wifi", "dsl", "4g", "5g", "cable", OTHER, UNKNOWN)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_settled_and_reopened_no_session_is_lost_or_counted_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    for module in (sinks.media.cells, query_api.media.sums):
        monkeypatch.setattr(module, "MOST_VALUES", 2)
    world, random, began = World(tmp_path), Random(seed), dict[str, int]()
    for revision in range(12):
        name, minute = random.choice("abcdefgh"), random.randint(-180, 0)
        began[name] = min(minute, began.get(name, minute))
        facts = {"connection_type": random.choice(TYPES), "first_event_at": began[name], "revision": revision}
        world.append(session(name, **facts))
        world.view()  # a process that looks less often than once in two minutes may miss a state
        if random.random() < 0.5:
            world.settle()
        conserved(world)
    world.settle()
    conserved(world)


def conserved(world: World) -> None:
    told = groups(world)
    every = Counter(row["connection_type"] or UNKNOWN for row in world.newest.values())
    assert sum(told.values()) == every.total()
    assert len(told.keys() - {OTHER, UNKNOWN}) <= 2
    assert all(told[value] <= every[value] for value in told.keys() - {OTHER})
    assert told.get(UNKNOWN, 0) == every[UNKNOWN]


cells = st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(1, 3), st.sampled_from([1, 2])), max_size=30)


@given(cells)
def test_bounded_cells_keep_the_largest_and_bounding_again_changes_nothing(
    drawn: list[tuple[str, int, int]],
) -> None:
    rows = pl.DataFrame(drawn, schema={"value": pl.String, "sessions": pl.Int64, "hour": pl.Int64}, orient="row")
    keyed = rows.with_columns(
        *(pl.lit("x").alias(name) for name in ("tenant", "media_id", "dimension", "status", "source")),
        *(pl.lit(0).alias(name) for name in sinks.media.cells.MEASURES if name != "sessions"),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sinks.media.cells, "MOST_VALUES", 2)
        once = bounded(keyed)
        assert bounded(once).sort(pl.all()).equals(once.sort(pl.all()))
    for (hour,), part in rows.group_by("hour"):
        counted = Counter(dict(part.group_by("value").agg(pl.col("sessions").sum()).iter_rows()))
        largest = sorted(counted, key=lambda value: (-counted[value], value))[:2]
        kept = once.filter(pl.col("hour") == hour)
        assert set(kept["value"]) - {OTHER} == set(largest)
        assert kept["sessions"].sum() == counted.total()
