"""Capture's jobs: what sessions sent becomes videos, and files that nothing refers to go."""

from control.video_assembly import KIND
from jobs.capture.blobs import BLOBS
from jobs.capture.video import assemble_video
from jobs.lane import Lane
from jobs.work import Kind

KINDS = (Kind(KIND, assemble_video, Lane.ASSEMBLY),)

__all__ = ["BLOBS", "KINDS"]
