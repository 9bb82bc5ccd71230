"""Wavefront OBJ: points and faces, some megabytes of lines at once, in columns."""

from collections.abc import Iterator
from typing import IO, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from schemas.game.models import BadModel

BLOCK_BYTES: Final = 2**20
"""What is read at once, which takes thirty times as much in columns; a line is shorter."""

_LINE: Final = "line"
_AXES: Final = ("x", "y", "z")
_POINT: Final = r"^v[ \t]+(\S+)[ \t]+(\S+)[ \t]+(\S+)"


def vertices(file: IO[bytes]) -> Iterator[NDArray[np.float64]]:
    """(N, 3): the points of the file, a block of lines after the other. Raises BadModel for one that is none."""
    for lines in blocks(file):
        yield points_of(lines)


def blocks(file: IO[bytes]) -> Iterator[pl.Series]:
    """The lines of points and faces, block by block, without blanks at their ends. Raises BadModel for endless ones."""
    rest = b""
    while block := file.read(BLOCK_BYTES):
        whole, end, rest = (rest + block).rpartition(b"\n")
        if not end and len(rest) > BLOCK_BYTES:
            raise BadModel(f"a line of it has more than {BLOCK_BYTES} bytes")
        yield _lines(whole)
    yield _lines(rest)


def points_of(lines: pl.Series) -> NDArray[np.float64]:
    """(N, 3): those of the lines that are points; what follows x, y, z is not looked at. Raises BadModel."""
    points = lines.filter(lines.str.contains(r"^v\s"))
    groups = points.to_frame(_LINE).select(
        pl.col(_LINE).str.extract(_POINT, group + 1).cast(pl.Float64, strict=False).alias(name)
        for group, name in enumerate(_AXES)
    )
    if any(column.null_count() for column in groups):
        raise BadModel("a vertex of it is not three numbers")
    return groups.to_numpy()


def _lines(block: bytes) -> pl.Series:
    text = pl.Series(_LINE, [block.decode(errors="replace")])
    every = text.str.split("\n").explode().str.strip_chars(" \t\r")
    return every.filter(every.str.contains(r"^[vf]\s"))
