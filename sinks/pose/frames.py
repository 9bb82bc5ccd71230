"""Rows of frames as the frames that `motion` measures: lists of landmarks as arrays."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from motion.body.landmarks import POINTS, Floats
from motion.window_parts import Frames, series
from schemas.pose.tables import SESSION

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Filmed:
    """N frames.

    `rows` (N): as they go to the primary table, in the order of `frames`. `series`: name -> (N), see
    `motion.window_parts.series`.
    """

    rows: pl.DataFrame
    frames: Frames
    series: Mapping[str, Floats]

    @classmethod
    def of(cls, rows: pl.DataFrame) -> "Filmed":
        """All of some rows of the primary table, stored or on their way."""
        frames = Frames(
            session=_sessions(rows),
            elapsed_ms=np.floor(rows["elapsed_ms"].to_numpy()).astype(np.int64),
            x=landmarks(rows["landmark_x"]),
            y=landmarks(rows["landmark_y"]),
            visibility=np.nan_to_num(landmarks(rows["landmark_visibility"])),
            **_pixels(rows["camera_resolution"]),
        )
        return cls(rows, frames, series(frames))


def landmarks(lists: pl.Series) -> Floats:
    """(N, 33): a list each, NaN where nobody was seen."""
    whole = (lists.list.len() == POINTS).fill_null(False)
    if whole.all():
        return _exploded(lists)
    found = np.full((len(lists), POINTS), np.nan)
    found[whole.to_numpy()] = _exploded(lists.filter(whole))
    return found


def _exploded(lists: pl.Series) -> Floats:
    """(n, 33): lists that all have 33 values."""
    return lists.explode().cast(pl.Float64).to_numpy().reshape(-1, POINTS)


def _sessions(rows: pl.DataFrame) -> Numbers:
    """(N): a number for each session among them."""
    known = rows.select(SESSION).unique().with_row_index("number")
    joined = rows.select(SESSION).join(known, on=SESSION, how="left", maintain_order="left")
    return joined["number"].cast(pl.Int64).to_numpy()


def _pixels(resolutions: pl.Series) -> dict[str, Floats]:
    """Width and height (N) of the pictures, NaN where the client did not say."""
    distinct = resolutions.unique().drop_nulls()
    sizes = [tuple(map(float, text.split("x"))) for text in distinct]
    return {
        name: resolutions.replace_strict(distinct, [size[k] for size in sizes], default=None, return_dtype=pl.Float64)
        .fill_null(float("nan"))
        .to_numpy()
        for k, name in enumerate(("width", "height"))
    }
