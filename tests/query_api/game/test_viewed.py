"""The numbers of the level viewer equal plain Python's, in whatever order rows come."""

import math
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from query_api.game.plan import plan
from query_api.game.viewed import CELL_SIDE, MOST_RATES, MOST_SQUARES, NO_HEAT, SHADES, heat_of, paths_of, rates_of
from schemas.game.models.outlines import Outline

SCHEMA = {"x": pl.Float64, "z": pl.Float64, "subject": pl.String, "session_id": pl.String}
AT = datetime(2026, 2, 17, 10, tzinfo=UTC)
positions = st.tuples(
    st.floats(-500, 500).map(lambda value: round(value, 2)),
    st.floats(-50, 50).map(lambda value: round(value, 2)),
    st.sampled_from("ab"),
    st.sampled_from("st"),
)


@given(st.lists(positions, max_size=60))
@settings(max_examples=60)
def test_squares_count_what_happened_in_them(rows: list[tuple[float, float, str, str]]) -> None:
    heat = heat_of(pl.DataFrame(rows, schema=SCHEMA, orient="row"))
    counts: Counter[tuple[int, int]] = Counter()
    sessions: dict[tuple[int, int], set[tuple[str, str]]] = defaultdict(set)
    for x, z, subject, session in rows:
        square = math.floor(x / heat.side), math.floor(z / heat.side)
        counts[square] += 1
        sessions[square].add((subject, session))
    weights = {square: math.sqrt(len(sessions[square])) * count for square, count in counts.items()}
    found = {(cell.x, cell.z): cell for cell in heat.cells}
    assert len(found) == len(counts)
    for (ix, iz), count in counts.items():
        cell = found[(ix + 0.5) * heat.side, (iz + 0.5) * heat.side]
        density = (weights[ix, iz] / max(weights.values())) ** 0.6
        assert (cell.events, cell.sessions) == (count, len(sessions[ix, iz]))
        assert cell.shade == pytest.approx(density * SHADES, abs=1)
    assert [weights[math.floor(cell.x / heat.side), math.floor(cell.z / heat.side)] for cell in heat.cells] == sorted(
        weights.values(), reverse=True
    )


def test_squares_are_doubled_until_they_are_few_enough() -> None:
    wide = pl.DataFrame({"x": [0.0, 1000.0], "z": [0.0, 0.0], "subject": ["a", "a"], "session_id": ["s", "s"]})
    side = heat_of(wide).side
    assert side / CELL_SIDE == 16
    assert 1000 / side <= MOST_SQUARES < 1000 / (side / 2)
    assert heat_of(wide.with_columns(x=pl.lit(3.0))).side == CELL_SIDE
    assert heat_of(wide.head(0)) is NO_HEAT


def samples(trajectories: int) -> pl.DataFrame:
    """Two samples each, ten seconds after each other."""
    rows = [
        {
            "subject": "a",
            "occurred_at": AT + timedelta(seconds=10 * number + n),
            "log_partition": 0,
            "log_offset": number,
            "log_item": 0,
            "sample": n,
            "x": float(number),
            "z": float(n),
            "fps_mean": float(number),
            "fps_low_5": 50.0,
            "fps_low_1": None,
        }
        for number in range(trajectories)
        for n in range(2)
    ]
    return pl.DataFrame(rows, schema_overrides={"fps_low_1": pl.Float64})


def test_a_path_goes_by_time_and_of_two_players_there_are_two() -> None:
    found = samples(3).sample(fraction=1, shuffle=True, seed=1)
    (path,) = paths_of(found)
    assert path.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1], [2, 0], [2, 1]]
    other = found.with_columns(subject=pl.lit("b"))
    assert len(paths_of(pl.concat([found, other]))) == 2


def test_rates_are_a_trajectorys_once_and_of_very_many_their_means() -> None:
    few = rates_of(samples(3))
    assert few.seconds == [0.0, 10.0, 20.0]
    assert few.series == {"fps_mean": [0.0, 1.0, 2.0], "fps_low_5": [50.0] * 3, "fps_low_1": [None] * 3}
    many = rates_of(samples(2 * MOST_RATES))
    assert len(many.seconds) == MOST_RATES
    assert many.series["fps_mean"][:2] == [0.5, 2.5]


def test_a_plan_of_nothing_is_none_and_any_one_thing_is_drawn() -> None:
    heat = heat_of(pl.DataFrame([(1.0, 2.0, "a", "s")], schema=SCHEMA, orient="row"))
    outline = Outline([[[0.0, 0.0], [10.0, 0.0], [10.0, 5.0]]], 0.1)
    assert plan("cave", NO_HEAT, None, []) is None
    for drawn in (
        plan("<cave>", heat, None, []),
        plan("<cave>", NO_HEAT, outline, []),
        plan("<cave>", NO_HEAT, None, [np.array([[3.0, 3.0]])]),
    ):
        assert drawn is not None
        assert "&lt;cave&gt;" in drawn.drawing
        assert "<cave>" not in drawn.drawing
