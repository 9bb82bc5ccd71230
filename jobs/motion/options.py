"""Settings of motion's jobs."""

from pydantic import BaseModel, Field


class MotionJobOptions(BaseModel, frozen=True, extra="forbid"):
    """How long films are kept, and whether there are any of the demo sessions."""

    motion_videos_retention_days: int = Field(
        default=183, ge=1, description="Days that films and pictures of a motion session are kept, from its upload."
    )
    motion_demo: bool = Field(
        default=True, description="Whether a worker makes the films of the motion demo sessions, once."
    )


OPTIONS = MotionJobOptions
