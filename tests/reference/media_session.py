"""A folded media session: what its events said, kept as lists, and the numbers that follow from them."""

from dataclasses import dataclass, field


@dataclass
class Span:
    """A stretch of wall time in play, at one playback rate and bitrate (null before the first sample)."""

    start: int
    end: int
    rate: float
    bitrate: float | None

    @property
    def media_seconds(self) -> float:
        return (self.end - self.start) / 1e6 * self.rate


@dataclass
class Stall:
    """One stall; it is open while `end` is null."""

    start: int
    end: int | None = None
    length_ms: float = 0.0


@dataclass
class Session:
    """One session: its key, what its events say, and as properties the numbers the answers are made of."""

    tenant: str
    subject: str
    session_id: str
    media_id: str
    media_type: str | None = None
    country_code: str | None = None
    device_type: str | None = None
    browser_family: str | None = None
    connection_type: str | None = None
    events: int = 0
    first_event_at: int = 0
    last_event_at: int = 0
    last_received_at: int = 0
    last_playhead_at: int | None = None
    first_play_at: int | None = None
    total_duration_seconds: float | None = None
    ttfb_ms: float | None = None
    load_time_ms: float | None = None
    errors: int = 0
    fatal_error: bool = False
    end_status: str | None = None
    end_watched_seconds: float | None = None
    end_avg_bitrate: float | None = None
    reported_stall_count: int = 0
    reported_stall_ms: float = 0.0
    dropped_frames: int | None = None
    first_bitrate: float | None = None
    max_position_seconds: float | None = None
    max_played_position: float | None = None
    largest_milestone: int = 0
    stalls: list[Stall] = field(default_factory=list)
    played: list[Span] = field(default_factory=list)
    present: list[tuple[int, int]] = field(default_factory=list)
    watched: list[tuple[float, float]] = field(default_factory=list)
    folded_until: int = 0

    @property
    def watch_time_seconds(self) -> float:
        return sum(span.end - span.start for span in self.played) / 1e6

    @property
    def stall_count(self) -> int:
        """Stalls seen as pairs of events."""
        return len(self.stalls)

    @property
    def stall_ms(self) -> float:
        """Time in those stalls; one still open lasts until the last event."""
        return sum((self.folded_until - s.start) / 1000 if s.end is None else s.length_ms for s in self.stalls)

    @property
    def buffering_count(self) -> int:
        return max(self.stall_count, self.reported_stall_count)

    @property
    def buffering_duration_ms(self) -> float:
        return max(self.stall_ms, self.reported_stall_ms)

    def bitrate_of(self, span: Span) -> float:
        """Before the first sample the first one's value, without samples nothing."""
        bitrate = self.first_bitrate if span.bitrate is None else span.bitrate
        return bitrate or 0.0

    @property
    def bits(self) -> float | None:
        if self.first_bitrate is not None:
            return sum(self.bitrate_of(span) * span.media_seconds for span in self.played)
        if self.end_avg_bitrate is None:
            return None
        return self.end_avg_bitrate * self._reported_watch

    @property
    def media_seconds(self) -> float | None:
        if self.first_bitrate is not None:
            return sum(span.media_seconds for span in self.played)
        return None if self.end_avg_bitrate is None else self._reported_watch

    @property
    def _reported_watch(self) -> float:
        return self.watch_time_seconds if self.end_watched_seconds is None else self.end_watched_seconds

    @property
    def unique_seconds(self) -> float:
        return float(sum(end - start for start, end in self.watched))

    @property
    def completion_percent(self) -> float | None:
        if self.total_duration_seconds is None:
            return None
        if self.first_play_at is None:
            return 0.0
        seconds = self.unique_seconds or self.max_position_seconds or 0.0
        return min(100.0, 100 * seconds / self.total_duration_seconds)

    @property
    def reached_end(self) -> bool:
        if self.largest_milestone >= 95:
            return True
        if self.total_duration_seconds is None or self.max_played_position is None:
            return False
        return self.max_played_position >= 0.95 * self.total_duration_seconds
