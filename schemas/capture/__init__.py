"""The capture module: sessions of a project's users, what they did, the pictures and pieces of video they sent."""

from schemas.capture.chunks import CHUNKS
from schemas.capture.events import EVENTS
from schemas.capture.sessions import SESSIONS

STREAMS = (SESSIONS, EVENTS, CHUNKS)

BLOBS = ("chunks", "videos")
"""Folders of the blob store in which each session has one of its own; an erasure empties it."""

__all__ = ["BLOBS", "CHUNKS", "EVENTS", "SESSIONS", "STREAMS"]
