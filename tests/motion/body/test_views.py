"""What side a film shows, and where that changes."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from motion.body.landmarks import Landmarks, Point
from motion.body.segment import Facing, Segment, View
from motion.body.views import segments
from motion.synthetic.camera import Camera, Flaws, Side, project
from motion.synthetic.curves import Clock
from motion.synthetic.everyday import stand
from motion.synthetic.gait import run
from motion.synthetic.movement import Movement, in_turn
from motion.synthetic.squatting import Squat, squat
from tests.kit.motion.poses import sideways, still

SQUAT = squat(how=Squat(repetitions=1))

SHOWN = {
    Side.RIGHT: (View.SAGITTAL, Facing.RIGHT),
    Side.LEFT: (View.SAGITTAL, Facing.LEFT),
    Side.FRONT: (View.FRONTAL, Facing.FRONT),
    Side.BACK: (View.FRONTAL, Facing.BACK),
    Side.OBLIQUE: (View.OBLIQUE, Facing.RIGHT),
}


def seen(movement: Movement, side: Side = Side.RIGHT, flaws: Flaws | None = None) -> Landmarks:
    """A film at 30 frames/s with a little noise."""
    return project(movement, Camera(side=side), Clock(30), flaws or Flaws(noise=1.0))


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("movement", [SQUAT, run()], ids=["squat", "run"])
def test_a_film_from_one_side_is_one_segment(movement: Movement, side: Side) -> None:
    film = seen(movement, side)
    assert segments(film) == (Segment(0, film.times.size - 1, *SHOWN[side]),)


def test_a_clip_may_show_front_left_and_right() -> None:
    found = segments(seen(in_turn(SQUAT, [-90, 0, 180])))
    assert [(one.view, one.facing) for one in found] == [SHOWN[Side.FRONT], SHOWN[Side.RIGHT], SHOWN[Side.LEFT]]
    assert all(one.last - one.first >= 29 for one in found)


def test_segments_do_not_overlap() -> None:
    found = segments(seen(in_turn(SQUAT, [-90, 0, 180])))
    assert all(before.last < after.first for before, after in pairwise(found))


def test_a_hidden_shoulder_means_a_view_from_the_side() -> None:
    film = seen(SQUAT, Side.OBLIQUE, Flaws(noise=1.0, hidden=[Point.LEFT_SHOULDER]))
    assert [one.view for one in segments(film)] == [View.SAGITTAL]


def test_a_moment_with_nobody_does_not_part_a_segment() -> None:
    film = seen(squat(), flaws=Flaws(noise=1.0, lost=[(1.0, 1.4)]))
    assert len(segments(film)) == 1


def test_a_long_time_with_nobody_does() -> None:
    film = seen(squat(), flaws=Flaws(noise=1.0, lost=[(2.0, 3.5)]))
    first, second = segments(film)
    assert film.times[first.last] < 2.0
    assert film.times[second.first] > 3.5


def test_less_than_a_second_is_no_segment() -> None:
    film = seen(stand(duration=0.9))
    assert segments(film) == ()


def test_a_second_is_a_segment() -> None:
    film = seen(stand())
    second = replace(film, times=film.times[:30], points=film.points[:30], visibility=film.visibility[:30])
    assert len(segments(second)) == 1


def test_a_person_who_lies_shows_no_view() -> None:
    lying = sideways(trunk=90, hip=0, knee=0, ankle=0, shoulder=0, elbow=0)
    assert segments(still(lying)) == ()


def test_nobody_shows_no_view() -> None:
    film = still(np.full((33, 2), np.nan))
    assert segments(film) == ()
