"""Packed lists of a batch (`schemas.shared.packed`) as lists, all at once."""

import numpy as np
import polars as pl

from schemas.shared.packed import DTYPE, SIZE
from sinks.folded import folded


class Unpackable(Exception):
    """One of the texts is no packed list: look at them one by one."""


def unpacked(texts: pl.Series) -> pl.Series:
    """The list that each text holds, null where it is null.

    Raises:
        PolarsError: a text is not base64.
        Unpackable: a list is cut inside a number.
    """
    # Arrow's layout has all bytes end to end: they are the numbers as they stand, and none is made an object
    packed = texts.str.decode("base64", strict=True).to_arrow(compat_level=pl.CompatLevel.oldest())
    _, ends, data = packed.buffers()
    offsets = np.frombuffer(ends, np.int64)[packed.offset : packed.offset + len(packed) + 1]
    if (np.diff(offsets) % SIZE).any():
        raise Unpackable
    numbers = np.frombuffer(memoryview(data or b"")[offsets[0] : offsets[-1]], DTYPE)
    return folded(numbers, (offsets - offsets[0]) // SIZE, texts.is_not_null().to_numpy()).rename(texts.name)
