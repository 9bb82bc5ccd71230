"""What frames bring to the windows and sessions they belong to, as rows that add up."""

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from motion.body.landmarks import Floats
from motion.window_parts import Parts, grouped, parts_of
from schemas.pose.sessions import PART
from schemas.pose.tables import JOINT_ANGLES, SESSION
from schemas.pose.windows import SPREADS, WINDOW_MS
from sinks.pose.frames import Filmed

Numbers = NDArray[np.int64]

_COUNTED = [
    pl.len().cast(pl.Int64).alias("frames"),
    pl.col("media_id").sort_by("frame_number", "media_id").first(),
    pl.col("frame_number").min().alias("first_frame"),
    pl.col("frame_number").max().alias("last_frame"),
    pl.col("consent_level").min(),
    pl.col("gpc").max(),
    pl.col("occurred_at").min().alias("first_frame_at"),
    pl.col("occurred_at").max().alias("last_frame_at"),
    pl.col("received_at").max().alias("last_received_at"),
]
"""What both tables say of the frames of a group."""


def window_parts(filmed: Filmed) -> pl.DataFrame:
    """Rows of pose_windows, one a window that the frames lie in."""
    second = filmed.frames.elapsed_ms // WINDOW_MS
    order, starts = grouped(filmed.frames.session, second)
    sums = parts_of(filmed.frames.taken(order), _ordered(filmed, order), starts)
    rows = _by_group(filmed.rows, order, starts).agg(
        pl.col(SESSION).first(),
        *_COUNTED,
        pl.col("elapsed_ms").min().alias("first_elapsed_ms"),
        pl.col("elapsed_ms").max().alias("last_elapsed_ms"),
        pl.col("rep_count").max(),
    )
    start_ms = pl.Series("start_ms", second[order][starts] * WINDOW_MS)
    return _with(rows.with_columns(start_ms), _sums(sums))


def session_parts(filmed: Filmed) -> pl.DataFrame:
    """Rows of pose_sessions, one a session, repetition and phase that the frames lie in."""
    phase = filmed.rows["active_exercise_phase"]
    repetition = filmed.rows["rep_count"].fill_null(-1).to_numpy()
    phases = phase.rank("dense").fill_null(0).cast(pl.Int64).to_numpy()
    order, starts = grouped(filmed.frames.session, repetition, phases)
    named = filmed.rows.with_columns(phase.alias("phase"))
    scored = pl.col("client_form_score").is_not_null().sum().cast(pl.Int64).alias("client_form_score_frames")
    rows = _by_group(named, order, starts).agg(
        pl.col(PART).first(), *_COUNTED, scored, pl.col("client_form_score").mean()
    )
    values = _ordered(filmed, order)
    limits = {
        f"{name}_{end}": limit.reduceat(values[name], starts)
        for name in JOINT_ANGLES
        for end, limit in (("min", np.fmin), ("max", np.fmax))
    }
    return _with(rows, limits)


def _ordered(filmed: Filmed, order: Numbers) -> Mapping[str, Floats]:
    return {name: values[order] for name, values in filmed.series.items()}


def _by_group(rows: pl.DataFrame, order: Numbers, starts: Numbers) -> "pl.dataframe.group_by.GroupBy":
    """The rows group by group, in the order of the groups."""
    sizes = np.diff(np.append(starts, order.size))
    numbers = np.empty(order.size, np.int64)
    numbers[order] = np.repeat(np.arange(starts.size), sizes)
    said = rows.drop("landmark_x", "landmark_y", "landmark_z", "landmark_visibility")
    return said.with_columns(pl.Series("group", numbers)).sort("group").group_by("group", maintain_order=True)


def _sums(sums: Parts) -> Mapping[str, Floats | Numbers]:
    body: dict[str, Floats | Numbers] = {
        "visibility": sums.visibility,
        "one_shoulder": sums.one_shoulder,
        "toes_ahead": sums.toes_ahead,
        "trunk_frames": sums.trunk_frames,
        "width_to_trunk": sums.width_to_trunk,
        "knee_ratio_min": sums.knee_ratio,
        "trunk_to_shank_min": sums.trunk_to_shank_least,
        "trunk_to_shank_max": sums.trunk_to_shank_most,
    }
    for name in SPREADS:
        spread = sums.spreads[name]
        body[f"{name}_frames"] = spread.frames
        body |= {f"{name}_mean": spread.mean, f"{name}_min": spread.least, f"{name}_max": spread.most}
    return body


def _with(rows: pl.DataFrame, values: Mapping[str, Floats | Numbers]) -> pl.DataFrame:
    """The rows with their measured columns, null where nothing is known, and the day they belong to."""
    measured = pl.DataFrame(dict(values)).with_columns(pl.col(pl.Float64).fill_nan(None))
    return rows.drop("group").hstack(measured).with_columns(received_date=pl.col("last_received_at").dt.date())
