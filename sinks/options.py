"""Settings of the tables."""

from pydantic import BaseModel, Field


class SinkOptions(BaseModel, frozen=True, extra="forbid"):
    """Where the tables are and how they are kept."""

    tables_url: str = Field(default="data/tables", description="Tables: a folder, s3://…, gs://… or az://….")
    compact_after_files: int = Field(
        default=100, ge=2, description="Compact a table once that spares it this many files."
    )
    vacuum_hours: int = Field(
        default=24,
        ge=1,
        description="Hours for which older versions of a table can be read; then they and their files are removed.",
    )
    commit_attempts: int = Field(
        default=10, ge=1, description="Tries of a commit before the flow gives up and restarts."
    )
