"""Numbers as lists and back, without a copy and without pandas."""

import subprocess
import sys
from itertools import pairwise

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from sinks.folded import folded, unfolded

LISTS = st.lists(st.lists(st.integers(-(2**31), 2**31 - 1), max_size=4) | st.none(), max_size=20)


@given(LISTS)
def test_numbers_are_the_lists_that_their_offsets_say(lists: list[list[int] | None]) -> None:
    values = np.array([value for each in lists for value in each or ()], np.int32)
    offsets = np.cumsum([0, *(len(each or ()) for each in lists)], dtype=np.int64)
    there = np.array([each is not None for each in lists], np.bool_)
    found = folded(values, offsets, there)
    assert found.dtype == pl.List(pl.Int32)
    assert found.to_list() == lists


@given(LISTS, st.integers(0, 5))
def test_lists_are_their_numbers_also_where_they_are_a_part_of_others(
    lists: list[list[int] | None], first: int
) -> None:
    series = pl.Series(lists, dtype=pl.List(pl.Int32)).slice(first).drop_nulls()
    values, offsets = unfolded(series, np.int32)
    assert [values[start:end].tolist() for start, end in pairwise(offsets)] == series.to_list()


def test_pandas_is_not_loaded() -> None:
    said = """
import sys, numpy
from sinks.folded import folded, unfolded
unfolded(folded(numpy.ones(3, numpy.float32), numpy.array([0, 3])), numpy.float32)
print("pandas" in sys.modules)
"""
    run = subprocess.run([sys.executable, "-c", said], check=True, capture_output=True, text=True)
    assert run.stdout == "False\n"
