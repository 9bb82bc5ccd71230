"""Numbers that stand end to end as lists, and lists as such numbers: none is made an object, and none is copied."""

from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import DTypeLike, NDArray

Offsets = NDArray[np.int64]
Bits = NDArray[np.bool_]


def folded(values: NDArray[Any], offsets: Offsets, there: Bits | None = None) -> pl.Series:
    """List i has the values from offsets[i] to offsets[i + 1]; it is null where `there` is not true.

    Arrow is given the memory itself: asked for an array of a numpy array it would load pandas, half a second of a
    process's start.
    """
    kind = pa.from_numpy_dtype(values.dtype)
    flat = pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(values)])
    nulls = None if there is None else pa.py_buffer(np.packbits(there, bitorder="little"))
    buffers = [nulls, pa.py_buffer(offsets)]
    return pl.Series(pa.Array.from_buffers(pa.large_list(kind), len(offsets) - 1, buffers, children=[flat]))


def unfolded(lists: pl.Series, dtype: DTypeLike) -> tuple[NDArray[Any], Offsets]:
    """What lists of numbers hold, none of them null, and where each begins in it and the last one ends."""
    arrow = lists.to_arrow()
    offsets = np.frombuffer(arrow.buffers()[1], np.int64)[arrow.offset : arrow.offset + len(arrow) + 1]
    values = np.frombuffer(arrow.values.buffers()[1], dtype)
    return values, offsets + arrow.values.offset
