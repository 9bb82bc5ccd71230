"""The media flow: playback events folded into sessions and usage."""

from flows.media.flow import REDUCES, build

__all__ = ["REDUCES", "build"]
