"""A folded media session: what its events said, kept as lists, and the numbers that follow from them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from tests.reference.media.stretches import Piece, Stretch

MOST_APART = 16
"""Watched stretches of content that are kept apart; one more closes the smallest gap."""


@dataclass
class Stall:
    """One stall; it is open while `end` is null."""

    start: int
    end: int | None = None
    length_ms: float = 0.0


@dataclass
class Session:
    """One session: its key, what its events say, and as properties, to be asked when it is whole, the numbers."""

    tenant: str
    subject: str
    session_id: str
    media_id: str
    media_type: str | None = None
    country_code: str | None = None
    device_type: str | None = None
    browser_family: str | None = None
    connection_type: str | None = None
    source: str | None = None
    ingest_key: str | None = None
    events: int = 0
    first_event_at: int = 0
    last_event_at: int = 0
    last_received_at: int = 0
    first_play_at: int | None = None
    started_by_progress_at: int | None = None
    ended: bool = False
    total_duration_seconds: float | None = None
    ttfb_ms: float | None = None
    load_time_ms: float | None = None
    errors: int = 0
    fatal_error: bool = False
    end_status: str | None = None
    end_watched_seconds: float | None = None
    end_avg_bitrate: float | None = None
    end_completion_percent: float | None = None
    reported_stall_count: int = 0
    reported_stall_ms: float = 0.0
    dropped_frames: int | None = None
    first_bitrate: float | None = None
    max_position_seconds: float | None = None
    largest_milestone: int = 0
    stalls: list[Stall] = field(default_factory=list)
    stretches: list[Stretch] = field(default_factory=list)
    present: list[tuple[int, int]] = field(default_factory=list)
    folded_until: int = 0

    @cached_property
    def watch_time_seconds(self) -> float:
        return sum(stretch.watched for stretch in self.stretches) / 1e6

    @cached_property
    def played_content(self) -> list[Stretch]:
        """The stretches whose content was watched."""
        return [stretch for stretch in self.stretches if stretch.borne_out and stretch.advance > 0]

    @cached_property
    def last_playhead_at(self) -> int | None:
        """When the playhead last moved by playing."""
        moved = [stretch.end_at for stretch in self.played_content]
        started = [] if self.started_by_progress_at is None else [self.started_by_progress_at]
        return max([*moved, *started], default=None)

    @property
    def stall_count(self) -> int:
        """Stalls seen as pairs of events."""
        return len(self.stalls)

    @cached_property
    def stall_ms(self) -> float:
        """Time in those stalls; one still open lasts until the last event."""
        return sum((self.folded_until - s.start) / 1000 if s.end is None else s.length_ms for s in self.stalls)

    @property
    def buffering_count(self) -> int:
        return max(self.stall_count, self.reported_stall_count)

    @property
    def buffering_duration_ms(self) -> float:
        return max(self.stall_ms, self.reported_stall_ms)

    @property
    def downloads(self) -> Iterator[tuple[Piece, float, float]]:
        """Pieces of time in play, their media seconds and bits; before the first bitrate the first one holds."""
        for piece, media_seconds in (share for stretch in self.stretches for share in stretch.shares):
            bitrate = self.first_bitrate if piece.bitrate is None else piece.bitrate
            yield piece, media_seconds, media_seconds * (bitrate or 0.0)

    @cached_property
    def bits(self) -> float | None:
        if self.first_bitrate is not None:
            return float(sum(bits for _, _, bits in self.downloads))
        if self.end_avg_bitrate is None:
            return None
        return self.end_avg_bitrate * self._reported_watch

    @cached_property
    def media_seconds(self) -> float | None:
        if self.first_bitrate is not None:
            return float(sum(media_seconds for _, media_seconds, _ in self.downloads))
        return None if self.end_avg_bitrate is None else self._reported_watch

    @property
    def _reported_watch(self) -> float:
        return self.watch_time_seconds if self.end_watched_seconds is None else self.end_watched_seconds

    @cached_property
    def watched(self) -> list[tuple[float, float]]:
        """The content watched, each second once."""
        content: list[tuple[float, float]] = []
        for stretch in self.played_content:
            content = union(content, (stretch.start or 0.0, stretch.end or 0.0))
        return content

    @cached_property
    def unique_seconds(self) -> float | None:
        """Null where it played and nobody ever said where."""
        if self.first_play_at is not None and self.max_position_seconds is None:
            return None
        return self.content_seconds

    @cached_property
    def content_seconds(self) -> float:
        return float(sum(end - start for start, end in self.watched))

    @cached_property
    def completion_percent(self) -> float | None:
        if self.total_duration_seconds is None:
            return None
        if any(stretch.measured for stretch in self.stretches):
            return min(100.0, 100 * self.content_seconds / self.total_duration_seconds)
        if self.first_play_at is None:
            return 0.0
        return None if self.end_completion_percent is None else min(100.0, self.end_completion_percent)

    @cached_property
    def reached_end(self) -> bool:
        if self.largest_milestone >= 95:
            return True
        if self.total_duration_seconds is None:
            return False
        return any((stretch.end or 0.0) >= 0.95 * self.total_duration_seconds for stretch in self.played_content)


def union(stretches: list[tuple[float, float]], new: tuple[float, float]) -> list[tuple[float, float]]:
    """The union of disjoint sorted stretches and one more; beyond MOST_APART the smallest gap is closed."""
    merged: list[tuple[float, float]] = []
    for start, end in sorted([*stretches, new]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    if len(merged) > MOST_APART:
        gaps = [after[0] - before[1] for before, after in pairwise(merged)]
        closed = gaps.index(min(gaps))
        merged[closed : closed + 2] = [(merged[closed][0], merged[closed + 1][1])]
    return merged
