"""The formats of MessagePack by their first byte (MessagePack specification, 2013 edition with str and bin)."""

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

(
    PLAIN, NIL, FIXED_POSITIVE, FIXED_NEGATIVE, SIGNED_8, SIGNED_16, SIGNED_32, SIGNED_64, UNSIGNED, UNSIGNED_64,
    FLOAT_32, FLOAT_64, TEXT, ARRAY, MAP, BINARY, EXTENSION, NO_FORMAT,
) = range(18)  # fmt: skip
"""Kinds of values, those first that are fine whatever they hold; PLAIN are true and false."""

_FORMATS: Final[tuple[tuple[Iterable[int], int, int, int], ...]] = (
    (range(0x80), FIXED_POSITIVE, 0, 0),
    (range(0xE0, 0x100), FIXED_NEGATIVE, 0, 0),
    ((0xC0,), NIL, 0, 0),
    ((0xC1,), NO_FORMAT, 0, 0),
    ((0xC2, 0xC3), PLAIN, 0, 0),
    ((0xC4,), BINARY, 1, 0),
    ((0xC5,), BINARY, 2, 0),
    ((0xC6,), BINARY, 4, 0),
    ((0xC7,), EXTENSION, 1, 0),
    ((0xC8,), EXTENSION, 2, 0),
    ((0xC9,), EXTENSION, 4, 0),
    ((0xCA,), FLOAT_32, 0, 4),
    ((0xCB,), FLOAT_64, 0, 8),
    ((0xCC,), UNSIGNED, 0, 1),
    ((0xCD,), UNSIGNED, 0, 2),
    ((0xCE,), UNSIGNED, 0, 4),
    ((0xCF,), UNSIGNED_64, 0, 8),
    ((0xD0,), SIGNED_8, 0, 1),
    ((0xD1,), SIGNED_16, 0, 2),
    ((0xD2,), SIGNED_32, 0, 4),
    ((0xD3,), SIGNED_64, 0, 8),
    (range(0xD4, 0xD9), EXTENSION, 0, 1),
    ((0xD9,), TEXT, 1, 0),
    ((0xDA,), TEXT, 2, 0),
    ((0xDB,), TEXT, 4, 0),
    ((0xDC,), ARRAY, 2, 0),
    ((0xDD,), ARRAY, 4, 0),
    ((0xDE,), MAP, 2, 0),
    ((0xDF,), MAP, 4, 0),
)
"""First bytes, the kind, how many bytes its length is written with, its length where it is written with none."""


def _by_first_byte(column: int) -> NDArray[np.int64]:
    table = np.full(256, NO_FORMAT if column == 1 else 0, np.int64)
    for firsts, *row in _FORMATS:
        table[list(firsts)] = row[column - 1]
    return table


KIND: Final = _by_first_byte(1)
WIDTH: Final = _by_first_byte(2)
FIXED: Final = _by_first_byte(3)
for _length in range(32):
    KIND[0xA0 + _length], FIXED[0xA0 + _length] = TEXT, _length
for _length in range(16):
    KIND[0x80 + _length], FIXED[0x80 + _length] = MAP, _length
    KIND[0x90 + _length], FIXED[0x90 + _length] = ARRAY, _length
