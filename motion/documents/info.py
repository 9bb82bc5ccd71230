"""What documents say of a session that its analysis does not know: who, when, where the films are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from motion.request import Activity, Request

Document = dict[str, Any]
"""Plain values as JSON has them."""

Images = Mapping[tuple[int, str], str]
"""(repetition, name of the phase) -> URL of its picture."""

ACTIVITIES: Mapping[Activity, str] = {
    Activity.RUNNING: "Running",
    Activity.JUMPING: "Jumping",
    Activity.WEIGHTLIFTING: "Weightlifting",
    Activity.MOBILITY: "Mobility Assessment",
}
"""Activities as documents spell them."""


class Status(StrEnum):
    """How far a session is."""

    QUEUED = "queued"
    PROCESSING = "processing"
    DONE = "done"
    FAILED = "failed"
    SUPPRESSED = "suppressed"


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """Who a session is of, when it was made, where its films are.

    `created_at` knows its time zone; documents say it in UTC. A film that is no longer kept has no URL. `user_info`:
    what is known of the person, {} without a profile. `demo`: the session of the synthetic person.
    """

    session_id: str
    created_at: datetime
    video_url: str | None
    analyzed_video_url: str | None = None
    user_name: str = ""
    user_info: Mapping[str, Any] = field(default_factory=dict)
    demo: bool = False

    @property
    def date(self) -> str:
        """DD/MM/YYYY."""
        return self._utc.strftime("%d/%m/%Y")

    @property
    def time(self) -> str:
        """HH:MM with AM or PM, in English whatever the locale is."""
        return f"{self._utc:%I:%M} {'AM' if self._utc.hour < 12 else 'PM'}"

    @property
    def _utc(self) -> datetime:
        return self.created_at.astimezone(UTC)


def exercise(request: Request) -> str:
    """The exercise, or the activity where it has none."""
    return ACTIVITIES[request.activity] if request.exercise is None else str(request.exercise)


def title(request: Request, info: SessionInfo) -> str:
    """The name that was given, or exercise and date."""
    return request.session_name or f"{exercise(request)} {info.date}"


def marked(document: Document, info: SessionInfo) -> Document:
    """The document, with `demo` if it is of the synthetic person."""
    return document | {"demo": True} if info.demo else document
