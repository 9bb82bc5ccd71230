"""Mirrored films, and limbs that the model takes for each other."""

from dataclasses import replace

import numpy as np
import pytest

from motion.body.landmarks import Landmarks, Point
from motion.body.sides import ARMS, LEGS, PAIRS, flipped, guarded, mirrored
from motion.body.swaps import swapped
from motion.synthetic.camera import Camera, Flaws, Side, project
from motion.synthetic.curves import Clock
from motion.synthetic.gait import run, walk
from motion.synthetic.movement import Movement
from motion.synthetic.squatting import squat

MOVEMENTS = {"run": run(), "walk": walk(), "squat": squat()}


def seen(movement: Movement, side: Side, noise: float = 1.5) -> Landmarks:
    """A film at 30 frames/s."""
    return project(movement, Camera(side=side), Clock(30), Flaws(noise=noise))


def confused(landmarks: Landmarks, first: int, last: int, limb: np.ndarray) -> Landmarks:
    """The same film, a limb's sides exchanged in the frames [first, last]."""
    order = np.tile(np.arange(33), (landmarks.times.size, 1))
    order[first : last + 1, limb[0] : limb[-1] + 1] = PAIRS[limb]
    return replace(
        landmarks,
        points=np.take_along_axis(landmarks.points, order[..., None], axis=1),
        visibility=np.take_along_axis(landmarks.visibility, order, axis=1),
    )


def test_pairs_are_each_others() -> None:
    np.testing.assert_array_equal(PAIRS[PAIRS], np.arange(33))
    assert PAIRS[Point.LEFT_TOE] == Point.RIGHT_TOE
    assert PAIRS[Point.HEAD] == Point.HEAD


def test_mirroring_twice_changes_nothing() -> None:
    film = seen(MOVEMENTS["run"], Side.OBLIQUE)
    again = mirrored(mirrored(film))
    np.testing.assert_allclose(again.points, film.points)
    np.testing.assert_array_equal(again.world, film.world)


def test_a_mirrored_left_knee_is_a_right_knee_as_far_from_the_other_edge() -> None:
    film = seen(MOVEMENTS["squat"], Side.FRONT)
    other = mirrored(film)
    np.testing.assert_allclose(other.at(Point.RIGHT_KNEE)[:, 0], film.width - film.at(Point.LEFT_KNEE)[:, 0])
    np.testing.assert_array_equal(other.at(Point.RIGHT_KNEE)[:, 1], film.at(Point.LEFT_KNEE)[:, 1])


def test_flipped_points_keep_their_names() -> None:
    film = seen(MOVEMENTS["squat"], Side.FRONT)
    np.testing.assert_allclose(flipped(mirrored(film)).points, film.points[:, PAIRS])


@pytest.mark.parametrize("name", MOVEMENTS)
@pytest.mark.parametrize("side", [Side.RIGHT, Side.FRONT, Side.OBLIQUE])
def test_legs_that_cross_are_not_exchanged(name: str, side: Side) -> None:
    film = seen(MOVEMENTS[name], side)
    for limb in (LEGS, ARMS):
        assert not swapped(film.times, film.points[:, limb], film.points[:, PAIRS[limb]]).any()


@pytest.mark.parametrize("name", ["run", "walk"])
@pytest.mark.parametrize("side", [Side.RIGHT, Side.FRONT])
@pytest.mark.parametrize("limb", [LEGS, ARMS], ids=["legs", "arms"])
@pytest.mark.parametrize("frames", [1, 2, 7])
def test_limbs_taken_for_each_other_are_put_right(name: str, side: Side, limb: np.ndarray, frames: int) -> None:
    film = seen(MOVEMENTS[name], side, noise=0.0)
    for first in (10, 23, 41):
        right = guarded(confused(film, first, first + frames - 1, limb))
        # Where the limbs lie on each other nothing tells them apart, and nothing depends on it.
        np.testing.assert_allclose(right.points, film.points, atol=4.0)


def test_one_right_frame_amid_wrong_ones_does_not_make_them_right() -> None:
    film = seen(MOVEMENTS["walk"], Side.FRONT)
    wrong = confused(confused(film, 20, 28, LEGS), 30, 36, LEGS)
    np.testing.assert_allclose(guarded(wrong).points, film.points, atol=4.0)


def test_frames_with_nobody_are_left_as_they_are() -> None:
    film = project(MOVEMENTS["run"], Camera(), Clock(30), Flaws(lost=[(0.5, 0.9)]))
    np.testing.assert_array_equal(guarded(film).points, film.points)


def test_two_frames_are_too_few_to_tell() -> None:
    film = seen(MOVEMENTS["run"], Side.RIGHT)
    assert not swapped(film.times[:2], film.points[:2], film.points[:2, PAIRS]).any()
