"""Media events as the fold sees them: one fixed-size record an event, eight numbers whose meaning its kind decides."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from schemas.media.dimensions import SESSION_DIMENSIONS
from schemas.media.events import FOLD_ORDER
from schemas.shared.origins import INGEST_KEY_COLUMN, SOURCE_COLUMN

KINDS: Final = FOLD_ORDER
(
    SESSION_START,
    PAUSE,
    SEEK,
    BUFFERING_START,
    BUFFERING_END,
    PLAY,
    HEARTBEAT,
    QUALITY_CHANGE,
    MILESTONE,
    ERROR,
    SESSION_END,
) = range(len(KINDS))
"""A kind's number is also its rank: of two events of one instant the lower is folded first."""

DIMENSIONS: Final = (*SESSION_DIMENSIONS, "media_type", SOURCE_COLUMN.name, INGEST_KEY_COLUMN.name)
"""Texts of a session that are its earliest non-null value; in records they are codes, -1 for null."""

EVENT = np.dtype(
    [
        ("slot", np.int64),
        ("previous", np.int64),
        ("at", np.int64),
        ("received", np.int64),
        ("offset", np.int64),
        ("sequence", np.int64),
        ("tie", np.int64),
        ("id_high", np.uint64),
        ("id_low", np.uint64),
        ("kind", np.int8),
        ("consent", np.int8),
        ("gpc", np.int8),
        ("dimensions", np.int32, (len(DIMENSIONS),)),
        ("position", np.float64),
        ("values", np.float64, (7,)),
    ],
    align=True,
)
"""`at`, `received` in µs; `position` in s (a seek's is from_seconds); NaN is null; `previous` links a session.

`sequence` is the client's own count, -1 for null; `tie` is set when a session is sorted: the sequence where it counts.
"""

Events = NDArray[Any]

VALUES: Final[dict[int, tuple[str, ...]]] = {
    SESSION_START: ("total_duration_seconds", "initial_bitrate", "ttfb_ms", "video_load_time_ms"),
    HEARTBEAT: ("playback_rate", "current_bitrate", "buffering_count", "buffering_duration_ms", "dropped_frames"),
    BUFFERING_END: ("duration_ms",),
    QUALITY_CHANGE: ("none", "to_bitrate"),
    SEEK: ("to_seconds",),
    MILESTONE: ("percent",),
    ERROR: ("fatal",),
    SESSION_END: (
        "completed",
        "avg_bitrate",
        "buffering_count",
        "buffering_duration_ms",
        "dropped_frames",
        "watched_seconds",
        "completion_percent",
    ),
}
"""Kind → which columns its `values` are, in order."""
