"""When somebody stands, and what is measured against that."""

import numpy as np
import pytest

from motion.body.angles import SIDES
from motion.body.body import Body
from motion.body.body_of import body
from motion.body.standing import heel_risen, standing
from motion.request import Activity, Exercise, Request
from motion.synthetic.camera import Camera, Flaws, Side, project
from motion.synthetic.curves import Clock
from motion.synthetic.everyday import heel_raise
from motion.synthetic.gait import run, walk
from motion.synthetic.movement import Movement
from motion.synthetic.squatting import Squat, squat

MOBILITY = Request(activity=Activity.MOBILITY, exercise=Exercise.OVERHEAD_SQUAT)


def seen(movement: Movement, side: Side = Side.RIGHT) -> Body:
    """A body at 30 frames/s, with a little noise."""
    return body(project(movement, Camera(side=side), Clock(30), Flaws(noise=0.5)), MOBILITY)


def stands(found: Body) -> np.ndarray:
    """The flags of the only segment."""
    return standing(found.filtered, found.segments[0])


def test_somebody_stands_between_squats() -> None:
    how = Squat(repetitions=2, rest=1.0)
    found = seen(squat(how=how))
    deep = how.depth(found.raw.times)
    assert stands(found)[deep == 0].mean() > 0.6
    assert not stands(found)[deep > 0.2].any()


def test_somebody_who_pauses_at_the_bottom_does_not_stand() -> None:
    how = Squat(repetitions=1, pause=1.0)
    found = seen(squat(how=how))
    assert not stands(found)[how.depth(found.raw.times) > 0.5].any()


@pytest.mark.parametrize("movement", [run(), walk()], ids=["run", "walk"])
def test_nobody_stands_while_moving_on(movement: Movement) -> None:
    found = seen(movement)
    assert not stands(found).any()
    assert np.isnan(found.angles["right_ankle_angle"]).all()


def test_the_front_does_not_tell_who_stands() -> None:
    assert not stands(seen(squat(), Side.FRONT)).any()


@pytest.mark.parametrize("shank", [(25.0, 25.0), (38.0, 38.0)])
def test_dorsiflexion_counts_from_standing(shank: tuple[float, float]) -> None:
    movement = squat(how=Squat(shank=shank, repetitions=1))
    found = seen(movement)
    for side in SIDES:
        truth = movement.angles(found.raw.times)[f"{side}_ankle_angle"]
        assert found.angles[f"{side}_ankle_angle"] == pytest.approx(truth, abs=1.5)


def test_a_risen_heel_is_noticed() -> None:
    found = seen(heel_raise(repetitions=1))
    for side in SIDES:
        assert heel_risen(found, side).any()
        assert not heel_risen(found, side)[:5].any()


def test_heels_that_stay_down_have_not_risen() -> None:
    found = seen(squat())
    assert not any(heel_risen(found, side).any() for side in SIDES)
