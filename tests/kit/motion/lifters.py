"""Films of synthetic lifters, and bars whose path is written down."""

from functools import cache

import numpy as np

from motion.analysis import Analysis, analyse
from motion.body.landmarks import Floats
from motion.lifting.bar import Lifter
from motion.request import Activity, Exercise, Request
from motion.synthetic import Camera, Clock, Movement, Person, Side, clean, clean_and_jerk, project, snatch

STATURE_CM = 175.0
MASS = 60.0
MOVEMENTS = {Exercise.SNATCH: snatch, Exercise.CLEAN: clean, Exercise.CLEAN_AND_JERK: clean_and_jerk}


def asked(exercise: Exercise, *, height_cm: float | None = STATURE_CM, mass: float | None = MASS) -> Request:
    return Request(activity=Activity.WEIGHTLIFTING, exercise=exercise, height_cm=height_cm, barbell_mass=mass)


@cache
def movement(exercise: Exercise, repetitions: int = 1) -> Movement:
    return MOVEMENTS[exercise](Person.of_cm(STATURE_CM), repetitions)


@cache
def analysed(
    exercise: Exercise = Exercise.SNATCH,
    side: Side = Side.RIGHT,
    rate: float = 60.0,
    repetitions: int = 1,
    *,
    height_cm: float | None = STATURE_CM,
    mass: float | None = MASS,
) -> Analysis:
    """A lift that is filmed and analysed."""
    film = project(movement(exercise, repetitions), Camera(side), Clock(rate))
    return analyse(film, asked(exercise, height_cm=height_cm, mass=mass))


def lifter_of(bar: Floats, *, hip: float = 200.0, shoulder: float = 300.0, rate: float = 50.0) -> Lifter:
    """A person who stands still, 400 pixels tall, while the hands go where `bar` says; ankles at 0."""
    times = np.arange(bar.size) / rate
    still = np.ones(bar.size)
    return Lifter(
        times=times,
        forward=0 * still,
        bar=bar,
        speed=np.gradient(bar, times),
        hip=hip * still,
        shoulder=shoulder * still,
        ankle=0 * still,
        knee=np.nan * still,
        depth=-still,
        known=still > 0,
        noise=0.0,
        stature=400.0,
    )
