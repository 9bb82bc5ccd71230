"""Settling: of a day that is over, the parts of each pose window and session become one row."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from schemas.pose.sessions import POSE_SESSIONS
from schemas.pose.windows import POSE_WINDOWS
from schemas.shared.columns import Table
from sinks.location import Location
from sinks.merged_days import Merge, merge_days
from sinks.pose.merged import merged_sessions, merged_windows
from sinks.pose.options import PoseOptions
from sinks.settling import Settled

MERGES: Sequence[tuple[Table, Merge]] = ((POSE_WINDOWS, merged_windows), (POSE_SESSIONS, merged_sessions))


def settle_at(location: Location, as_of: datetime, now: datetime, options: PoseOptions) -> Settled:
    """One run over both tables, made where they are missing. Raises ExchangeRaced if another process settles too."""
    return merge_days(location, MERGES, (as_of - timedelta(days=options.pose_merge_after_days)).date())
