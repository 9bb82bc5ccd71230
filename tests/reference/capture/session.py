"""Capture sessions as a test made them up."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Event:
    """What a user did."""

    event_type: str
    timestamp_ms: int
    x: int | None = None
    y: int | None = None
    target: str | None = None
    payload: dict[str, Any] | None = None


@dataclass
class Session:
    """One session; `events` in the order in which they were taken in."""

    id: str
    user_id: str
    created_at: datetime
    completed_at: datetime | None = None
    events: list[Event] = field(default_factory=list)
    chunks: int = 0

    @property
    def duration_ms(self) -> int | None:
        if self.completed_at is None:
            return None
        if self.events:
            return max(event.timestamp_ms for event in self.events)
        return int((self.completed_at - self.created_at).total_seconds() * 1000)
