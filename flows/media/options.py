"""Settings of folding media sessions."""

from pydantic import BaseModel, Field


class FoldOptions(BaseModel, frozen=True, extra="forbid"):
    """What the media flow keeps in memory."""

    history_events: int = Field(
        default=1_000_000,
        ge=1,
        description="Folded events kept at hand (mapped, 168 bytes each) so that a late event needs no table read.",
    )
    open_sessions: int = Field(
        default=500_000, ge=1, description="Sessions kept open in memory; beyond it the quietest are let go."
    )


OPTIONS = FoldOptions
