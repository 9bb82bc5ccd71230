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
STOPPED, PLAYING, STALLED, SEEKING, FAILED = range(5)
"""Modes: not playing; playing; in a stall; in the buffering of a seek, uncounted; in a stall during which it failed."""

CONNECTION: Final = DIMENSIONS.index("connection_type")

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
        ("fatal", np.int8),
        ("errors", np.int64),
        ("dimensions", np.int32, (len(DIMENSIONS),)),
        ("duration", np.float64),
        ("ttfb", np.float64),
        ("load", np.float64),
        ("playhead", np.float64),
        ("furthest", np.float64),
        ("furthest_played", np.float64),
        ("rate", np.float64),
        ("watch_us", np.int64),
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
        ("unsampled_seconds", np.float64),
        ("end_bitrate", np.float64),
        ("end_watched", np.float64),
        ("dropped", np.float64),
        ("stretches", np.int64),
        ("watched", np.float64, (INTERVALS + 1, 2)),
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
for _name in ("duration", "ttfb", "load", "playhead", "furthest", "furthest_played", "reported_stalls"):
    NEW_SESSION[_name] = np.nan
for _name in ("reported_stall_ms", "bitrate", "first_bitrate", "end_bitrate", "end_watched", "dropped"):
    NEW_SESSION[_name] = np.nan
NEW_SESSION["rate"] = 1.0
NEW_SESSION["consent"] = 127
NEW_SESSION["dimensions"] = -1


@njit(cache=True)
def prepare(session, event, ended):  # type: ignore[no-untyped-def]
    """What must be known of all events before the first is folded: dimensions and first bitrate. Returns whether it ended."""
    for i in range(len(session.dimensions)):
        if session.dimensions[i] < 0 and not (ended and i == CONNECTION):
            session.dimensions[i] = event.dimensions[i]
    sample = _sample(event)
    if np.isnan(session.first_bitrate) and not np.isnan(sample) and not ended:
        session.first_bitrate = sample
        session.bitrate = sample
    return ended or event.kind == SESSION_END


@njit(cache=True)
def disturbs(session, event, ended):  # type: ignore[no-untyped-def]
    """Whether the event changes what was known of the past, so that its session must be folded again."""
    if event.at <= session.last_at:
        return True
    for i in range(len(session.dimensions)):
        if session.dimensions[i] < 0 and event.dimensions[i] >= 0 and not (ended and i == CONNECTION):
            return True
    first_sample = np.isnan(session.first_bitrate) and not np.isnan(_sample(event))
    return first_sample and session.unsampled_seconds > 0 and not ended


@njit(cache=True)
def step(session, event, sign, usage, used):  # type: ignore[no-untyped-def]
    """Fold one event in; what it adds to the minutes goes to `usage` with `sign`. Returns usage (maybe longer), used."""
    if session.ended == NOT_ENDED:
        usage, used = _span(session, event, sign, usage, used)
        stalls, stall_ms = session.closed_stalls, session.stall_ms
        _apply(session, event)
        if session.closed_stalls > stalls:
            usage, used = _stalled(session, event, sign, stalls, stall_ms, usage, used)
    session.first_at = event.at if session.events == 0 else session.first_at
    session.last_at = event.at
    session.last_received = max(session.last_received, event.received)
    session.offset = max(session.offset, event.offset)
    session.consent = min(session.consent, event.consent)
    session.gpc = max(session.gpc, event.gpc)
    session.events += 1
    if event.kind == ERROR:
        session.errors += 1
        session.fatal = 1 if event.values[0] != 0 else session.fatal
    return usage, used


@njit(cache=True)
def _span(session, event, sign, usage, used):  # type: ignore[no-untyped-def]
    """The time since the event before: presence by minute, and while playing what was watched and downloaded."""
    if session.events == 0:
        return _minutes(session, event, event.at, event.at, 0, sign, usage, used)
    end = min(event.at, session.last_at + SPAN_US)
    watched = _watched_us(session, event, end) if session.mode == PLAYING else 0
    seconds = watched / 1e6 * session.rate
    session.watch_us += watched
    if np.isnan(session.bitrate):
        session.unsampled_seconds += seconds
    else:
        session.media_seconds += seconds
        session.bits += seconds * session.bitrate
    return _minutes(session, event, session.last_at, end, watched, sign, usage, used)


@njit(cache=True)
def _watched_us(session, event, end):  # type: ignore[no-untyped-def]
    """Time in play up to `end`; an end of buffering without a start takes its stall from the span's end."""
    span = end - session.last_at
    if event.kind == BUFFERING_END and _lone_end(session) and not np.isnan(event.values[0]):
        return max(0, span - np.int64(np.floor(event.values[0] * 1000 + 0.5)))
    return span


@njit(cache=True)
def _lone_end(session):  # type: ignore[no-untyped-def]
    return session.mode == PLAYING and not session.open_start and not session.seek_pending


@njit(cache=True)
def _apply(session, event):  # type: ignore[no-untyped-def]
    """What an event does to a session that has not ended: playhead, samples, then its kind's change of mode."""
    kind = event.kind
    _move(session, event)
    sample = _sample(event)
    session.bitrate = session.bitrate if np.isnan(sample) else sample
    if kind == SESSION_START:
        _start(session, event)
    elif kind == PLAY:
        _play(session, event)
    elif kind == HEARTBEAT:
        session.rate = event.values[0] if event.values[0] > 0 else session.rate
        _reported(session, event)
    elif kind == BUFFERING_START:
        _buffering_start(session, event)
    elif kind == BUFFERING_END:
        _buffering_end(session, event)
    elif kind == PAUSE:
        _end_stall(session, event, np.nan)
        session.mode = STOPPED
    elif kind == SEEK:
        _seek(session, event)
    elif kind == MILESTONE:
        session.reached = 1 if event.values[0] >= 95 else session.reached
    elif kind == ERROR:
        _error(session, event)
    elif kind == SESSION_END:
        _session_end(session, event)


@njit(cache=True)
def _position(session, event):  # type: ignore[no-untyped-def]
    """Where the playhead is at the event, NaN where neither it nor a milestone's percentage says so."""
    if np.isnan(event.position) and event.kind == MILESTONE:
        return event.values[0] / 100 * session.duration
    return event.position


@njit(cache=True)
def _move(session, event):  # type: ignore[no-untyped-def]
    """Content between two known positions that was played is watched; progress may show that it plays at all."""
    position = _position(session, event)
    advanced = position > session.playhead or (np.isnan(session.playhead) and position > 0)
    if position > session.playhead and session.mode != STOPPED and session.mode != FAILED:
        _watch(session, session.playhead, position)
        _reached(session, event, position)
    if event.kind == HEARTBEAT or event.kind == MILESTONE:
        session.seek_pending = 0
        if session.mode == STOPPED and advanced and not session.asked:
            session.mode = PLAYING
            session.first_play = event.at if session.first_play < 0 else session.first_play
            _reached(session, event, position)
    if not np.isnan(position):
        session.playhead = position
        session.furthest = np.fmax(session.furthest, position)


@njit(cache=True)
def _reached(session, event, position):  # type: ignore[no-untyped-def]
    session.last_playhead = event.at
    session.furthest_played = np.fmax(session.furthest_played, position)


@njit(cache=True)
def _start(session, event):  # type: ignore[no-untyped-def]
    session.duration = event.values[0] if np.isnan(session.duration) else session.duration
    session.ttfb = event.values[2] if np.isnan(session.ttfb) else session.ttfb
    session.load = event.values[3] if np.isnan(session.load) else session.load


@njit(cache=True)
def _play(session, event):  # type: ignore[no-untyped-def]
    _end_stall(session, event, np.nan)
    session.mode = PLAYING
    session.asked = 1
    session.seek_pending = 0
    session.first_play = event.at if session.first_play < 0 else session.first_play


@njit(cache=True)
def _reported(session, event):  # type: ignore[no-untyped-def]
    """The player's cumulative counters; the largest of each counts."""
    session.reported_stalls = np.fmax(session.reported_stalls, event.values[2])
    session.reported_stall_ms = np.fmax(session.reported_stall_ms, event.values[3])
    session.dropped = np.fmax(session.dropped, event.values[4])


@njit(cache=True)
def _buffering_start(session, event):  # type: ignore[no-untyped-def]
    """A stall only while playing: not before the first play, not in a pause; within a seek it belongs to the seek."""
    session.open_start = 1
    if session.mode != PLAYING:
        return
    if session.seek_pending:
        session.mode = SEEKING
    else:
        session.mode = STALLED
        session.stall_at = event.at
        session.stalls += 1


@njit(cache=True)
def _buffering_end(session, event):  # type: ignore[no-untyped-def]
    duration_ms = event.values[0]
    if session.mode == STALLED or session.mode == FAILED:
        resumed = PLAYING if session.mode == STALLED else STOPPED
        _end_stall(session, event, duration_ms)
        session.mode = resumed
    elif session.mode == SEEKING:
        session.mode = PLAYING
    elif _lone_end(session):
        session.stalls += 1
        session.closed_stalls += 1
        session.stall_ms += 0.0 if np.isnan(duration_ms) else duration_ms
    session.open_start = 0


@njit(cache=True)
def _end_stall(session, event, duration_ms):  # type: ignore[no-untyped-def]
    """Close a stall that is under way; its length is what the client says, else the time between the two events."""
    if session.mode == STALLED or session.mode == FAILED:
        session.closed_stalls += 1
        session.stall_ms += (event.at - session.stall_at) / 1000 if np.isnan(duration_ms) else duration_ms


@njit(cache=True)
def _seek(session, event):  # type: ignore[no-untyped-def]
    """A stall ends here, what follows of it belongs to the seek; the playhead jumps without playing."""
    _end_stall(session, event, np.nan)
    if session.mode == STALLED:
        session.mode = SEEKING
    elif session.mode == FAILED:
        session.mode = STOPPED
    session.seek_pending = 1
    session.playhead = event.values[0]


@njit(cache=True)
def _error(session, event):  # type: ignore[no-untyped-def]
    """A fatal error ends playing; a stall under way goes on until something ends it."""
    if event.values[0] == 0:
        return
    session.mode = FAILED if session.mode == STALLED or session.mode == FAILED else STOPPED


@njit(cache=True)
def _session_end(session, event):  # type: ignore[no-untyped-def]
    _end_stall(session, event, np.nan)
    _reported(session, event)
    session.mode = STOPPED
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
def _watch(session, start, end):  # type: ignore[no-untyped-def]
    """Add a stretch to the union of watched content, kept sorted and apart."""
    stretches, count = session.watched, session.stretches
    first = 0
    while first < count and stretches[first, 1] < start:
        first += 1
    last = first
    while last < count and stretches[last, 0] <= end:
        start = min(start, stretches[last, 0])
        end = max(end, stretches[last, 1])
        last += 1
    _shift(stretches, last, count, first + 1 - last)
    stretches[first, 0] = start
    stretches[first, 1] = end
    session.stretches = count + first + 1 - last
    if session.stretches > INTERVALS:
        _join_closest(session)


@njit(cache=True)
def _shift(stretches, low, high, by):  # type: ignore[no-untyped-def]
    """Move stretches[low:high] by some places."""
    if by > 0:
        for i in range(high - 1, low - 1, -1):
            stretches[i + by] = stretches[i]
    elif by < 0:
        for i in range(low, high):
            stretches[i + by] = stretches[i]


@njit(cache=True)
def _join_closest(session):  # type: ignore[no-untyped-def]
    """Close the smallest gap between two stretches, the first of equals, so that no more than INTERVALS are kept."""
    stretches = session.watched
    at = 0
    for i in range(1, session.stretches - 1):
        if stretches[i + 1, 0] - stretches[i, 1] < stretches[at + 1, 0] - stretches[at, 1]:
            at = i
    stretches[at, 1] = stretches[at + 1, 1]
    _shift(stretches, at + 2, session.stretches, -1)
    session.stretches -= 1


@njit(cache=True)
def _stalled(session, event, sign, stalls, stall_ms, usage, used):  # type: ignore[no-untyped-def]
    """A stall counts in the minute of the event that ended it."""
    usage, used = _room(usage, used, 1)
    _add(usage[used], session, event.at // MINUTE_US * MINUTE_US, event.slot)
    usage[used].stalls = sign * (session.closed_stalls - stalls)
    usage[used].stall_ms = sign * (session.stall_ms - stall_ms)
    return usage, used + 1


@njit(cache=True)
def _minutes(session, event, start, end, watched, sign, usage, used):  # type: ignore[no-untyped-def]
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
