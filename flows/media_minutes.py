"""What a step of a fold adds to the minutes it touches: presence, time in play, bits, stalls; signed."""

from typing import Final

import numpy as np
from numba import njit

from flows.media_events import DIMENSIONS

MINUTE_US: Final = 60_000_000

USAGE = np.dtype(
    [
        ("slot", np.int64),
        ("minute", np.int64),
        ("dimensions", np.int32, (len(DIMENSIONS),)),
        ("sessions", np.int64),
        ("watch_us", np.int64),
        ("media_seconds", np.float64),
        ("bits", np.float64),
        ("stalls", np.int64),
        ("stall_ms", np.float64),
    ],
    align=True,
)
"""What one step of a fold adds to a minute (µs of its start); signed: a re-folded session takes back what it gave."""


@njit(cache=True)
def add_stalls(session, event, sign, stalls, stall_ms, usage, used):  # type: ignore[no-untyped-def]
    """A stall counts in the minute of the event that ended it."""
    usage, used = _room(usage, used, 1)
    _add(usage[used], session, event.at // MINUTE_US * MINUTE_US, event.slot)
    usage[used].stalls = sign * (session.closed_stalls - stalls)
    usage[used].stall_ms = sign * (session.stall_ms - stall_ms)
    return usage, used + 1


@njit(cache=True)
def add_span(session, event, start, end, watched, sign, usage, used):  # type: ignore[no-untyped-def]
    """Spread a span over its minutes; a session is counted once in every minute it is present in."""
    first = session.events == 0
    minute = start // MINUTE_US * MINUTE_US
    usage, used = _room(usage, used, (end - minute) // MINUTE_US + 2)
    while minute <= end:
        row = usage[used]
        _add(row, session, minute, event.slot)
        overlap = min(start + watched, minute + MINUTE_US) - max(start, minute)
        row.sessions = sign if first or minute > start else 0
        if overlap > 0:
            row.watch_us = sign * overlap
            row.media_seconds = 0.0 if np.isnan(session.bitrate) else sign * overlap / 1e6 * session.rate
            row.bits = 0.0 if np.isnan(session.bitrate) else row.media_seconds * session.bitrate
        used += 1
        minute += MINUTE_US
    last = event.at // MINUTE_US * MINUTE_US
    if last > end:
        _add(usage[used], session, last, event.slot)
        usage[used].sessions = sign
        used += 1
    return usage, used


@njit(cache=True)
def _add(row, session, minute, slot):  # type: ignore[no-untyped-def]
    row.slot = slot
    row.minute = minute
    row.dimensions[:] = session.dimensions
    row.sessions = row.watch_us = row.stalls = 0
    row.media_seconds = row.bits = row.stall_ms = 0.0


@njit(cache=True)
def _room(usage, used, count):  # type: ignore[no-untyped-def]
    if used + count <= len(usage):
        return usage, used
    longer = np.empty(2 * (used + count), usage.dtype)
    longer[:used] = usage[:used]
    return longer, used
