"""Two synthetic people in one film: the pose model goes over to the one who walks by, and later back to the other."""

from dataclasses import replace

import numpy as np

from motion.body.landmarks import Flags, Floats, Landmarks
from motion.synthetic import Camera, Clock, Flaws, Movement, project, walk
from motion.synthetic.gait import WALKING

RATE = 30.0
RED, BLUE = (0.3, 0.05), (-0.05, -0.2)


def filmed(movement: Movement, clothes: tuple[float, float] | None = None, metre: float = 380.0) -> Landmarks:
    """A person alone; `clothes`: the trunk's colours, `metre`: pixels of one where the person is."""
    film = project(movement, Camera(metre=metre), Clock(RATE), Flaws(noise=1.0, seed=5))
    return film if clothes is None else replace(film, look=_trembling(clothes, film.times.size))


def _trembling(clothes: tuple[float, float], count: int) -> Floats:
    return np.array(clothes) + 0.01 * np.random.default_rng(3).standard_normal((count, 2))


def passer_by(clothes: tuple[float, float] | None = None, metre: float = 380.0) -> Landmarks:
    """Somebody who walks from the left edge of the picture to the right one, a metre or more from its middle."""
    film = filmed(walk(how=replace(WALKING, over_ground=True)), clothes, metre)
    x = film.points[:, 23:25, 0].mean(axis=1)
    return _cut(film, (x >= 0) & (x <= film.width))


def gone_over(one: Landmarks, other: Landmarks, at: float, beside: float = 0.0) -> tuple[Landmarks, Flags]:
    """The film of `one`, but from second `at` on points of `other`, until the picture's edge; and (n) where these are.

    `other` comes in so many pixels to the right of where `one` is.
    """
    frame = int(np.argmin(np.abs(one.times - at)))
    x, theirs = (film.points[:, 23:25, 0].mean(axis=1) for film in (one, other))
    begin = int(np.argmax(theirs >= x[frame] + beside))
    count = min(theirs.size - begin, one.times.size - frame)
    places = np.arange(frame, frame + count)
    points, look = one.points.copy(), None if one.look is None else one.look.copy()
    world = None if one.world is None else one.world.copy()
    points[places] = other.points[begin : begin + count]
    if world is not None and other.world is not None:
        world[places] = other.world[begin : begin + count]
    if look is not None and other.look is not None:
        look[places] = other.look[begin : begin + count]
    return replace(one, points=points, world=world, look=look), np.isin(np.arange(one.times.size), places)


def _cut(film: Landmarks, kept: Flags) -> Landmarks:
    world, look = (None if one is None else one[kept] for one in (film.world, film.look))
    times = film.times[kept] - film.times[kept][0]
    return replace(
        film, times=times, points=film.points[kept], visibility=film.visibility[kept], world=world, look=look
    )
