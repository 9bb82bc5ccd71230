"""A folded media session as one record of numbers (spec: From events to sessions).

Times are µs since 1970, -1 where there was none; positions and durations seconds, NaN is null.
"""

from typing import Any, Final

import numpy as np

from sinks.media.folding.events import DIMENSIONS

INTERVALS: Final = 16
"""Separate stretches of watched content kept per session; beyond it the two closest are joined."""

NOT_ENDED, COMPLETED, ABANDONED, ENDED = range(4)
"""How session_end says it ended; ENDED where it does not say."""

STOPPED, PLAYING, STALLED, SEEKING, FAILED = range(5)
"""Modes: not playing; playing; in a stall; in the buffering of a seek, uncounted; in a stall during which it failed."""

SESSION = np.dtype(
    [
        ("first_at", np.int64),
        ("last_at", np.int64),
        ("last_received", np.int64),
        ("last_playhead", np.int64),
        ("first_play", np.int64),
        ("offset", np.int64),
        ("events", np.int64),
        ("consent", np.int8),
        ("gpc", np.int8),
        ("mode", np.int8),
        ("asked", np.int8),
        ("seek_pending", np.int8),
        ("open_start", np.int8),
        ("ended", np.int8),
        ("reached", np.int8),
        ("measured", np.int8),
        ("fatal", np.int8),
        ("errors", np.int64),
        ("dimensions", np.int32, (len(DIMENSIONS),)),
        ("duration", np.float64),
        ("ttfb", np.float64),
        ("load", np.float64),
        ("playhead", np.float64),
        ("since", np.int64),
        ("furthest", np.float64),
        ("furthest_played", np.float64),
        ("rate", np.float64),
        ("watch_us", np.int64),
        ("open_us", np.int64),
        ("open_media", np.float64),
        ("open_bits", np.float64),
        ("open_bit_us", np.float64),
        ("open_row", np.int64),
        ("stall_at", np.int64),
        ("stalls", np.int64),
        ("closed_stalls", np.int64),
        ("stall_ms", np.float64),
        ("reported_stalls", np.float64),
        ("reported_stall_ms", np.float64),
        ("bitrate", np.float64),
        ("first_bitrate", np.float64),
        ("bits", np.float64),
        ("media_seconds", np.float64),
        ("end_bitrate", np.float64),
        ("end_watched", np.float64),
        ("end_percent", np.float64),
        ("dropped", np.float64),
        ("stretches", np.int64),
        ("watched", np.float64, (INTERVALS + 1, 2)),
    ],
    align=True,
)
"""`playhead` is the last position, seen at `since`. What was in play after it is open until the next one: `open_us` of
time, `open_media` and `open_bits` at the rate of the clock, `open_bit_us` the bitrates times their time; its usage
begins at `open_row`. `measured`: two positions were seen while playing.
"""

NEW_SESSION = np.zeros(1, SESSION)[0]
for _name in ("first_at", "last_at", "last_received", "last_playhead", "first_play", "since", "stall_at"):
    NEW_SESSION[_name] = -1
for _name in ("duration", "ttfb", "load", "playhead", "furthest", "furthest_played", "reported_stalls"):
    NEW_SESSION[_name] = np.nan
for _name in ("reported_stall_ms", "bitrate", "first_bitrate", "end_bitrate", "end_watched", "end_percent", "dropped"):
    NEW_SESSION[_name] = np.nan
NEW_SESSION["rate"] = 1.0
NEW_SESSION["consent"] = 127
NEW_SESSION["dimensions"] = -1


def new_session() -> Any:
    """A record for one session without events."""
    return np.full(1, NEW_SESSION, SESSION)
