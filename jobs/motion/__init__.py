"""The work of motion: what becomes of films."""

from jobs.motion.blobs import BLOBS

__all__ = ["BLOBS"]
