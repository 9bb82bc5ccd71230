"""The media stream: its events, sessions, cells and usage."""

from schemas.media.events import STREAM

__all__ = ["STREAM"]
