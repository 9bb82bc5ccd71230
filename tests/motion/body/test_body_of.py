"""From landmarks to angles: what every view shows, what it cannot, and how close filtering stays to the truth."""

from dataclasses import replace

import numpy as np
import pytest

from motion.body.body import Body
from motion.body.body_of import body
from motion.body.landmarks import Floats, Point
from motion.body.segment import View
from motion.body.series import NAMES
from motion.body.sides import mirrored
from motion.request import Activity, Exercise, Request
from motion.synthetic.camera import FLAWLESS, Camera, Flaws, Side, project
from motion.synthetic.curves import Clock
from motion.synthetic.gait import run
from motion.synthetic.movement import Movement
from motion.synthetic.squatting import Squat, from_the_front, squat

SQUAT = squat(how=Squat(knee=(118.0, 104.0), repetitions=1))
CLOCK = Clock(60)
MOBILITY = Request(activity=Activity.MOBILITY, exercise=Exercise.OVERHEAD_SQUAT)
RUNNING = Request(activity=Activity.RUNNING)

FROM_THE_SIDE = ("knee_angle", "hip_angle", "ankle_angle", "shank_inclination", "foot_shank_angle")
ARMS = ("shoulder_angle", "elbow_angle")
FROM_THE_FRONT = ("hip_abduction", "knee_inward")


def seen(side: Side, movement: Movement = SQUAT, flaws: Flaws = FLAWLESS, asked: Request = MOBILITY) -> Body:
    """A body at 60 frames/s."""
    return body(project(movement, Camera(side=side), CLOCK, flaws), asked)


def null(series: Floats) -> bool:
    """Whether nothing is said at all."""
    return bool(np.isnan(series).all())


@pytest.mark.parametrize("side", [Side.RIGHT, Side.LEFT])
@pytest.mark.parametrize("name", ["knee", "hip", "ankle", "shoulder", "elbow"])
@pytest.mark.parametrize("leg", ["left", "right"])
def test_a_squat_from_the_side_has_its_true_angles(side: Side, name: str, leg: str) -> None:
    found = seen(side).angles[f"{leg}_{name}_angle"]
    truth = SQUAT.angles(CLOCK.times(SQUAT.duration))[f"{leg}_{name}_angle"]
    assert found == pytest.approx(truth, abs=0.5)


def test_a_run_has_its_true_angles() -> None:
    movement = run()
    truth = movement.angles(CLOCK.times(movement.duration))
    found = seen(Side.RIGHT, movement, asked=RUNNING).angles
    for name in ("left_knee_angle", "right_hip_angle", "trunk_lean"):
        # The ends of a film have frames on one side only.
        error = (found[name] - truth[name])[6:-6]
        assert np.sqrt(np.mean(error**2)) < 0.5, name


def test_a_squat_from_the_front_has_its_true_angles() -> None:
    truth = from_the_front(SQUAT.joints(CLOCK.times(SQUAT.duration)))
    for side in (Side.FRONT, Side.BACK):
        found = seen(side).angles
        for name, values in truth.items():
            assert found[name] == pytest.approx(values, abs=0.5), name


def test_the_front_shows_no_flexion_of_legs_and_the_side_no_abduction() -> None:
    for leg in ("left", "right"):
        assert all(null(seen(Side.FRONT).angles[f"{leg}_{name}"]) for name in FROM_THE_SIDE)
        assert not any(null(seen(Side.FRONT).angles[f"{leg}_{name}"]) for name in ARMS)
        assert all(null(seen(Side.RIGHT).angles[f"{leg}_{name}"]) for name in FROM_THE_FRONT)
        assert all(null(seen(Side.OBLIQUE).angles[f"{leg}_{name}"]) for name in FROM_THE_FRONT)
    assert null(seen(Side.RIGHT).angles["knee_ratio"])
    assert null(seen(Side.FRONT).angles["trunk_lean"])


def test_every_body_has_every_series_of_every_frame() -> None:
    nobody = body(project(SQUAT, clock=CLOCK, flaws=Flaws(lost=[(0, 9)])), MOBILITY)
    for one in (seen(Side.RIGHT), seen(Side.FRONT), nobody):
        assert set(one.angles) == set(NAMES)
        assert all(values.shape == one.raw.times.shape for values in one.angles.values())


@pytest.mark.parametrize(("side", "near"), [(Side.RIGHT, "right"), (Side.LEFT, "left")])
def test_from_the_side_the_joint_is_the_near_one(side: Side, near: str) -> None:
    angles = seen(side).angles
    np.testing.assert_array_equal(angles["knee_angle"], angles[f"{near}_knee_angle"])


def test_at_an_angle_the_joint_is_the_mean_of_both() -> None:
    angles = seen(Side.OBLIQUE).angles
    np.testing.assert_allclose(angles["knee_angle"], (angles["left_knee_angle"] + angles["right_knee_angle"]) / 2)


def test_a_hidden_far_side_takes_nothing_from_the_near_one() -> None:
    found = seen(Side.RIGHT, flaws=Flaws(far_side_hidden=True)).angles
    assert null(found["left_knee_angle"])
    truth = SQUAT.angles(CLOCK.times(SQUAT.duration))
    for name in ("right_knee_angle", "right_hip_angle", "trunk_lean"):
        assert found[name] == pytest.approx(truth[name], abs=0.5), name


def test_what_is_hidden_for_long_is_null_and_for_a_moment_is_filled() -> None:
    film = project(SQUAT, clock=CLOCK)
    visibility = film.visibility.copy()
    visibility[30:34, Point.RIGHT_KNEE] = 0.2
    visibility[50:90, Point.RIGHT_KNEE] = 0.2
    found = body(replace(film, visibility=visibility), MOBILITY)
    known = ~np.isnan(found.angles["right_knee_angle"])
    assert known[:50].all()
    assert not known[50:90].any()
    assert not found.reliable[30:34, Point.RIGHT_KNEE].any()


def test_a_body_outside_of_all_segments_has_no_angles() -> None:
    found = seen(Side.RIGHT, squat(), Flaws(lost=[(0.7, 2.5)]))
    assert [one.view for one in found.segments] == [View.SAGITTAL]
    assert np.isnan(found.angles["knee_angle"][: found.segments[0].first]).all()


def test_a_mirrored_film_that_is_said_to_be_is_like_the_film() -> None:
    film = project(SQUAT, Camera(side=Side.RIGHT), CLOCK)
    plain = body(film, MOBILITY)
    put_right = body(mirrored(film), MOBILITY.model_copy(update={"mirrored": True}))
    assert put_right.segments == plain.segments
    for name in NAMES:
        np.testing.assert_allclose(put_right.angles[name], plain.angles[name], atol=1e-6)


@pytest.mark.parametrize(("pixels", "moved"), [(10.0, False), (11.5, True), (-11.5, True)])
def test_a_camera_has_moved_by_more_than_a_hundredth_of_the_height(pixels: float, moved: bool) -> None:
    film = project(SQUAT, Camera(height_px=1080), CLOCK)
    shifted = replace(film, shift=np.linspace(0, pixels, film.times.size))
    assert body(shifted, MOBILITY).camera_moved is moved


def test_a_camera_that_is_not_watched_has_not_moved() -> None:
    assert not seen(Side.RIGHT).camera_moved
