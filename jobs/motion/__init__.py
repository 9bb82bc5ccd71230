"""The work of motion: what becomes of films."""

from datetime import timedelta

from control.motion_sessions import JOB
from jobs.lane import Lane
from jobs.motion.analysing import analyse_film
from jobs.motion.blobs import BLOBS
from jobs.motion.demo import KIND as DEMO
from jobs.motion.demo import activities, look_every, make_demo
from jobs.motion.ending import end_left_alone
from jobs.motion.retention import KIND as FORGET
from jobs.motion.retention import forget_filmed
from jobs.work import Kind

KINDS = (
    Kind(JOB, analyse_film, Lane.FILM),
    Kind("end_left_alone", end_left_alone, every=lambda _: timedelta(minutes=1)),
    Kind(DEMO, make_demo, Lane.FILM, every=look_every, about=activities),
    Kind(FORGET, forget_filmed, every=lambda _: timedelta(days=1)),
)

__all__ = ["BLOBS", "KINDS"]
