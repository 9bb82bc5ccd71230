"""Settings of putting parts of pose windows and sessions together."""

from pydantic import BaseModel, Field


class PoseOptions(BaseModel, frozen=True, extra="forbid"):
    """When the parts of a day become one row each."""

    pose_merge_after_days: int = Field(
        default=1, ge=1, description="Days after which a day's parts of pose windows and sessions become one row each."
    )


OPTIONS = PoseOptions
