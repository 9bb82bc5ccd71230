"""Media sessions at rest: settled, in cells, and with their status now."""

from schemas.media.sessions import MEDIA_SESSION_STATES, MEDIA_SESSIONS
from sinks.media.options import OPTIONS
from sinks.media.settle import needed, settle_at
from sinks.media.whole import whole
from sinks.settling import Settling

__all__ = ["SETTLING"]

SETTLING = Settling(
    settle_at,
    OPTIONS,
    {MEDIA_SESSIONS.name: whole},
    needed,
    into={MEDIA_SESSION_STATES.name: MEDIA_SESSIONS.name},
)
