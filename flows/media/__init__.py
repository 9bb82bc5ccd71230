"""The media flow: playback events folded into sessions and usage."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flows.media.flow import FLOW

__all__ = ["FLOW"]


def __getattr__(name: str) -> Any:
    """FLOW, once somebody asks for it: every process reads this package's settings, and few run its flow."""
    if name == "FLOW":
        from flows.media.flow import FLOW

        return FLOW
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
