"""Packed lists of a batch (`schemas.shared.packed`) as lists, all at once."""

import numpy as np
import polars as pl
import pyarrow as pa

from schemas.shared.packed import DTYPE, SIZE


class Unpackable(Exception):
    """One of the texts is no packed list: look at them one by one."""


def unpacked(texts: pl.Series) -> pl.Series:
    """The list that each text holds, null where it is null.

    Raises:
        PolarsError: a text is not base64.
        Unpackable: a list is cut inside a number.
    """
    packed = texts.str.decode("base64", strict=True)
    sizes = packed.bin.size().fill_null(0).to_numpy()
    if (sizes % SIZE).any():
        raise Unpackable
    numbers = np.frombuffer(b"".join(packed.drop_nulls().to_list()), DTYPE)
    ends = np.concatenate([[0], np.cumsum(sizes // SIZE, dtype=np.int64)])
    missing = pa.array(packed.is_null().to_numpy())
    lists = pa.LargeListArray.from_arrays(pa.array(ends), pa.array(numbers), mask=missing)
    return pl.Series(texts.name, lists, dtype=pl.List(pl.Float32))
