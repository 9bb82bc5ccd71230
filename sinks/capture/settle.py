"""Settling: of a day that is over, the parts of each click cell and of each session's counts become one row.

A day is that of receipt, so what comes late is a part of a later day and re-opens nothing.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from schemas.capture.activity import CAPTURE_SESSION_CHUNKS, CAPTURE_SESSION_EVENTS
from schemas.capture.clicks import CAPTURE_CLICK_CELLS
from schemas.shared.columns import Table
from sinks.capture.options import CaptureOptions
from sinks.capture.parts import merged_cells, merged_session_chunks, merged_session_events
from sinks.location import Location
from sinks.merged_days import Merge, merge_days
from sinks.settling import Settled

MERGES: Sequence[tuple[Table, Merge]] = (
    (CAPTURE_CLICK_CELLS, merged_cells),
    (CAPTURE_SESSION_EVENTS, merged_session_events),
    (CAPTURE_SESSION_CHUNKS, merged_session_chunks),
)


def settle_at(location: Location, as_of: datetime, now: datetime, options: CaptureOptions) -> Settled:
    """One run over the tables, made where they are missing. Raises ExchangeRaced if another process settles too."""
    return merge_days(location, MERGES, (as_of - timedelta(days=options.capture_merge_after_days)).date())
