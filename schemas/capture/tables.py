"""What the capture tables have in common: the project that a session is of, when it began, how long rows are kept."""

import re
from typing import Final

import polars as pl

from schemas.shared.columns import TIMESTAMP, Column

FAMILY: Final = "capture"
RETENTION_DAYS: Final = 365
POSTED_BY: Final = ("system",)
"""A project's key is nobody's: it speaks for the users of its sessions."""

SESSION_ID: Final = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""Session ids are made here; what looks different is none."""

PROJECT_COLUMN = Column("project_id", pl.String, "The project whose key wrote it, a UUID.")
STARTED_COLUMN = Column("session_created_at", TIMESTAMP, "When the session began.", "UTC")

STAMPED = (PROJECT_COLUMN, STARTED_COLUMN)
"""Said of each request by its family, since the session knows them and no client says them."""
