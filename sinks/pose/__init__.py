"""Pose windows and sessions at rest: put together from the parts that commits brought."""

from schemas.pose.sessions import POSE_SESSIONS
from schemas.pose.windows import POSE_WINDOWS
from sinks.pose.frames import Filmed
from sinks.pose.merged import merged_sessions, merged_windows
from sinks.pose.options import OPTIONS
from sinks.pose.parts import session_parts, window_parts
from sinks.pose.sessions import sessions
from sinks.pose.settle import settle_at
from sinks.pose.windows import windows
from sinks.remade import Remade
from sinks.settling import Settling

__all__ = ["REMADE", "SETTLING"]

SETTLING = Settling(settle_at, OPTIONS, {POSE_WINDOWS.name: windows, POSE_SESSIONS.name: sessions})

REMADE = {
    POSE_WINDOWS.name: Remade(lambda rows: window_parts(Filmed.of(rows)), merged_windows),
    POSE_SESSIONS.name: Remade(lambda rows: session_parts(Filmed.of(rows)), merged_sessions),
}
"""What frames bring to their windows and sessions, wherever they are measured."""
