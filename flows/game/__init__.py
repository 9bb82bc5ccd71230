"""The game flow: players, funnel steps, gameplay events and trajectories."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flows.game.flow import FLOW

__all__ = ["FLOW"]


def __getattr__(name: str) -> Any:
    """FLOW, once somebody asks for it: every process looks for this package's settings, and few run its flow."""
    if name == "FLOW":
        from flows.game.flow import FLOW

        return FLOW
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
