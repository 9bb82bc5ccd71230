"""Lists of 32-bit numbers as they lie on the log: the base64 of their little-endian bytes, one text.

Written out, 132 numbers are 2.7 KB and most of what a message costs; so they are 0.7 KB, and are read without being
parsed. `base64 -d | od -f` shows them.
"""

from collections.abc import Sequence
from functools import lru_cache
from struct import Struct
from typing import Final

SIZE: Final = 4
"""Bytes of a number."""

DTYPE: Final = "<f4"
"""What numpy calls it."""

MOST_FORMS: Final = 1000
"""Lengths that are remembered: clients send lists of few of them."""

MINUS_ZERO: Final = b"\x00\x00\x00\x80"


def packed(numbers: Sequence[float]) -> bytes:
    """The bytes of finite numbers that 32 bits hold, without signs of zero; JSON has them in base64."""
    form = _form(len(numbers))
    written = form.pack(*numbers)
    if MINUS_ZERO in written:
        written = form.pack(*(number + 0.0 for number in form.unpack(written)))
    return written


def is_whole(numbers: bytes) -> bool:
    """Whether the bytes are those of whole numbers, none of which is cut."""
    return len(numbers) % SIZE == 0


@lru_cache(MOST_FORMS)
def _form(length: int) -> Struct:
    return Struct(f"<{length}f")
