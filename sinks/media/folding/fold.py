"""The fold of a media session: one event after another changes a record of numbers (spec: From events to sessions).

Plain functions over records, compiled by numba; they read like the definition. Times are µs since 1970, positions and
durations seconds, NaN is null, -1 a time that never was.
"""

from typing import Final

import numpy as np
from numba import njit

from sinks.media.folding.events import (
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
from sinks.media.folding.minutes import MINUTE_US, add_span, add_stalls
from sinks.media.folding.session import (
    ABANDONED,
    COMPLETED,
    ENDED,
    FAILED,
    NOT_ENDED,
    PLAYING,
    SEEKING,
    STALLED,
    STOPPED,
)
from sinks.media.folding.stretch import close, in_play, leave

CONNECTION: Final = DIMENSIONS.index("connection_type")

SPAN_US: Final = 10 * MINUTE_US
"""The longest time between two events that counts as one stretch: after 10 min without one a session is abandoned."""


@njit(cache=True)
def prepare(session, event, ended):  # type: ignore[no-untyped-def]
    """Learn what all events say before the first is folded: dimensions, first bitrate. Returns whether it ended."""
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
    return first_sample and session.media_seconds + session.open_media > 0 and not ended


@njit(cache=True)
def step(session, event, sign, usage, used):  # type: ignore[no-untyped-def]
    """Fold one event in; what it adds to the minutes goes to `usage`, times `sign`. Returns usage and used, grown."""
    if session.ended == NOT_ENDED:
        usage, used = _span(session, event, sign, usage, used)
        stalls, stall_ms = session.closed_stalls, session.stall_ms
        usage, used = _move(session, event, sign, usage, used)
        _apply(session, event, used)
        if session.closed_stalls > stalls:
            usage, used = add_stalls(session, event, sign, stalls, stall_ms, usage, used)
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
    """The time since the event before: presence by minute, and while playing time in play."""
    if session.events == 0:
        return add_span(session, event, event.at, event.at, 0, sign, usage, used)
    end = min(event.at, session.last_at + SPAN_US)
    watched = _watched_us(session, event, end) if session.mode == PLAYING else 0
    usage, used = add_span(session, event, session.last_at, end, watched, sign, usage, used)
    in_play(session, watched, used)
    return usage, used


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
def _apply(session, event, used):  # type: ignore[no-untyped-def]
    """What an event does to a session that has not ended: samples, then its kind's change of mode."""
    kind = event.kind
    sample = _sample(event)
    session.bitrate = session.bitrate if np.isnan(sample) else sample
    if kind == SESSION_START:
        _start(session, event)
    elif kind == PLAY:
        _play(session, event)
    elif kind == HEARTBEAT:
        session.rate = _rate(session, event)
        _reported(session, event)
    elif kind == BUFFERING_START:
        _buffering_start(session, event)
    elif kind == BUFFERING_END:
        _buffering_end(session, event)
    elif kind == PAUSE:
        _end_stall(session, event, np.nan)
        session.mode = STOPPED
    elif kind == SEEK:
        _seek(session, event, used)
    elif kind == MILESTONE:
        session.reached = 1 if event.values[0] >= 95 else session.reached
    elif kind == ERROR:
        _error(session, event)
    elif kind == SESSION_END:
        _session_end(session, event)


@njit(cache=True)
def _rate(session, event):  # type: ignore[no-untyped-def]
    """The playback rate from the event on."""
    return event.values[0] if event.kind == HEARTBEAT and event.values[0] > 0 else session.rate


@njit(cache=True)
def _move(session, event, sign, usage, used):  # type: ignore[no-untyped-def]
    """A position closes the stretch since the one before; progress may show that it plays at all."""
    position = event.position
    advanced = position > session.playhead or (np.isnan(session.playhead) and position > 0)
    if not np.isnan(position):
        running = session.mode != STOPPED and session.mode != FAILED
        usage, used = close(session, event, _rate(session, event), running, sign, usage, used)
        session.furthest = np.fmax(session.furthest, position)
    if event.kind == HEARTBEAT or event.kind == MILESTONE:
        session.seek_pending = 0
        if session.mode == STOPPED and advanced and not session.asked:
            session.mode = PLAYING
            session.first_play = event.at if session.first_play < 0 else session.first_play
            session.last_playhead = event.at
    return usage, used


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
def _seek(session, event, used):  # type: ignore[no-untyped-def]
    """A stall ends here, what follows of it belongs to the seek; the playhead jumps without playing."""
    leave(session, used)
    _end_stall(session, event, np.nan)
    if session.mode == STALLED:
        session.mode = SEEKING
    elif session.mode == FAILED:
        session.mode = STOPPED
    session.seek_pending = 1
    session.playhead = event.values[0]
    session.since = event.at


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
    session.ended = COMPLETED if event.values[0] == 1 else ABANDONED if event.values[0] == 0 else ENDED
    session.end_bitrate = event.values[1]
    session.end_watched = event.values[5]
    session.end_percent = event.values[6]


@njit(cache=True)
def _sample(event):  # type: ignore[no-untyped-def]
    """The bitrate an event reports, NaN where it reports none."""
    if event.kind == SESSION_START or event.kind == HEARTBEAT or event.kind == QUALITY_CHANGE:
        return event.values[1]
    return np.nan


@njit(cache=True)
def fold_again(events, session, sign, usage, used):  # type: ignore[no-untyped-def]
    """Fold a whole session from its events in order."""
    ended = False
    session.open_row = used
    for i in range(len(events)):
        ended = prepare(session, events[i], ended)
    for i in range(len(events)):
        usage, used = step(session, events[i], sign, usage, used)
    return usage, used
