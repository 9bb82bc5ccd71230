"""Settings of the gateway."""

from pydantic import BaseModel, Field


class GatewayOptions(BaseModel, frozen=True, extra="forbid"):
    """What the gateway takes."""

    event_max_age_days: int = Field(
        default=730, ge=1, description="Days after which an event is too old to be taken, by its corrected time."
    )
