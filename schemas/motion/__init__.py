"""The motion module: films of people who move, what was seen in each frame, and what their analysis found."""

from schemas.motion.landmarks import LANDMARKS
from schemas.motion.sessions import SESSIONS

STREAMS = (SESSIONS, LANDMARKS)

BLOBS = ("motion-videos", "motion-pictures")
"""Folders of the blob store in which each session has one of its own; an erasure empties it.

They are directly above the sessions, so that a blob's session is the second part of its name as everywhere, and are
not called `videos`, which captured sessions have: what sweeps that would take a film for a blob of nobody.
"""

__all__ = ["BLOBS", "LANDMARKS", "SESSIONS", "STREAMS"]
