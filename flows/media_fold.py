"""The fold of a media session: one event after another changes a record of numbers (spec: From events to sessions).

Written as plain functions over records and compiled by numba; it reads like the definition. Times are µs since 1970,
positions and durations seconds, NaN is null, -1 a time that never was.
"""

from typing import Final

import numpy as np
from numba import njit

from flows.media_events import (
    BUFFERING_END,
    BUFFERING_START,
    DIMENSIONS,
    ERROR,
    HEARTBEAT,
    MILESTONE,
    PAUSE,
    PLAY,
    QUALITY_CHANGE,
    SEEK,
    SESSION_END,
    SESSION_START,
)

INTERVALS: Final = 16
"""Separate stretches of watched content kept per session; beyond it the two closest are joined."""

MINUTE_US: Final = 60_000_000
NOT_ENDED, COMPLETED, ABANDONED = 0, 1, 2

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
        ("playing", np.int8),
        ("stalled", np.int8),
        ("seeking", np.int8),
        ("asked", np.int8),
        ("ended", np.int8),
        ("reached", np.int8),
        ("fatal", np.int8),
        ("errors", np.int64),
        ("dimensions", np.int32, (len(DIMENSIONS),)),
        ("duration", np.float64),
        ("ttfb", np.float64),
        ("load", np.float64),
        ("position", np.float64),
        ("furthest", np.float64),
        ("furthest_played", np.float64),
        ("rate", np.float64),
        ("watch_us", np.int64),
        ("stall_at", np.int64),
        ("stalls", np.int64),
        ("stall_ms", np.float64),
        ("reported_stalls", np.float64),
        ("reported_stall_ms", np.float64),
        ("bitrate", np.float64),
        ("first_bitrate", np.float64),
        ("bits", np.float64),
        ("media_seconds", np.float64),
        ("unsampled_seconds", np.float64),
        ("end_bitrate", np.float64),
        ("end_watched", np.float64),
        ("dropped", np.float64),
        ("stretches", np.int64),
        ("watched", np.float64, (INTERVALS, 2)),
    ],
    align=True,
)

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
"""What one step of a fold adds to a minute (µs of its start); signed, so a re-folded session takes back what it gave."""

SPAN_US: Final = 10 * MINUTE_US
"""The longest time between two events that counts as one stretch: after 10 min without one a session is abandoned."""


NEW_SESSION = np.zeros(1, SESSION)[0]
for _name in ("first_at", "last_at", "last_received", "last_playhead", "first_play", "stall_at"):
    NEW_SESSION[_name] = -1
for _name in ("duration", "ttfb", "load", "position", "furthest", "furthest_played", "reported_stalls"):
    NEW_SESSION[_name] = np.nan
for _name in ("reported_stall_ms", "bitrate", "first_bitrate", "end_bitrate", "end_watched", "dropped"):
    NEW_SESSION[_name] = np.nan
NEW_SESSION["rate"] = 1.0
NEW_SESSION["consent"] = 127
NEW_SESSION["dimensions"] = -1


@njit(cache=True)
def prepare(session, event):  # type: ignore[no-untyped-def]
    """What must be known of all events before the first is folded: the dimensions and the first bitrate, earliest first."""
    for i in range(len(session.dimensions)):
        if session.dimensions[i] < 0:
            session.dimensions[i] = event.dimensions[i]
    sample = _sample(event)
    if np.isnan(session.first_bitrate) and not np.isnan(sample):
        session.first_bitrate = sample
        session.bitrate = sample


@njit(cache=True)
def disturbs(session, event):  # type: ignore[no-untyped-def]
    """Whether the event changes what was known of the past, so that its session must be folded again."""
    if event.at <= session.last_at:
        return True
    for i in range(len(session.dimensions)):
        if session.dimensions[i] < 0 and event.dimensions[i] >= 0:
            return True
    return np.isnan(session.first_bitrate) and session.unsampled_seconds > 0 and not np.isnan(_sample(event))


@njit(cache=True)
def step(session, event, sign, usage, used):  # type: ignore[no-untyped-def]
    """Fold one event in; what it adds to the minutes goes to `usage` with `sign`. Returns usage (maybe longer), used."""
    usage, used = _span(session, event, sign, usage, used)
    session.first_at = event.at if session.events == 0 else session.first_at
    session.last_received = max(session.last_received, event.received)
    session.offset = max(session.offset, event.offset)
    session.consent = min(session.consent, event.consent)
    session.gpc = max(session.gpc, event.gpc)
    session.events += 1
    stalls, stall_ms = session.stalls, session.stall_ms
    if event.kind == ERROR:
        _error(session, event)
    elif session.ended == NOT_ENDED:
        _apply(session, event)
    session.last_at = event.at
    if session.stalls > stalls:
        usage, used = _stalled(session, event, sign, session.stalls - stalls, session.stall_ms - stall_ms, usage, used)
    return usage, used


@njit(cache=True)
def _apply(session, event):  # type: ignore[no-untyped-def]
    """What an event does to a session that has not ended."""
    kind = event.kind
    _move(session, event)
    sample = _sample(event)
    if not np.isnan(sample):
        session.bitrate = sample
    if kind == SESSION_START:
        _start(session, event)
    elif kind == PLAY:
        _play(session, event)
    elif kind == HEARTBEAT:
        _heartbeat(session, event)
    elif kind == BUFFERING_START:
        _buffering_start(session, event)
    elif kind == BUFFERING_END:
        _buffering_end(session, event)
    elif kind == PAUSE:
        _end_stall(session, event, np.nan)
        _stop(session)
    elif kind == SEEK:
        session.seeking = 1
        session.position = event.values[0]
    elif kind == MILESTONE:
        session.reached = 1 if event.values[0] >= 95 else session.reached
    elif kind == SESSION_END:
        _session_end(session, event)


@njit(cache=True)
def _move(session, event):  # type: ignore[no-untyped-def]
    """The playhead: content between two known positions that was played is watched; progress may show that it plays."""
    position = event.position
    known = not np.isnan(position)
    advanced = known and (np.isnan(session.position) or position > session.position)
    progress = event.kind == HEARTBEAT or event.kind == MILESTONE
    if progress:
        session.seeking = 0
    if session.playing:
        if known and not np.isnan(session.position) and position > session.position:
            _watched(session, session.position, position)
            session.last_playhead = event.at
            session.furthest_played = np.fmax(session.furthest_played, position)
    elif progress and advanced and not session.asked and (position > 0):
        session.playing = 1
        session.last_playhead = event.at
        session.first_play = event.at if session.first_play < 0 else session.first_play
    if known:
        session.position = position
        session.furthest = np.fmax(session.furthest, position)


@njit(cache=True)
def _start(session, event):  # type: ignore[no-untyped-def]
    if np.isnan(session.duration):
        session.duration = event.values[0]
    if np.isnan(session.ttfb):
        session.ttfb = event.values[2]
    if np.isnan(session.load):
        session.load = event.values[3]


@njit(cache=True)
def _play(session, event):  # type: ignore[no-untyped-def]
    _end_stall(session, event, np.nan)
    session.playing = 1
    session.asked = 1
    session.seeking = 0
    session.first_play = event.at if session.first_play < 0 else session.first_play


@njit(cache=True)
def _heartbeat(session, event):  # type: ignore[no-untyped-def]
    if not np.isnan(event.values[0]):
        session.rate = event.values[0]
    _reported(session, event)


@njit(cache=True)
def _reported(session, event):  # type: ignore[no-untyped-def]
    """The player's cumulative counters; the largest of each counts."""
    session.reported_stalls = np.fmax(session.reported_stalls, event.values[2])
    session.reported_stall_ms = np.fmax(session.reported_stall_ms, event.values[3])
    session.dropped = np.fmax(session.dropped, event.values[4])


@njit(cache=True)
def _buffering_start(session, event):  # type: ignore[no-untyped-def]
    """A stall only while playing: not before the first play, not in a pause, not within a seek."""
    if session.playing and not session.stalled and not session.seeking:
        session.stalled = 1
        session.stall_at = event.at


@njit(cache=True)
def _buffering_end(session, event):  # type: ignore[no-untyped-def]
    if session.stalled:
        _end_stall(session, event, event.values[0])
    elif session.playing and not session.seeking:
        session.stalls += 1
        session.stall_ms += 0.0 if np.isnan(event.values[0]) else event.values[0]


@njit(cache=True)
def _end_stall(session, event, duration_ms):  # type: ignore[no-untyped-def]
    """Close an open stall; its length is what the client says, else the time between the two events."""
    if not session.stalled:
        return
    session.stalls += 1
    session.stall_ms += (event.at - session.stall_at) / 1e3 if np.isnan(duration_ms) else duration_ms
    session.stalled = 0


@njit(cache=True)
def _stop(session):  # type: ignore[no-untyped-def]
    session.playing = 0


@njit(cache=True)
def _error(session, event):  # type: ignore[no-untyped-def]
    """Errors count even after session_end; a fatal one ends playing."""
    session.errors += 1
    if event.values[0] != 0:
        session.fatal = 1
        _stop(session)


@njit(cache=True)
def _session_end(session, event):  # type: ignore[no-untyped-def]
    _end_stall(session, event, np.nan)
    _stop(session)
    _reported(session, event)
    session.ended = COMPLETED if event.values[0] == 1 else ABANDONED
    session.end_bitrate = event.values[1]
    session.end_watched = event.values[5]


@njit(cache=True)
def _sample(event):  # type: ignore[no-untyped-def]
    """The bitrate an event reports, NaN where it reports none."""
    if event.kind == SESSION_START or event.kind == HEARTBEAT or event.kind == QUALITY_CHANGE:
        return event.values[1]
    return np.nan


@njit(cache=True)
def _watched(session, start, end):  # type: ignore[no-untyped-def]
    """Add a stretch to the union of watched content, kept sorted and apart."""
    stretches = session.watched
    count = session.stretches
    first = 0
    while first < count and stretches[first, 1] < start:
        first += 1
    last = first
    while last < count and stretches[last, 0] <= end:
        start = min(start, stretches[last, 0])
        end = max(end, stretches[last, 1])
        last += 1
    if last == first:
        if count == INTERVALS:
            _join_closest(session)
            _watched(session, start, end)
            return
        for i in range(count, first, -1):
            stretches[i] = stretches[i - 1]
        session.stretches = count + 1
    else:
        for i in range(last, count):
            stretches[first + 1 + i - last] = stretches[i]
        session.stretches = count - (last - first) + 1
    stretches[first, 0] = start
    stretches[first, 1] = end


@njit(cache=True)
def _join_closest(session):  # type: ignore[no-untyped-def]
    """Close the smallest gap between two stretches, so that there is room for one more."""
    stretches = session.watched
    at = 0
    for i in range(1, session.stretches - 1):
        if stretches[i + 1, 0] - stretches[i, 1] < stretches[at + 1, 0] - stretches[at, 1]:
            at = i
    stretches[at, 1] = stretches[at + 1, 1]
    for i in range(at + 1, session.stretches - 1):
        stretches[i] = stretches[i + 1]
    session.stretches -= 1


@njit(cache=True)
def _stalled(session, event, sign, stalls, stall_ms, usage, used):  # type: ignore[no-untyped-def]
    usage, used = _room(usage, used, 1)
    _add(usage[used], session, event.at // MINUTE_US * MINUTE_US, event.slot)
    usage[used].stalls = sign * stalls
    usage[used].stall_ms = sign * stall_ms
    return usage, used + 1


@njit(cache=True)
def _span(session, event, sign, usage, used):  # type: ignore[no-untyped-def]
    """The time since the event before: presence by minute, and while playing what was watched and downloaded."""
    if session.events == 0:
        return _minutes(session, event, event.at, event.at, True, sign, usage, used)
    end = min(event.at, session.last_at + SPAN_US)
    playing = session.playing and not session.stalled and session.ended == NOT_ENDED
    if playing:
        seconds = (end - session.last_at) / 1e6 * session.rate
        session.watch_us += end - session.last_at
        if np.isnan(session.bitrate):
            session.unsampled_seconds += seconds
        else:
            session.media_seconds += seconds
            session.bits += seconds * session.bitrate
    if session.ended != NOT_ENDED:
        return usage, used
    return _minutes(session, event, session.last_at, end, False, sign, usage, used)


@njit(cache=True)
def _minutes(session, event, start, end, first, sign, usage, used):  # type: ignore[no-untyped-def]
    """Spread the span over its minutes; a session is counted once in every minute it is present in."""
    playing = session.playing and not session.stalled
    minute = start // MINUTE_US * MINUTE_US
    last = event.at // MINUTE_US * MINUTE_US
    usage, used = _room(usage, used, (end - minute) // MINUTE_US + 2)
    while minute <= end:
        row = usage[used]
        _add(row, session, minute, event.slot)
        overlap = min(end, minute + MINUTE_US) - max(start, minute)
        row.sessions = sign if first or minute > start else 0
        if playing and overlap > 0:
            row.watch_us = sign * overlap
            row.media_seconds = sign * overlap / 1e6 * session.rate
            row.bits = 0.0 if np.isnan(session.bitrate) else row.media_seconds * session.bitrate
        used += 1
        minute += MINUTE_US
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
