"""The tables that the media flow and the settling job make of media_events."""

from schemas.media.cells import MEDIA_SESSION_CELLS
from schemas.media.sessions import MEDIA_SESSION_STATES, MEDIA_SESSIONS
from schemas.media.usage import MEDIA_USAGE

FLOW_TABLES = (MEDIA_SESSION_STATES, MEDIA_USAGE)
"""Written by the flow, before the primary table."""

SETTLED_TABLES = (MEDIA_SESSIONS, MEDIA_SESSION_CELLS)
"""Written by the settling job."""
