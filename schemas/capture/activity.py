"""How much a session has of events and of chunks, in parts that add up: what lists and statistics ask of sessions."""

from typing import Final

import polars as pl

from schemas.capture.tables import PROJECT_COLUMN, RETENTION_DAYS, STARTED_COLUMN
from schemas.shared.columns import TIMESTAMP, Column, Table

SESSION_KEY: Final = ("tenant", "project_id", "subject", "session_id", "session_created_at")
"""What the parts of one session have in common."""


def _table(name: str, description: str, measured: tuple[Column, ...]) -> Table:
    return Table(
        name,
        f"{description}: parts that add up. `kinelake.open` has one row a session.",
        (
            Column("tenant", pl.String, "The organisation that owns the row."),
            PROJECT_COLUMN,
            Column("subject", pl.String, "The session's user, as a pseudonym of the organisation."),
            Column("session_id", pl.String, "The session, a UUID."),
            STARTED_COLUMN,
            *measured,
            Column("consent_level", pl.Int64, "Lowest consent level among them."),
            Column("gpc", pl.Boolean, "Any of them came with Sec-GPC: 1."),
            Column("last_received_at", TIMESTAMP, "Latest received_at.", "UTC"),
            Column("received_date", pl.Date, "UTC day of last_received_at; the table's partition."),
        ),
        sort_by=("tenant", "project_id", "session_id"),
        statistics=("tenant", "project_id", "session_id", "session_created_at", "last_received_at"),
        retention_days=RETENTION_DAYS,
    )


CAPTURE_SESSION_EVENTS = _table(
    "capture_session_events",
    "What each commit brought of events to a capture session",
    (
        Column("events", pl.Int64, "Events.", "events"),
        Column("last_ms", pl.Int64, "Largest timestamp_ms.", "ms"),
    ),
)

CAPTURE_SESSION_CHUNKS = _table(
    "capture_session_chunks",
    "What each commit brought of chunks to a capture session; kept longer than the chunks themselves",
    (Column("chunks", pl.Int64, "Chunks, one that was sent again counted again.", "chunks"),),
)
