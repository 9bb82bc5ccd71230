"""The quantities that clients report: each has its unit and its bounds here, and nowhere else.

A bound keeps one client from spoiling what is added up over many: the sum of 10⁹ whole numbers at their bound fits a
64-bit column, and every sum of bounded floats stays finite. A declaration of a number without bounds is refused
(`schemas.shared.declaration`).
"""

import sys
from typing import Annotated, Final, TypeAlias

from msgspec import Meta

MOST_ROWS: Final = 10**9
"""Rows whose sum a column must hold."""
LARGEST_EXACT: Final = 2**53
"""Above it a 64-bit float no longer tells whole numbers apart."""

Count: TypeAlias = Annotated[int, Meta(ge=0, le=10**6)]
Ordinal: TypeAlias = Annotated[int, Meta(ge=0, le=LARGEST_EXACT, extra={"summed": False})]
"""A whole number that says which, never how many: nobody adds it up."""
Seconds: TypeAlias = Annotated[float, Meta(ge=0, le=1e7, extra={"unit": "s"})]
Duration: TypeAlias = Annotated[float, Meta(gt=0, le=1e7, extra={"unit": "s"})]
Milliseconds: TypeAlias = Annotated[float, Meta(ge=0, le=1e9, extra={"unit": "ms"})]
PlaybackRate: TypeAlias = Annotated[float, Meta(ge=0, le=16)]
Bitrate: TypeAlias = Annotated[float, Meta(ge=0, le=1e10, extra={"unit": "bit/s"})]
Bandwidth: TypeAlias = Annotated[float, Meta(ge=0, le=1e6, extra={"unit": "Mbit/s"})]
Percentage: TypeAlias = Annotated[float, Meta(ge=0, le=1000, extra={"unit": "%"})]
"""A percentage as a client counts it, above 100 where it counts something twice; capped where it is used."""
LARGEST_SINGLE: Final = (2 - 2**-23) * 2.0**127
"""The largest finite number of 32 bits (IEEE 754 binary32)."""
Single: TypeAlias = Annotated[
    float, Meta(ge=-LARGEST_SINGLE, le=LARGEST_SINGLE, extra={"dtype": "float32", "summed": False})
]
"""Any finite number that is kept with 32 bits, in lists that would else be most of a table."""
ProcessorShare: TypeAlias = Annotated[float, Meta(ge=0, le=1e5, extra={"unit": "%"})]
"""Processor time over wall time: 100 % is one core busy, so several cores are more."""
Megabytes: TypeAlias = Annotated[float, Meta(ge=0, le=1e7, extra={"unit": "MB"})]
AnyNumber: TypeAlias = Annotated[float, Meta(ge=-sys.float_info.max, le=sys.float_info.max, extra={"summed": False})]
"""Any finite number, where only the client knows what it means: no sum of it may be taken."""
