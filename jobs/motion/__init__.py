"""The work of motion: what becomes of films."""

from datetime import timedelta

from jobs.lane import Lane
from jobs.motion.blobs import BLOBS
from jobs.motion.demo import KIND, activities, look_every, make_demo
from jobs.motion.retention import KIND as FORGET
from jobs.motion.retention import forget_filmed
from jobs.work import Kind

KINDS = (
    Kind(KIND, make_demo, Lane.FILM, every=look_every, about=activities),
    Kind(FORGET, forget_filmed, every=lambda _: timedelta(days=1)),
)

__all__ = ["BLOBS", "KINDS"]
