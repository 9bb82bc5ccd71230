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
