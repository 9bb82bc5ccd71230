"""Packed lists are read as they were written, and what is none costs only its own line."""

import base64
from typing import Any

import msgspec
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.conveyor.text import Text
from flows.steps.lines import Lines, Unread
from flows.steps.unpacking import Unpackable, unpacked
from schemas.shared.columns import PACKED, Column
from schemas.shared.packed import packed

LINES = Lines((Column("n", pl.Int64, "d"), Column("x", PACKED, "d"), Column("y", PACKED, "d")), ("n",))
NUMBERS = st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), max_size=40)


def line(**fields: Any) -> bytes:
    return msgspec.json.encode(fields)


def read(lines: list[bytes]) -> tuple[pl.DataFrame, Unread]:
    return LINES(Text.of(b"\n".join([*lines, b""])))


@given(st.lists(st.tuples(NUMBERS | st.none(), NUMBERS), min_size=1, max_size=6), st.booleans())
@settings(deadline=None)
def test_lists_are_read_as_they_were_packed(rows: list[tuple[Any, Any]], beside_a_broken_line: bool) -> None:
    lines = [
        line(n=n, x=None if x is None else packed(x), y=packed(y)) if n % 2 else line(n=n, y=packed(y))
        for n, (x, y) in enumerate(rows)
    ]
    frame, unread = read([*lines, b"{"] if beside_a_broken_line else lines)
    assert set(unread) == ({len(rows)} if beside_a_broken_line else set())
    assert frame.schema["x"] == frame.schema["y"] == pl.List(pl.Float32)
    assert frame["x"].to_list() == [x if n % 2 else None for n, (x, _) in enumerate(rows)]
    assert frame["y"].to_list() == [y for _, y in rows]


def test_doubles_are_kept_as_the_nearest_numbers_of_32_bits() -> None:
    frame, _ = read([line(n=1, y=packed([0.1, -1e-50, 3.4028234663852886e38]))])
    assert frame["y"].to_list() == [[float(np.float32(0.1)), -0.0, 3.4028234663852886e38]]


@pytest.mark.parametrize(
    "text", ["AAAA", "AAA", "%%%%", "AAAAAA==AAAA", "A", 7, [0.5], base64.b64encode(bytes(7)).decode()]
)
def test_what_is_no_packed_list_costs_its_own_line(text: Any) -> None:
    frame, unread = read([line(n=1, y=packed([1.5])), line(n=2, y=text), line(n=3)])
    assert (frame["n"].to_list(), list(unread)) == ([1, 3], [1])
    assert frame["y"].to_list() == [[1.5], None]


def test_a_cut_list_is_told_from_a_whole_one() -> None:
    with pytest.raises(Unpackable):
        unpacked(pl.Series("x", ["AAAAAA==", "AAAA"]))
    assert unpacked(pl.Series("x", ["AAAAAA==", "", None])).to_list() == [[0.0], [], None]
