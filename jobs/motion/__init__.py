"""The work of motion: what becomes of films."""

from datetime import timedelta

from control.motion_sessions import JOB
from jobs.lane import Lane
from jobs.motion.analysing import analyse_film
from jobs.motion.ending import end_left_alone
from jobs.work import Kind

KINDS = (
    Kind(JOB, analyse_film, Lane.FILM),
    Kind("end_left_alone", end_left_alone, every=lambda _: timedelta(minutes=1)),
)

__all__ = ["KINDS"]
