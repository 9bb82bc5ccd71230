"""What a step of a fold adds to the minutes it touches: presence, time in play, bits, stalls; signed."""

from typing import Final

import numpy as np
from numba import njit

from sinks.media.folding.events import DIMENSIONS

MINUTE_US: Final = 60_000_000

USAGE = np.dtype(
    [
        ("slot", np.int64),
        ("minute", np.int64),
        ("dimensions", np.int32, (len(DIMENSIONS),)),
        ("sessions", np.int64),
        ("played_us", np.int64),
        ("bitrate", np.float64),
        ("watch_us", np.float64),
        ("media_seconds", np.float64),
        ("bits", np.float64),
        ("stalls", np.int64),
        ("stall_ms", np.float64),
    ],
    align=True,
)
"""What one step of a fold adds to a minute (µs of its start); signed: a re-folded session takes back what it gave.

`played_us` is the time in play that the sums come from and `bitrate` its bitrate; both without sign.
"""


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
            row.played_us = overlap
            row.bitrate = session.bitrate
            row.watch_us = sign * overlap
            _download(row, sign * overlap / 1e6 * session.rate)
        used += 1
        minute += MINUTE_US
    last = event.at // MINUTE_US * MINUTE_US
    if last > end:
        _add(usage[used], session, last, event.slot)
        usage[used].sessions = sign
        used += 1
    return usage, used


@njit(cache=True)
def _download(row, media):  # type: ignore[no-untyped-def]
    """Media time is told only where its bitrate is known."""
    if not np.isnan(row.bitrate):
        row.media_seconds = media
        row.bits = media * row.bitrate


@njit(cache=True)
def share(session, watched, media, sign, usage, used):  # type: ignore[no-untyped-def]
    """Share a stretch's watch time and media seconds out over its time in play, in place of what the clock gave.

    Returns its bits. Without any time in play the media seconds are the last event's.
    """
    last = usage[used - 1]
    if session.open_us == 0:
        last.bitrate = session.bitrate
        _download(last, sign * media)
        return sign * last.bits
    for i in range(session.open_row, used):
        part = sign * usage[i].played_us / session.open_us
        usage[i].watch_us = part * watched
        _download(usage[i], part * media)
    return media * session.open_bit_us / session.open_us


@njit(cache=True)
def resume(session, rows, usage, used):  # type: ignore[no-untyped-def]
    """Take back what an earlier batch gave for the stretch that is still open, and give it anew, to be shared."""
    usage, used = _room(usage, used, 2 * len(rows))
    for i in range(len(rows)):
        usage[used + i] = rows[i]
        usage[used + i].watch_us = -rows[i].watch_us
        usage[used + i].media_seconds = -rows[i].media_seconds
        usage[used + i].bits = -rows[i].bits
        usage[used + len(rows) + i] = rows[i]
    session.open_row = used + len(rows)
    return usage, used + 2 * len(rows)


@njit(cache=True)
def _continues(row, before):  # type: ignore[no-untyped-def]
    """A row of the same minute and bitrate; either all rows of an open stretch have a bitrate or none."""
    return row.minute == before.minute and (row.bitrate == before.bitrate or np.isnan(row.bitrate))


@njit(cache=True)
def open_rows(session, usage, used):  # type: ignore[no-untyped-def]
    """What a session's open stretch has given so far, one row a minute and bitrate that follow each other."""
    rows = np.empty(used - session.open_row, usage.dtype)
    count = 0
    for i in range(session.open_row, used):
        if usage[i].played_us == 0:
            continue
        if count and _continues(usage[i], rows[count - 1]):
            rows[count - 1].played_us += usage[i].played_us
            rows[count - 1].watch_us += usage[i].watch_us
            rows[count - 1].media_seconds += usage[i].media_seconds
            rows[count - 1].bits += usage[i].bits
        else:
            rows[count] = usage[i]
            rows[count].sessions = 0
            count += 1
    return rows[:count]


@njit(cache=True)
def _add(row, session, minute, slot):  # type: ignore[no-untyped-def]
    row.slot = slot
    row.minute = minute
    row.dimensions[:] = session.dimensions
    row.sessions = row.stalls = row.played_us = 0
    row.watch_us = row.media_seconds = row.bits = row.stall_ms = 0.0
    row.bitrate = np.nan


@njit(cache=True)
def _room(usage, used, count):  # type: ignore[no-untyped-def]
    if used + count <= len(usage):
        return usage, used
    longer = np.empty(2 * (used + count), usage.dtype)
    longer[:used] = usage[:used]
    return longer, used
