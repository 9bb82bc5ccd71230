"""Settings of the worker: how often it does what keeps the tables fit."""

from pydantic import BaseModel, Field


class JobOptions(BaseModel, frozen=True, extra="forbid"):
    """When upkeep runs."""

    settle_every_seconds: float = Field(
        default=60, gt=0, description="Time between two runs of settling, in seconds."
    )
    compact_at_files: int = Field(
        default=100, ge=2, description="A table with more active files than this is compacted."
    )
    compact_every_seconds: float = Field(
        default=60, gt=0, description="Time between two looks at the number of active files, in seconds."
    )
    vacuum_every_hours: float = Field(default=24, gt=0, description="Time between two vacuums of each table, in hours.")
    retention_every_hours: float = Field(
        default=24, gt=0, description="Time between two deletions of what is older than its retention, in hours."
    )
    log_expiry_every_seconds: float = Field(
        default=600, gt=0, description="Time between two expiries of the embedded log, in seconds."
    )
