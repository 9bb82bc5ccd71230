"""Samples of trajectories and the level of each, against plain Python."""

from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from schemas.game.tables import GAME_SAMPLES
from schemas.shared.columns import TIMESTAMP
from schemas.shared.times import EPOCH
from sinks.delta_sink import DeltaSink
from sinks.files import TableFiles
from sinks.game.levels import SESSION, with_levels
from sinks.game.parts import samples_of, suspect, whole
from sinks.location import Location
from sinks.options import SinkOptions
from sinks.reader import TableReader
from sinks.table import shaped

RATE = st.none() | st.floats(0, 200)
SINGLE = st.floats(width=32, allow_nan=False, allow_infinity=False)


class Trajectory(NamedTuple):
    """Times in µs since 1970."""

    start: int
    duration: int
    positions: list[tuple[float, float, float]]


TRAJECTORIES = st.builds(
    Trajectory,
    st.integers(1_700_000_000_000_000, 1_800_000_000_000_000),
    st.integers(0, 63_000_000_000_000),
    st.lists(st.tuples(SINGLE, SINGLE, SINGLE), min_size=1, max_size=7),
)


def rows(trajectories: list[Trajectory]) -> pl.DataFrame:
    """As they come off the log."""
    found = [
        (
            "realtime",
            number,
            each.start,
            each.start + each.duration,
            [axis for place in each.positions for axis in place],
        )
        for number, each in enumerate(trajectories)
    ]
    schema = {"event_type": pl.String, "log_offset": pl.Int64, "occurred_at": pl.Int64, "timestamp_end": pl.Int64}
    frame = pl.DataFrame(found, schema={**schema, "positions": pl.List(pl.Float32)}, orient="row")
    return frame.with_columns(pl.col("occurred_at", "timestamp_end").cast(TIMESTAMP))


def expected(trajectories: list[Trajectory]) -> list[tuple[Any, ...]]:
    found = []
    for number, each in enumerate(trajectories):
        for sample, place in enumerate(each.positions):
            at = each.start + int(Fraction(sample * each.duration, max(1, len(each.positions) - 1)))
            found.append((number, sample, EPOCH + timedelta(microseconds=at), *map(float, map(np.float32, place))))
    return found


@given(st.lists(TRAJECTORIES, max_size=6))
@settings(max_examples=60, deadline=None)
def test_each_sample_is_a_row_at_its_time_and_place(trajectories: list[Trajectory]) -> None:
    samples = samples_of(whole(rows(trajectories))).explode(GAME_SAMPLES.exploded)
    found = samples.select("log_offset", "sample", "occurred_at", "x", "y", "z").rows()
    assert found == expected(trajectories)


def test_what_is_cut_inside_a_sample_has_as_many_as_are_whole() -> None:
    damaged = rows([Trajectory(0, 10, [(1, 2, 3), (4, 5, 6)])])
    cut = damaged.with_columns(pl.col("positions").list.head(5))
    assert samples_of(whole(cut)).explode(GAME_SAMPLES.exploded)["x"].to_list() == [1.0]
    none = damaged.with_columns(positions=pl.lit(None, pl.List(pl.Float32)))
    assert samples_of(whole(none)).height == 0


def test_folded_rows_are_sorted_by_when_the_first_of_each_was() -> None:
    later, earlier = Trajectory(20_000_000, 9, [(1, 1, 1)] * 3), Trajectory(10_000_000, 9, [(2, 2, 2)] * 2)
    named = {name: pl.lit("s") for name in (*SESSION, "build_id")}
    folded = samples_of(whole(rows([later, earlier]).with_columns(**named, received_date=pl.lit(EPOCH.date()))))
    assert shaped(folded, GAME_SAMPLES).explode(GAME_SAMPLES.exploded)["x"].to_list() == [2, 2, 1, 1, 1]


def test_folded_rows_become_rows_in_the_file_alone_whatever_its_row_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sinks.delta_sink._ROW_GROUP", 5)
    walks = [Trajectory(number, 9 * number, [(number, 1, 1)] * (1 + number % 4)) for number in range(20)]
    named = {name: pl.format("{}", pl.col("log_offset") % 3) for name in (*SESSION, "build_id")}
    stamps = {"received_at": pl.col("occurred_at"), "received_date": pl.lit(EPOCH.date())}
    folded = samples_of(whole(rows(walks).with_columns(**named, **stamps)))
    sink = DeltaSink(Location(str(tmp_path)), [GAME_SAMPLES], "game", [0], SinkOptions(tables_url=str(tmp_path)))
    sink.open()
    sink.commit({GAME_SAMPLES.name: folded}, {0: 1}, {0: len(walks)})
    found = TableReader(Location(str(tmp_path))).scan(GAME_SAMPLES.name).collect()
    assert found.schema == GAME_SAMPLES.schema
    columns = ["session_id", "log_offset", "sample", "occurred_at", "x", "y", "z"]
    wanted = folded.explode(GAME_SAMPLES.exploded).select(columns)
    assert_frame_equal(found.select(columns), wanted, check_row_order=False)
    (file,) = TableFiles.open(Location(str(tmp_path)), GAME_SAMPLES).listing().iter_rows(named=True)
    assert (file["rows"], file["max.occurred_at"]) == (wanted.height, wanted["occurred_at"].max())


@given(RATE, RATE, RATE)
@settings(max_examples=60, deadline=None)
def test_frame_rates_in_another_order_than_mean_low_5_low_1_are_suspect(
    mean: float | None, low_5: float | None, low_1: float | None
) -> None:
    schema = {"fps_mean": pl.Float64, "fps_low_5": pl.Float64, "fps_low_1": pl.Float64}
    said = [rate for rate in (mean, low_5, low_1) if rate is not None]
    found = pl.DataFrame([(mean, low_5, low_1)], schema=schema, orient="row").select(suspect()).item()
    assert found == (said != sorted(said, reverse=True) if said else None)


SESSIONS = st.sampled_from(["a", "b"])
MOMENTS = st.integers(0, 20)


def framed(found: list[tuple[Any, ...]], **columns: Any) -> pl.DataFrame:
    schema = {"session_id": pl.String, "occurred_at": pl.Int64, **columns}
    frame = pl.DataFrame(found, schema=schema, orient="row").with_columns(pl.col("occurred_at").cast(TIMESTAMP))
    return frame.with_columns(pl.lit("same").alias(name) for name in SESSION if name != "session_id")


@given(
    st.lists(st.tuples(SESSIONS, MOMENTS), max_size=12),
    st.lists(st.tuples(SESSIONS, MOMENTS, st.none() | st.sampled_from(["one", "two"])), max_size=12),
)
@example([("b", 0)], [("b", 0, "two"), ("b", 0, "one"), ("b", 0, "two")])
@settings(max_examples=60, deadline=None)
def test_a_sample_has_the_level_that_its_session_named_last_by_then(
    samples: list[tuple[str, int]], events: list[tuple[str, int, str | None]]
) -> None:
    on_the_log = [(*event, offset, 0, 0) for offset, event in enumerate(events)]
    named = framed(on_the_log, level_id=pl.String, log_offset=pl.Int64, log_partition=pl.Int32, log_item=pl.Int32)
    found = with_levels(framed([*samples]), named)["level_id"].to_list()
    assert found == [level(session, at, events) for session, at in samples]


def level(session: str, at: int, events: list[tuple[str, int, str | None]]) -> str | None:
    """The newest that is no later; of two at one time the later in the list."""
    named = [
        (then, place, name) for place, (of, then, name) in enumerate(events) if of == session and then <= at and name
    ]
    return max(named)[2] if named else None
