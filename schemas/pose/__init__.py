"""The pose stream: frames of landmarks, and the windows and sessions they make up."""

from schemas.pose.frames import STREAM

__all__ = ["STREAM"]
