"""A session's rows out of the motion tables, for `sinks.motion.rebuilt`."""

import polars as pl

from schemas.motion import LANDMARKS, SESSIONS
from schemas.motion.tables import MOTION_ANGLES, MOTION_METRICS, MOTION_PHASES
from schemas.shared.columns import Table
from sinks.motion.rebuilt import Rows
from sinks.reader import TableReader


def rows_of(reader: TableReader, tenant: str, session_id: str) -> Rows:
    """All there is of it.

    Flows commit what they make of a row before the row itself; so the primary tables are read first, and all that was
    made of their rows is there.
    """

    def of(table: Table) -> pl.DataFrame:
        theirs = (pl.col("tenant") == tenant) & (pl.col("session_id") == session_id)
        return reader.rows(table).filter(theirs).collect()

    primary = of(SESSIONS.primary), of(LANDMARKS.primary)
    return Rows(*primary, angles=of(MOTION_ANGLES), metrics=of(MOTION_METRICS), phases=of(MOTION_PHASES))
