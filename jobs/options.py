"""Settings of the worker: how often it does what keeps the tables fit."""

from pydantic import BaseModel, Field


class JobOptions(BaseModel, frozen=True, extra="forbid"):
    """When upkeep runs, and what runs beside it."""

    settle_every_seconds: int = Field(default=60, ge=1, description="Seconds between two runs of a stream's settling.")
    compact_every_seconds: float = Field(
        default=60, gt=0, description="Seconds between two looks at the number of active files."
    )
    prune_every_seconds: float = Field(
        default=300, gt=0, description="Seconds between two prunings of the tables' logs; flows prune theirs as well."
    )
    vacuum_every_hours: float = Field(default=6, gt=0, description="Hours between two vacuums of the tables.")
    retention_every_hours: float = Field(
        default=24, gt=0, description="Hours between two deletions of rows older than their table's retention."
    )
    log_expiry_every_seconds: float = Field(
        default=600, gt=0, description="Seconds between two expiries of the embedded log."
    )
    erase_every_seconds: float = Field(
        default=5, gt=0, description="Seconds between two looks at the people who are to be erased."
    )
    erasure_vacuum_hours: float = Field(
        default=24,
        ge=1,
        description="Hours after an erasure has cleaned the tables at which their older versions are removed.",
    )
    film_workers: int = Field(
        default=1, ge=0, description="Films that one worker process works on at once; 0 leaves them to other processes."
    )
    film_memory_mib: int = Field(
        default=2048,
        ge=512,
        description="MiB of memory that the analysis of a film may take; one that takes more has failed.",
    )
    assembly_workers: int = Field(
        default=1,
        ge=0,
        description="Videos of captured sessions that a worker makes at once; 0 leaves them to other processes.",
    )
    blob_sweep_every_hours: float = Field(
        default=24, gt=0, description="Hours between two removals of files that nothing refers to."
    )
    blob_grace_hours: float = Field(
        default=24, ge=1, description="Hours that a file is kept which nothing refers to: its row may be on its way."
    )
