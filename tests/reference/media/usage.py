"""Usage per minute from folded sessions: bits, concurrent sessions, stalls (GET /v1/media/usage)."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from schemas.shared.times import text
from tests.reference.media.answers import MINUTE_US, PERIODS
from tests.reference.media.session import Session
from tests.reference.media.stretches import Piece

INTERVALS = {"1m": 1, "5m": 5, "1h": 60}
"""An interval's name → its minutes; intervals begin at whole multiples since 1970."""


def usage(sessions: Iterable[Session], period: str, interval: str, now: int) -> dict[str, Any]:
    """What was going on in each interval that saw a session; minutes that begin in [now − period, now).

    bits: bitrate × media seconds; a stretch's are spread evenly over its time in play. A session is concurrent in
    each minute it is present in: from its first event to session_end, else to its last event; of a silence only the
    first ten minutes count. peak: the largest number in one of the interval's minutes; mean: their sum ÷
    the interval's minutes. stalls: those that ended in it.
    """
    minutes = _Minutes()
    for session in sessions:
        minutes.add(session)
    inside = [minute for minute in sorted(minutes.concurrent) if now - PERIODS[period] <= minute * MINUTE_US < now]
    length = INTERVALS[interval]
    starts = sorted({minute // length * length for minute in inside})
    stats = [minutes.item(start, length, [m for m in inside if start <= m < start + length]) for start in starts]
    return {"period": period, "interval": interval, "stats": stats}


class _Minutes:
    """Sums by minute, counted since 1970."""

    def __init__(self) -> None:
        self.concurrent: Counter[int] = Counter()
        self.stalls: Counter[int] = Counter()
        self.bits: dict[int, float] = {}
        self.watch_seconds: dict[int, float] = {}

    def add(self, session: Session) -> None:
        self.concurrent.update({minute for start, end in session.present for minute in _minutes(start, end)})
        self.stalls.update(stall.end // MINUTE_US for stall in session.stalls if stall.end is not None)
        for piece, _, bits in session.downloads:
            for minute, part in _parts(piece):
                self.bits[minute] = self.bits.get(minute, 0.0) + part * bits
        for stretch in session.stretches:
            for minute, part in (found for piece in stretch.pieces for found in _parts(piece, stretch.in_play)):
                self.watch_seconds[minute] = self.watch_seconds.get(minute, 0.0) + part * stretch.watched / 1e6

    def item(self, start: int, length: int, minutes: list[int]) -> dict[str, Any]:
        return {
            "start": text(start * MINUTE_US),
            "bits": sum(self.bits.get(minute, 0.0) for minute in minutes),
            "peak_concurrent_sessions": max(self.concurrent[minute] for minute in minutes),
            "mean_concurrent_sessions": sum(self.concurrent[minute] for minute in minutes) / length,
            "stalls": sum(self.stalls[minute] for minute in minutes),
        }


def _parts(piece: Piece, whole: int | None = None) -> Iterator[tuple[int, float]]:
    """The minutes of a piece and which part of `whole`, by default of the piece, lies in each."""
    length = piece.microseconds if whole is None else whole
    for minute in _minutes(piece.start, piece.end):
        overlap = min(piece.end, (minute + 1) * MINUTE_US) - max(piece.start, minute * MINUTE_US)
        if length:
            yield minute, overlap / length
        elif whole is None:
            yield minute, 1.0


def _minutes(start: int, end: int) -> Iterator[int]:
    """The minutes that a closed span touches."""
    return iter(range(start // MINUTE_US, end // MINUTE_US + 1))
