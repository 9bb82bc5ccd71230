"""How large a person of known stature is in the picture."""

import numpy as np
import pytest

from motion.body.body import Body
from motion.body.body_of import body
from motion.body.scale import pixel_stature, pixels_per_metre
from motion.request import Activity, Exercise, Request
from motion.synthetic.camera import Camera, Flaws, Side, project
from motion.synthetic.curves import Clock
from motion.synthetic.gait import run
from motion.synthetic.movement import Movement
from motion.synthetic.person import Person
from motion.synthetic.squatting import Squat, squat
from tests.kit.motion.poses import still

CAMERA_METRE, STATURE = 380.0, 1.83
PERSON = Person(STATURE)
MOVEMENTS = (squat(PERSON, Squat(repetitions=1)), run(PERSON))


def asked(height_cm: float | None = None) -> Request:
    """An overhead squat."""
    return Request(activity=Activity.MOBILITY, exercise=Exercise.OVERHEAD_SQUAT, height_cm=height_cm)


def seen(movement: Movement, side: Side = Side.RIGHT, *, far_side_hidden: bool = False) -> Body:
    """A body filmed at 60 frames/s."""
    flaws = Flaws(noise=1.0, far_side_hidden=far_side_hidden)
    return body(project(movement, Camera(side=side, metre=CAMERA_METRE), Clock(60), flaws), asked())


@pytest.mark.parametrize("movement", MOVEMENTS, ids=["squat", "run"])
@pytest.mark.parametrize("hidden", [True, False])
def test_stature_is_that_of_the_person_from_the_side(movement: Movement, hidden: bool) -> None:
    assert pixel_stature(seen(movement, far_side_hidden=hidden)) == pytest.approx(CAMERA_METRE * STATURE, rel=0.01)


def test_stature_is_that_of_the_person_from_the_front_though_knees_bend() -> None:
    assert pixel_stature(seen(MOVEMENTS[0], Side.FRONT)) == pytest.approx(CAMERA_METRE * STATURE, rel=0.01)


def test_a_metre_follows_from_the_height_that_was_given() -> None:
    metre = pixels_per_metre(seen(MOVEMENTS[0]), asked(height_cm=100 * STATURE))
    assert metre == pytest.approx(CAMERA_METRE, rel=0.01)


def test_without_a_height_there_are_no_metres() -> None:
    assert pixels_per_metre(seen(MOVEMENTS[0]), asked()) is None


def test_a_person_who_is_not_seen_has_no_stature() -> None:
    nobody = body(still(np.full((33, 2), np.nan)), asked())
    assert np.isnan(pixel_stature(nobody))
    assert pixels_per_metre(nobody, asked(height_cm=180)) is None
