"""Settings of settling game telemetry."""

from pydantic import BaseModel, Field


class GameOptions(BaseModel, frozen=True, extra="forbid"):
    """When cells of positions are made and put together."""

    game_merge_after_days: int = Field(
        default=1, ge=1, description="Days after which a day's parts of game event cells become one row each."
    )
    game_settle_minutes: int = Field(
        default=10, ge=0, description="Minutes between two makings of the cells of trajectories' samples."
    )


OPTIONS = GameOptions
