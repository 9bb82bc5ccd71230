"""Pose windows and sessions at rest: put together from the parts that commits brought."""

from schemas.pose.sessions import POSE_SESSIONS
from schemas.pose.windows import POSE_WINDOWS
from sinks.pose.options import OPTIONS
from sinks.pose.sessions import sessions
from sinks.pose.settle import settle_at
from sinks.pose.windows import windows
from sinks.settling import Settling

__all__ = ["SETTLING"]

SETTLING = Settling(settle_at, OPTIONS, {POSE_WINDOWS.name: windows, POSE_SESSIONS.name: sessions})
