"""Settings of what the gateway takes of games."""

from pydantic import BaseModel, Field


class ModelOptions(BaseModel, frozen=True, extra="forbid"):
    """How many models of levels an application may have."""

    game_models_max: int = Field(
        default=1000, ge=1, description="Models of one application, all versions of all its levels; beyond it a 413."
    )
    game_models_max_bytes: int = Field(
        default=10 * 2**30, ge=1, description="Bytes of one application's models together; beyond it a 413."
    )


OPTIONS = ModelOptions
