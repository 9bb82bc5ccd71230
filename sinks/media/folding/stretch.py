"""A stretch is what lies between two positions of the playhead that follow each other (spec: the fold's fine points).

Clock and playhead bear each other out: an advance that the time allows was watched, time that the advance allows was
watch time. Time in play after the last position counts by the clock until the next one closes it.
"""

from typing import Final

import numpy as np
from numba import njit

from sinks.media.folding.minutes import share
from sinks.media.folding.watched import watch

TOLERANCE: Final = 1.25
ADVANCE_LEEWAY: Final = 2.0
"""Seconds that a playhead may be ahead of what the clock allows."""

FASTEST_UNREPORTED: Final = 2.0
"""A playback rate that no player needs to report."""

WATCH_LEEWAY: Final = 10.0
"""Seconds that may have been in play beyond what the playhead's advance shows: a heartbeat's interval."""


@njit(cache=True)
def in_play(session, played, used):  # type: ignore[no-untyped-def]
    """Time in play (µs) joins the open stretch; with no position before it there is none, and the clock decides."""
    seconds = played / 1e6 * session.rate
    bitrate = 0.0 if np.isnan(session.bitrate) else session.bitrate
    session.open_us += played
    session.open_media += seconds
    session.open_bits += seconds * bitrate
    session.open_bit_us += played * bitrate
    if np.isnan(session.playhead):
        leave(session, used)


@njit(cache=True)
def leave(session, used):  # type: ignore[no-untyped-def]
    """End the open stretch without a second position: what is in it counts by the clock."""
    _settle(session, session.open_us, session.open_media, session.open_bits, used)


@njit(cache=True)
def close(session, event, rate, running, sign, usage, used):  # type: ignore[no-untyped-def]
    """End the open stretch at the event's position; `rate` is the playback rate from the event on."""
    if np.isnan(session.playhead) or not (running or session.open_us > 0):
        leave(session, used)
    else:
        session.measured = 1
        usage, used = _measure(session, event, rate, sign, usage, used)
    session.playhead = event.position
    session.since = event.at
    return usage, used


@njit(cache=True)
def _measure(session, event, rate, sign, usage, used):  # type: ignore[no-untyped-def]
    """Content and time of a stretch that played; a playhead that jumped unreported leaves the time to the clock."""
    advance = event.position - session.playhead
    fastest = max(FASTEST_UNREPORTED, session.rate, rate)
    if advance < 0 or advance > ADVANCE_LEEWAY + TOLERANCE * (event.at - session.since) / 1e6 * fastest:
        leave(session, used)
        return usage, used
    if advance > 0:
        watch(session, session.playhead, event.position)
        session.last_playhead = event.at
        session.furthest_played = np.fmax(session.furthest_played, event.position)
    most = WATCH_LEEWAY + TOLERANCE * advance / min(1.0, session.rate, rate)
    watched = min(session.open_us, np.int64(np.floor(most * 1e6 + 0.5)))
    bits = share(session, watched, advance, sign, usage, used)
    _settle(session, watched, advance, bits, used)
    return usage, used


@njit(cache=True)
def _settle(session, watched, media, bits, used):  # type: ignore[no-untyped-def]
    session.watch_us += watched
    session.media_seconds += media
    session.bits += bits
    session.open_us = 0
    session.open_media = session.open_bits = session.open_bit_us = 0.0
    session.open_row = used
