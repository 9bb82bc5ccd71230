"""Sums that run over the hours: any period's are those of adding up its cells, to the last bit but one."""

import math
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from query_api.media.running import ZEROS, Cells, Running
from schemas.media.cells import MEDIA_SESSION_CELLS
from schemas.media.dimensions import ALL
from sinks.media.status import STATUSES

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SCHEMA = pl.Schema(
    {"value": pl.String(), "status": pl.String(), "hour": pl.Datetime("us", "UTC"), "ms": pl.Float64(), "n": pl.Int64()}
)

amounts = st.floats(0, 1e17) | st.sampled_from([0.0, 1e-9, 0.1, 1e16])
cells = st.lists(
    st.tuples(
        st.sampled_from(["", "a", "ab", "ż"]), st.sampled_from(STATUSES), st.integers(0, 9), amounts, st.integers(0, 9)
    ),
    max_size=40,
    unique_by=lambda cell: cell[:3],
)


def frame(drawn: list[tuple[str, str, int, float, int]]) -> pl.DataFrame:
    rows = [(value, status, EPOCH + timedelta(hours=hour), ms, n) for value, status, hour, ms, n in drawn]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


@given(drawn=cells, since=st.integers(0, 10), until=st.integers(0, 11))
def test_the_difference_of_two_is_the_sum_of_what_lies_between(
    drawn: list[tuple[str, str, int, float, int]], since: int, until: int
) -> None:
    running = Running(frame(drawn), "value", ["ms", "n"])
    found = running.between(since, max(since, until))
    expected = defaultdict[tuple[str, str], list[tuple[float, int]]](list)
    for value, status, hour, ms, n in drawn:
        if since <= hour < until:
            expected[value, status].append((ms, n))
    for place, value in enumerate(running.names):
        for code, status in enumerate(STATUSES):
            parts = expected.pop((value, status), [])
            assert found[place, code, 0] == pytest.approx(math.fsum(ms for ms, _ in parts), rel=4e-16, abs=1e-12)
            assert found[place, code, 1] == sum(n for _, n in parts)
    assert not expected


def test_a_small_hour_after_years_of_large_ones_is_not_lost() -> None:
    years = [("a", "completed", hour, 1e15 + 0.1, 1) for hour in range(20_000)]
    running = Running(frame([*years, ("a", "completed", 20_000, 1e-3, 1)]), "value", ["ms", "n"])
    assert running.between(20_000, 20_001)[0, 0].tolist() == [pytest.approx(1e-3, rel=1e-9), 1]


def test_it_says_which_names_have_a_cell_in_an_hour() -> None:
    running = Running(frame([("a", "completed", 3, 1.0, 1), ("b", "abandoned", 4, 1.0, 1)]), "value", ["n"])
    names, hours = ["b", "nobody", "a"], np.array([3, 4, 3, 3])
    assert running.has(names, np.array([2, 0, 0, 1]), hours).tolist() == [True, True, False, False]


def test_no_cells_have_no_names() -> None:
    running = Running(frame([]), "value", ["ms", "n"])
    assert running.between(0, 10).shape == (0, len(STATUSES), 2)
    assert running.has(["a"], np.array([0]), np.array([3])).tolist() == [False]


def test_histograms_are_added_by_bucket_and_the_zeros_have_one() -> None:
    histogram = [[{"bucket": None, "sessions": 2}, {"bucket": 7, "sessions": 1}], [{"bucket": 7, "sessions": 4}], None]
    rows = pl.DataFrame(
        {
            "dimension": [ALL] * 3,
            "status": ["completed"] * 3,
            "hour": [EPOCH, EPOCH + timedelta(hours=1), EPOCH],
            "ttfb_histogram": histogram,
        },
        schema_overrides={
            "ttfb_histogram": MEDIA_SESSION_CELLS.schema["ttfb_histogram"],
            "hour": pl.Datetime("us", "UTC"),
        },
    )
    running = Cells(rows).histogram("ttfb_ms")
    assert running.names == [ZEROS, 7]
    assert running.between(0, 2)[:, 0, 0].tolist() == [2, 5]
