"""Settings of the control store."""

from pydantic import BaseModel, Field


class ControlOptions(BaseModel, frozen=True, extra="forbid"):
    """Where the control store is."""

    control_url: str | None = Field(
        default=None,
        description="SQLAlchemy URL of the control store: sqlite:///PATH or postgresql://USER@HOST/NAME; "
        "by default control.db in the data folder.",
    )
