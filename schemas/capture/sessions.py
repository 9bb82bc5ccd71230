"""The stream capture_sessions: sessions as they are initiated and completed (contract: POST /v1/sessions/init)."""

from typing import Annotated, Literal

from msgspec import Meta

from schemas.capture.tables import FAMILY, POSTED_BY, RETENTION_DAYS, STAMPED
from schemas.shared.client import ClientEvent, JsonObject
from schemas.shared.stream import Stream


class Initiated(ClientEvent, tag="session_initiated", tag_field="kind", kw_only=True):
    """A session began."""

    capture_mode: Annotated[Literal["video", "events", "hybrid"], Meta(description="What the client sends.")]
    metadata: Annotated[JsonObject | None, Meta(description="Whatever else the client says of the session.")] = None


class Completed(ClientEvent, tag="session_completed", tag_field="kind", kw_only=True):
    """The client says that its capture has finished; what comes later is taken, too."""


SESSIONS = Stream(
    name="capture_sessions",
    path=None,
    description="Capture sessions as they began and as they were completed, a row each.",
    consent_level=2,
    events=(Initiated, Completed),
    listed=None,
    family=FAMILY,
    roles=POSTED_BY,
    stamped=STAMPED,
    table="capture_sessions",
    retention_days=RETENTION_DAYS,
    example={"kind": "session_initiated", "capture_mode": "hybrid", "metadata": {"app_version": "1.2.3"}},
)
