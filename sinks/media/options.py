"""Settings of settling media sessions."""

from pydantic import BaseModel, Field


class SettleOptions(BaseModel, frozen=True, extra="forbid"):
    """When a media session is settled."""

    settle_quiet_minutes: int = Field(
        default=40, ge=40, description="Minutes without an event after which a media session is settled."
    )
    settle_received_minutes: int = Field(
        default=2, ge=0, description="Minutes since a session's last event came in before it is settled."
    )


OPTIONS = SettleOptions
