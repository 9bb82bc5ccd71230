"""Settings of the flows."""

from pathlib import Path

from pydantic import BaseModel, Field


class FlowOptions(BaseModel, frozen=True, extra="forbid"):
    """How a flow reads, enriches and commits."""

    geo_database: Path | None = Field(
        default=None, description="GeoLite2-City or compatible mmdb file; without one rows are flagged geo_unavailable."
    )
    epoch_seconds: float = Field(
        default=0.25, gt=0, le=10, description="Time between commits once a flow has caught up, in seconds."
    )
    run_folder: Path | None = Field(
        default=None, description="Folder for mapped working files; none takes the system's temporary folder."
    )
    history_events: int = Field(
        default=1_000_000,
        ge=1,
        description="Folded events kept at hand (mapped, 144 bytes each) so that a late event needs no table read.",
    )
    open_sessions: int = Field(
        default=500_000, ge=1, description="Sessions kept open in memory; beyond it the quietest are let go."
    )
