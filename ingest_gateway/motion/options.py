"""Settings of what the gateway takes of films."""

from pydantic import BaseModel, Field

from schemas.motion.plans import PLANS


def _most(plan: str) -> int | None:
    """The setting of one plan; without it there is no limit."""
    about = f"Sessions that a person may have whose plan is {plan}: beyond it a 404; without it any number."
    limit: int | None = Field(default=None, ge=0, description=about)
    return limit


class UploadOptions(BaseModel, frozen=True, extra="forbid"):
    """How many sessions a person may have, by what they pay for, and how long a film may take to come."""

    motion_sessions_none: int | None = _most("none")
    motion_sessions_basic: int | None = _most("Basic")
    motion_sessions_standard: int | None = _most("Standard")
    motion_sessions_pro: int | None = _most("Pro")
    motion_sessions_enterprise: int | None = _most("Enterprise")
    motion_upload_seconds: float = Field(
        default=1500, gt=0, description="Time a client has to send a film, in seconds; 500 MiB are 2.8 Mbit/s then."
    )

    def most_sessions(self, plan: str) -> int | None:
        """How many a person of that plan may have; None for any number."""
        most: int | None = getattr(self, f"motion_sessions_{plan.lower()}")
        return most

    @property
    def limited(self) -> bool:
        """Whether any plan has a limit."""
        return any(self.most_sessions(plan) is not None for plan in PLANS)


OPTIONS = UploadOptions
