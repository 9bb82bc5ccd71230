"""The numbers of the level viewer equal plain Python's, in whatever order rows come."""

import math
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from query_api.game import viewed
from query_api.game.plan import plan
from query_api.game.viewed import MOST_RATES, MOST_SQUARES, NO_HEAT, SHADES, heat_of, paths_of, rates_of, side_of
from schemas.game.cells import CELL_SIDE
from schemas.game.models.outlines import Outline

AT = datetime(2026, 2, 17, 10, tzinfo=UTC)
places = st.tuples(st.integers(-40, 40), st.integers(-2, 2), st.integers(-9, 9))
cells = st.dictionaries(places, st.tuples(st.integers(1, 500), st.integers(1, 9)), max_size=40)
SCHEMA = {"ix": pl.Int32, "iy": pl.Int32, "iz": pl.Int32, "count": pl.Int64, "sessions": pl.Int64}


def counts_of(given_: dict[tuple[int, int, int], tuple[int, int]]) -> pl.DataFrame:
    return pl.DataFrame([(*place, *counted) for place, counted in given_.items()], schema=SCHEMA, orient="row")


@given(cells, st.sampled_from([CELL_SIDE, 4 * CELL_SIDE]))
@settings(max_examples=60)
def test_cells_above_each_other_are_one_square(
    given_: dict[tuple[int, int, int], tuple[int, int]], side: float
) -> None:
    events: Counter[tuple[int, int]] = Counter()
    weights: dict[tuple[int, int], float] = defaultdict(float)
    for (ix, _, iz), (count, sessions) in given_.items():
        events[ix, iz] += count
        weights[ix, iz] += math.sqrt(sessions) * count
    heat = heat_of(counts_of(given_), side)
    found = {(round(cell.x / side - 0.5), round(cell.z / side - 0.5)): cell for cell in heat.cells}
    assert {place: cell.events for place, cell in found.items()} == dict(events)
    assert [cell.events for cell in heat.cells] == sorted(events.values(), reverse=True)
    for place, cell in found.items():
        assert cell.shade == pytest.approx(
            (weights[place] / max(weights.values())) ** 0.6 * SHADES + 0.5, abs=0.5 + 1e-9
        )


def test_squares_are_doubled_until_they_are_few_enough() -> None:
    def side(last: int) -> float:
        return side_of(counts_of({(0, 0, 0): (1, 1), (last, 0, 5): (1, 1)}))

    assert side(MOST_SQUARES - 1) == CELL_SIDE
    assert side(MOST_SQUARES) == 2 * CELL_SIDE
    assert side(16 * MOST_SQUARES - 1) == 16 * CELL_SIDE
    assert side_of(counts_of({})) == CELL_SIDE
    assert heat_of(counts_of({}), CELL_SIDE) is NO_HEAT


def test_of_more_squares_than_can_be_drawn_those_with_the_most_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewed, "MOST_CELLS", 2)
    heat = heat_of(counts_of({(number, 0, 0): (number + 1, 1) for number in range(5)}), CELL_SIDE)
    assert ([cell.events for cell in heat.cells], heat.left_out) == ([5, 4], 3)


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
    heat = heat_of(counts_of({(0, 0, 1): (1, 1)}), CELL_SIDE)
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
