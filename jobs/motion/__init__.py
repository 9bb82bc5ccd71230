"""The work of motion: what becomes of films."""

from jobs.lane import Lane
from jobs.motion.blobs import BLOBS
from jobs.motion.demo import KIND, activities, look_every, make_demo
from jobs.work import Kind

KINDS = (Kind(KIND, make_demo, Lane.FILM, every=look_every, about=activities),)

__all__ = ["BLOBS", "KINDS"]
