"""The media flow: playback events folded into sessions and usage."""

from flows.media.flow import FLOW

__all__ = ["FLOW"]
