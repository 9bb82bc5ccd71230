"""The media session's fold, event by event in plain Python: what the compiled fold is tested against.

It notes what happened in lists (played spans, stalls, watched stretches) from which `Session` derives every number at
the end, so it shares neither code nor method with the fold it checks. Times are µs since 1970.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any, TypeAlias

from tests.reference.media_session import Session, Span, Stall

Event: TypeAlias = Mapping[str, Any]
"""event_id, tenant, subject, session_id, media_id, media_type, event, occurred_at, received_at, country_code,
device_type, browser_family, data."""

SILENCE_US = 600 * 1_000_000
"""Ten minutes without an event: nobody is watching any more."""

MOST_STRETCHES = 16
STOPPED, PLAYING, STALLED, SEEKING, FAILED = "stopped", "playing", "stalled", "seeking", "failed"
KEY = ("tenant", "subject", "session_id", "media_id")
BITRATE_OF = {"session_start": "initial_bitrate", "heartbeat": "current_bitrate", "quality_change": "to_bitrate"}


def fold(events: Iterable[Event]) -> list[Session]:
    """The sessions of events in any order, repeats included; sorted by their key."""
    by_session: dict[tuple[str, ...], list[Event]] = {}
    for event in without_repeats(events):
        by_session.setdefault(tuple(event[name] for name in KEY), []).append(event)
    return [_Fold(sorted(group, key=order)).session for _, group in sorted(by_session.items())]


def without_repeats(events: Iterable[Event]) -> Iterator[Event]:
    """Of events with one id in one session, the one received first."""
    seen: set[tuple[str, str, str]] = set()
    for event in sorted(events, key=lambda event: event["received_at"]):
        identity = (event["tenant"], event["session_id"], event["event_id"])
        if identity not in seen:
            seen.add(identity)
            yield event


def order(event: Event) -> tuple[int, int, float, str]:
    """Time, session_start first and session_end last, position, event id."""
    rank = {"session_start": 0, "session_end": 2}.get(event["event"], 1)
    position = reported_position(event)
    return event["occurred_at"], rank, -1.0 if position is None else position, event["event_id"]


def reported_position(event: Event) -> float | None:
    """Where the playhead is as the event says: a seek says where from, session_start nothing."""
    if event["event"] == "session_start":
        return None
    position: float | None = event["data"].get("from_seconds" if event["event"] == "seek" else "position_seconds")
    return position


class _Fold:
    """Walks a session's events in order; the method named like an event says what that event does."""

    def __init__(self, events: list[Event]) -> None:
        self.session = Session(*(events[0][name] for name in KEY))
        self.mode = STOPPED
        self.asked = False
        self.seek_pending = False
        self.open_start = False
        self.playhead: float | None = None
        self.rate = 1.0
        self.bitrate: float | None = None
        self.previous: int = events[0]["occurred_at"]
        for event in events:
            self._count(event)
            if self.session.end_status is None:
                self._step(event)

    def _count(self, event: Event) -> None:
        """What every event adds, even one after the end."""
        session = self.session
        if session.events == 0:
            session.first_event_at = event["occurred_at"]
        session.events += 1
        session.last_event_at = event["occurred_at"]
        session.last_received_at = max(session.last_received_at, event["received_at"])
        for name in ("media_type", "country_code", "device_type", "browser_family"):
            _fill(session, name, event[name])
        if event["event"] == "error":
            session.errors += 1
            session.fatal_error |= event["data"].get("fatal") is not False

    def _step(self, event: Event) -> None:
        at, data, position = event["occurred_at"], event["data"], self._position(event)
        advanced = position is not None and position > (self.playhead or 0.0)
        self._pass_time(event)
        self._sample_position(at, position)
        self._sample_rates(event)
        if event["event"] in ("heartbeat", "milestone"):
            self._progress(at, position if advanced else None)
        getattr(self, event["event"])(at, data)
        self.session.folded_until = self.previous = at

    def _pass_time(self, event: Event) -> None:
        at = event["occurred_at"]
        end = min(at, self.previous + SILENCE_US)
        self.session.present += [(self.previous, end), (at, at)]
        if self.mode != PLAYING:
            return
        if event["event"] == "buffering_end" and self._lacks_start():
            end = max(self.previous, end - int((event["data"].get("duration_ms") or 0.0) * 1000 + 0.5))
        self.session.played.append(Span(self.previous, end, self.rate, self.bitrate))

    def _lacks_start(self) -> bool:
        return self.mode == PLAYING and not self.open_start and not self.seek_pending

    def _position(self, event: Event) -> float | None:
        """The reported position; a milestone without one reached its percentage of a known duration."""
        position, duration = reported_position(event), self.session.total_duration_seconds
        if position is None and event["event"] == "milestone" and duration is not None:
            return float(event["data"]["percent"] / 100 * duration)
        return position

    def _sample_position(self, at: int, position: float | None) -> None:
        if position is None:
            return
        running = self.mode in (PLAYING, STALLED, SEEKING)
        if running and self.playhead is not None and position > self.playhead:
            self.session.watched = union(self.session.watched, (self.playhead, position))
            self._played_to(at, position)
        self.playhead = position
        self.session.max_position_seconds = max(position, self.session.max_position_seconds or 0.0)

    def _played_to(self, at: int, position: float) -> None:
        self.session.last_playhead_at = at
        self.session.max_played_position = max(position, self.session.max_played_position or 0.0)

    def _sample_rates(self, event: Event) -> None:
        kind, data = event["event"], event["data"]
        bitrate = data.get(BITRATE_OF[kind]) if kind in BITRATE_OF else None
        if bitrate is not None:
            self.bitrate = bitrate
            if self.session.first_bitrate is None:
                self.session.first_bitrate = bitrate
        if kind == "heartbeat" and data.get("playback_rate"):
            self.rate = data["playback_rate"]

    def _progress(self, at: int, advanced_to: float | None) -> None:
        """A heartbeat or milestone ends a seek, and shows that it plays where no play event ever came."""
        self.seek_pending = False
        if self.mode == STOPPED and not self.asked and advanced_to is not None:
            self._start_playing(at)
            self._played_to(at, advanced_to)

    def _start_playing(self, at: int) -> None:
        self.mode = PLAYING
        if self.session.first_play_at is None:
            self.session.first_play_at = at

    def _end_stall(self, at: int, duration_ms: float | None = None) -> None:
        if self.mode in (STALLED, FAILED):
            stall = self.session.stalls[-1]
            stall.end = at
            stall.length_ms = (at - stall.start) / 1000 if duration_ms is None else duration_ms

    def session_start(self, at: int, data: Mapping[str, Any]) -> None:
        _fill(self.session, "total_duration_seconds", data["total_duration_seconds"])
        _fill(self.session, "ttfb_ms", data.get("ttfb_ms"))
        _fill(self.session, "load_time_ms", data.get("video_load_time_ms"))
        _fill(self.session, "connection_type", data.get("connection_type"))

    def play(self, at: int, data: Mapping[str, Any]) -> None:
        self._end_stall(at)
        self.asked = True
        self.seek_pending = False
        self._start_playing(at)

    def heartbeat(self, at: int, data: Mapping[str, Any]) -> None:
        self._report(data)

    def _report(self, data: Mapping[str, Any]) -> None:
        """The player's own cumulative counters; the largest counts."""
        session = self.session
        session.reported_stall_count = max(session.reported_stall_count, data.get("buffering_count") or 0)
        session.reported_stall_ms = max(session.reported_stall_ms, data.get("buffering_duration_ms") or 0.0)
        if data.get("dropped_frames") is not None:
            session.dropped_frames = max(session.dropped_frames or 0, data["dropped_frames"])

    def buffering_start(self, at: int, data: Mapping[str, Any]) -> None:
        self.open_start = True
        if self.mode != PLAYING:
            return
        if self.seek_pending:
            self.mode = SEEKING
        else:
            self.mode = STALLED
            self.session.stalls.append(Stall(at))

    def buffering_end(self, at: int, data: Mapping[str, Any]) -> None:
        if self._lacks_start():
            self.session.stalls.append(Stall(at, at, data.get("duration_ms") or 0.0))
        self._end_stall(at, data.get("duration_ms"))
        if self.mode in (STALLED, SEEKING):
            self.mode = PLAYING
        elif self.mode == FAILED:
            self.mode = STOPPED
        self.open_start = False

    def quality_change(self, at: int, data: Mapping[str, Any]) -> None:
        """Only its bitrate counts."""

    def pause(self, at: int, data: Mapping[str, Any]) -> None:
        self._end_stall(at)
        self.mode = STOPPED

    def seek(self, at: int, data: Mapping[str, Any]) -> None:
        self._end_stall(at)
        self.mode = {STALLED: SEEKING, FAILED: STOPPED}.get(self.mode, self.mode)
        self.seek_pending = True
        self.playhead = data["to_seconds"]

    def milestone(self, at: int, data: Mapping[str, Any]) -> None:
        self.session.largest_milestone = max(self.session.largest_milestone, data["percent"])

    def error(self, at: int, data: Mapping[str, Any]) -> None:
        if data.get("fatal") is not False:
            self.mode = FAILED if self.mode in (STALLED, FAILED) else STOPPED

    def session_end(self, at: int, data: Mapping[str, Any]) -> None:
        self.pause(at, data)
        self._report(data)
        self.session.end_status = data["final_status"]
        self.session.end_watched_seconds = data.get("watched_seconds")
        self.session.end_avg_bitrate = data.get("avg_bitrate")


def union(stretches: list[tuple[float, float]], new: tuple[float, float]) -> list[tuple[float, float]]:
    """The union of disjoint sorted stretches and one more; beyond MOST_STRETCHES the smallest gap is closed."""
    merged: list[tuple[float, float]] = []
    for start, end in sorted([*stretches, new]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    if len(merged) > MOST_STRETCHES:
        gaps = [after[0] - before[1] for before, after in pairwise(merged)]
        closed = gaps.index(min(gaps))
        merged[closed : closed + 2] = [(merged[closed][0], merged[closed + 1][1])]
    return merged


def _fill(session: Session, name: str, value: Any) -> None:
    """The earliest value that is there."""
    if getattr(session, name) is None:
        setattr(session, name, value)
