"""What control knows of filmed sessions goes when their rows do: whose they were, titles, what is shown of them."""

from datetime import timedelta
from typing import Final

import structlog

from jobs.retention_options import RetentionOptions, days_kept
from jobs.work import Context
from schemas.motion import SESSIONS

KIND: Final = "forget_filmed"

log = structlog.get_logger()


def forget_filmed(context: Context) -> None:
    """Sessions that were uploaded before the days that rows are kept."""
    days = days_kept(context.lake.settings.room(RetentionOptions), SESSIONS.primary)
    oldest = (context.clock() - timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)
    forgotten = context.lake.control.motion_sessions.forget(oldest)
    log.info("filmed_sessions_forgotten", sessions=forgotten)
