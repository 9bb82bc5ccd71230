"""A session's rows out of the motion tables, for `sinks.motion.rebuilt`: of each table only the time they can be of."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

import polars as pl

from schemas.motion import LANDMARKS, SESSIONS
from schemas.motion.sessions import ANALYSED
from schemas.motion.tables import MOTION_ANGLES, MOTION_METRICS, MOTION_PHASES
from schemas.shared.columns import Table
from sinks.motion.rebuilt import Rows, newest

Look: TypeAlias = Callable[[Table, datetime, datetime], pl.DataFrame]
"""Of one session the rows of a table whose `occurred_at` lies in [since, until]."""

REACH: Final = timedelta(hours=25)
"""So much older or younger than its end an analysis' rows may be, and a film's row than its session.

What is published again within a day of the first time is the first time's.
"""


def sessions_of(look: Look, created_at: datetime, until: datetime) -> pl.DataFrame:
    """The rows of motion_sessions of a session that began then: its film's, and those of its analyses."""
    return look(SESSIONS.primary, created_at - REACH, until)


def rows_of(look: Look, sessions: pl.DataFrame) -> Rows:
    """All there is of the newest analysis that is among its rows of motion_sessions; nothing where none is.

    Flows commit what they make of a row before the row itself; so the primary tables are read first, and all that was
    made of their rows is there.
    """
    analysed = newest(sessions, ANALYSED)

    def of(table: Table) -> pl.DataFrame:
        return pl.DataFrame(schema=table.schema) if analysed is None else look(table, *around(analysed))

    landmarks = of(LANDMARKS.primary)
    return Rows(sessions, landmarks, angles=of(MOTION_ANGLES), metrics=of(MOTION_METRICS), phases=of(MOTION_PHASES))


def around(analysed: Mapping[str, Any]) -> tuple[datetime, datetime]:
    """The times that the rows of an analysis can be of, by its row of motion_sessions."""
    at: datetime = analysed["occurred_at"]
    return at - REACH, at + REACH
