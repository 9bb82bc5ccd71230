"""Where a session's rows are looked for: in the files of its days, of what an erasure does not hide."""

from datetime import datetime
from functools import partial
from typing import Any, Final

import polars as pl

from query_api.motion.known import KnownSession
from query_api.tables import LATEST, Extent, Tables
from schemas.motion.sessions import ANALYSED
from schemas.shared.columns import Table
from sinks.motion.rebuilt import newest
from sinks.motion.stored import Look, sessions_of

TIME: Final = "occurred_at"
"""By which files are chosen; all rows of an analysis are of about one time."""


def looking(tables: Tables, session: KnownSession) -> Look:
    """A Look for the rows of that session."""
    return partial(_rows, tables, session)


def ended_of(look: Look, session: KnownSession) -> tuple[pl.DataFrame, dict[str, Any] | None]:
    """The session's rows of motion_sessions, and among them its newest analysis, if there is any."""
    sessions = sessions_of(look, session.created_at, LATEST)
    return sessions, newest(sessions, ANALYSED)


def _rows(tables: Tables, session: KnownSession, table: Table, since: datetime, until: datetime) -> pl.DataFrame:
    return tables.rows(table, Extent(session.tenant, TIME, since, until, session.id)).collect()
