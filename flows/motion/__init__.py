"""The motion flows: films and their analyses, and the landmarks of every frame."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flows.motion.flow import FLOWS

__all__ = ["FLOWS"]


def __getattr__(name: str) -> Any:
    """FLOWS, once somebody asks for them: every process looks for this package's settings, and few run its flows."""
    if name == "FLOWS":
        from flows.motion.flow import FLOWS

        return FLOWS
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
