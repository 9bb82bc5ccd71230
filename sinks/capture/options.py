"""Settings of putting parts of capture's derived tables together."""

from pydantic import BaseModel, Field


class CaptureOptions(BaseModel, frozen=True, extra="forbid"):
    """When the parts of a day become one row each."""

    capture_merge_after_days: int = Field(
        default=1, ge=1, description="Days after which a day's parts of click cells and session counts become one row."
    )


OPTIONS = CaptureOptions
