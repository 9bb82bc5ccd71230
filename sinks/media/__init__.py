"""Media sessions at rest: settled, in cells, and with their status now."""

from schemas.media.cells import MEDIA_SESSION_CELLS
from schemas.media.sessions import MEDIA_SESSION_STATES, MEDIA_SESSIONS
from schemas.media.usage import MEDIA_USAGE, USAGE_SUMS
from sinks.erased_sums import TakenOff
from sinks.media.erased import cells_without, minutes_of
from sinks.media.options import OPTIONS
from sinks.media.purged import minutes_without
from sinks.media.settle import needed, settle_at
from sinks.media.whole import whole
from sinks.settling import Settling

__all__ = ["PURGED", "REBUILT", "SETTLING"]

SETTLING = Settling(
    settle_at,
    OPTIONS,
    {MEDIA_SESSIONS.name: whole},
    needed,
    into={MEDIA_SESSION_STATES.name: MEDIA_SESSIONS.name},
)

REBUILT = {
    MEDIA_SESSION_CELLS.name: cells_without,
    MEDIA_USAGE.name: TakenOff(MEDIA_USAGE, minutes_of, USAGE_SUMS),
}
"""What is made of sessions is made again without those that went; what they gave to minutes is taken off."""

PURGED = {MEDIA_USAGE.name: minutes_without}
"""Minutes say of no session, so what a purge takes out of sessions is taken off."""
