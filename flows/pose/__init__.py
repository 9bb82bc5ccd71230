"""The pose flow: frames of landmarks, the windows and sessions they make up."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flows.pose.flow import FLOW

__all__ = ["FLOW"]


def __getattr__(name: str) -> Any:
    """FLOW, once somebody asks for it: every process looks for this package's settings, and few run its flow."""
    if name == "FLOW":
        from flows.pose.flow import FLOW

        return FLOW
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
