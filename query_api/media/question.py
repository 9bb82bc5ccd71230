"""What is asked of the media sessions."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Question:
    """Which sessions: those of the organisation that began in [since, now), of one media and status where given.

    `sources` are those of SOURCES that they came by, None for whatever they came by.
    """

    tenant: str
    since: datetime
    now: datetime
    media_id: str | None = None
    status: str | None = None
    sources: frozenset[str] | None = None
