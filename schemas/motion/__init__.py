"""The motion module: films of people who move, what was seen in each frame, and what their analysis found."""

from schemas.motion.blobs import PICTURES, VIDEOS
from schemas.motion.landmarks import LANDMARKS
from schemas.motion.sessions import SESSIONS

STREAMS = (SESSIONS, LANDMARKS)

BLOBS = (VIDEOS, PICTURES)
"""Folders of the blob store in which each session has one of its own; an erasure empties it."""

__all__ = ["BLOBS", "LANDMARKS", "SESSIONS", "STREAMS"]
