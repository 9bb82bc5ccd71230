"""The media session's fold, event by event in plain Python: what the compiled fold is tested against.

It walks the events once for the play state and notes what happened in lists: stretches from position to position with
their pieces of time in play, stalls, presence. `Session` and `Stretch` derive every number from those at the end, so
this shares neither code nor method with the fold it checks. Times are µs since 1970.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, TypeAlias

from tests.reference.media.session import Session, Stall
from tests.reference.media.stretches import Piece, Stretch

Event: TypeAlias = Mapping[str, Any]
"""event_id, tenant, subject, session_id, media_id, media_type, event, sequence, occurred_at, received_at, country_code,
device_type, browser_family, source, ingest_key, data; the last but one
pair may be missing, any value of `data` may be null or missing."""

SILENCE_US = 600 * 1_000_000
"""Ten minutes without an event: nobody is watching any more."""

STOPPED, PLAYING, STALLED, SEEKING, FAILED = "stopped", "playing", "stalled", "seeking", "failed"
KEY = ("tenant", "subject", "session_id", "media_id")
BITRATE_OF = {"session_start": "initial_bitrate", "heartbeat": "current_bitrate", "quality_change": "to_bitrate"}
AT_ONE_INSTANT = (
    "session_start", "pause", "seek", "buffering_start", "buffering_end", "play", "heartbeat", "quality_change",
    "milestone", "error", "session_end",
)  # fmt: skip
"""The order of kinds where the times are equal."""


def fold(events: Iterable[Event]) -> list[Session]:
    """The sessions of events in any order, repeats included; sorted by their key."""
    by_session: dict[tuple[str, ...], list[Event]] = {}
    for event in without_repeats(events):
        by_session.setdefault(tuple(event[name] for name in KEY), []).append(event)
    return [_Fold(in_order(group)).session for _, group in sorted(by_session.items())]


def without_repeats(events: Iterable[Event]) -> Iterator[Event]:
    """Of events with one id in one session, the one received first."""
    seen: set[tuple[str, str, str]] = set()
    for event in sorted(events, key=lambda event: event["received_at"]):
        identity = (event["tenant"], event["session_id"], event["event_id"])
        if identity not in seen:
            seen.add(identity)
            yield event


def in_order(events: Iterable[Event]) -> list[Event]:
    """One session's events: time, sequence where all of the instant have one, kind, position, event id."""
    ordered: list[Event] = []
    for _, instant in groupby(
        sorted(events, key=lambda event: event["occurred_at"]), lambda event: event["occurred_at"]
    ):
        together = sorted(instant, key=by_meaning)
        if all(event.get("sequence") is not None for event in together):
            together.sort(key=lambda event: event["sequence"])
        ordered += together
    return ordered


def by_meaning(event: Event) -> tuple[int, float, str]:
    """What decides between events of one instant."""
    position = position_of(event)
    return AT_ONE_INSTANT.index(event["event"]), -1.0 if position is None else position, event["event_id"]


def position_of(event: Event) -> float | None:
    """Where the playhead is as the event says: a seek says where from, session_start nothing."""
    if event["event"] == "session_start":
        return None
    position: float | None = event["data"].get("from_seconds" if event["event"] == "seek" else "position_seconds")
    return position


class _Fold:
    """Walks a session's events in order; the method named like an event says what that event does."""

    def __init__(self, events: list[Event]) -> None:
        self.session = Session(*(events[0][name] for name in KEY))
        self.stretch = Stretch()
        self.session.stretches.append(self.stretch)
        self.mode = STOPPED
        self.asked = False
        self.seek_pending = False
        self.open_start = False
        self.rate = 1.0
        self.bitrate: float | None = None
        self.previous: int = events[0]["occurred_at"]
        for event in events:
            self._count(event)
            if not self.session.ended:
                self._step(event)

    def _count(self, event: Event) -> None:
        """What every event adds, even one after the end."""
        session = self.session
        if session.events == 0:
            session.first_event_at = event["occurred_at"]
        session.events += 1
        session.last_event_at = event["occurred_at"]
        session.last_received_at = max(session.last_received_at, event["received_at"])
        for name in ("media_type", "country_code", "device_type", "browser_family", "source", "ingest_key"):
            _fill(session, name, event.get(name))
        if event["event"] == "error":
            session.errors += 1
            session.fatal_error |= event["data"].get("fatal") is not False

    def _step(self, event: Event) -> None:
        at, kind, data, position = event["occurred_at"], event["event"], event["data"], position_of(event)
        advanced = position is not None and position > (self.stretch.start or 0.0)
        self._pass_time(event)
        rate = (data.get("playback_rate") or self.rate) if kind == "heartbeat" else self.rate
        if position is not None:
            self._see(at, position, rate)
        self.rate = rate
        self._sample_bitrate(kind, data)
        if kind in ("heartbeat", "milestone"):
            self._progress(at, advanced)
        getattr(self, kind)(at, data)
        self.session.folded_until = self.previous = at

    def _pass_time(self, event: Event) -> None:
        at = event["occurred_at"]
        end = min(at, self.previous + SILENCE_US)
        self.session.present += [(self.previous, end), (at, at)]
        if self.mode != PLAYING:
            return
        if event["event"] == "buffering_end" and self._lacks_start():
            end = max(self.previous, end - int((event["data"].get("duration_ms") or 0.0) * 1000 + 0.5))
        self.stretch.pieces.append(Piece(self.previous, end, self.rate, self.bitrate))

    def _lacks_start(self) -> bool:
        return self.mode == PLAYING and not self.open_start and not self.seek_pending

    def _see(self, at: int, position: float, rate: float) -> None:
        """A position: the stretch ends here and the next begins."""
        self.stretch.end, self.stretch.end_at = position, at
        self.stretch.running = self.mode in (PLAYING, STALLED, SEEKING)
        self.stretch.rates = (self.rate, rate)
        self.stretch.bitrate = self.bitrate
        self._leave_from(at, position)
        self.session.max_position_seconds = max(position, self.session.max_position_seconds or 0.0)

    def _leave_from(self, at: int, position: float | None) -> None:
        self.stretch = Stretch(position, at)
        self.session.stretches.append(self.stretch)

    def _sample_bitrate(self, kind: str, data: Mapping[str, Any]) -> None:
        bitrate = data.get(BITRATE_OF[kind]) if kind in BITRATE_OF else None
        if bitrate is not None:
            self.bitrate = bitrate
            if self.session.first_bitrate is None:
                self.session.first_bitrate = bitrate

    def _progress(self, at: int, advanced: bool) -> None:
        """A heartbeat or milestone ends a seek, and shows that it plays where no play event ever came."""
        self.seek_pending = False
        if self.mode == STOPPED and not self.asked and advanced:
            self._start_playing(at)
            self.session.started_by_progress_at = at

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
        _fill(self.session, "total_duration_seconds", data.get("total_duration_seconds"))
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
        self._leave_from(at, data.get("to_seconds"))

    def milestone(self, at: int, data: Mapping[str, Any]) -> None:
        self.session.largest_milestone = max(self.session.largest_milestone, data.get("percent") or 0)

    def error(self, at: int, data: Mapping[str, Any]) -> None:
        if data.get("fatal") is not False:
            self.mode = FAILED if self.mode in (STALLED, FAILED) else STOPPED

    def session_end(self, at: int, data: Mapping[str, Any]) -> None:
        self.pause(at, data)
        self._report(data)
        self.session.ended = True
        self.session.end_status = data.get("final_status")
        self.session.end_watched_seconds = data.get("watched_seconds")
        self.session.end_avg_bitrate = data.get("avg_bitrate")
        self.session.end_completion_percent = data.get("completion_percent")


def _fill(session: Session, name: str, value: Any) -> None:
    """The earliest value that is there."""
    if getattr(session, name) is None:
        setattr(session, name, value)
