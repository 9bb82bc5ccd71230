"""A camera that stands has no shift; one that moves has its own, whatever the person does."""

import cv2
import numpy as np
import pytest

from jobs.video.background import EVERY_SECONDS, Background
from jobs.video.film import Picture
from motion.body.landmarks import Floats

NOBODY = np.full((33, 2), np.nan)


def wall(width: int = 960, height: int = 540) -> Picture:
    noise = np.random.default_rng(3).integers(0, 255, (height // 12, width // 12, 3), np.uint8)
    return np.asarray(cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def moved(picture: Picture, across: float, down: float) -> Picture:
    matrix = np.array([[1, 0, across], [0, 1, down]], float)
    size = (picture.shape[1], picture.shape[0])
    return np.asarray(cv2.warpAffine(picture, matrix, size, borderMode=cv2.BORDER_WRAP), np.uint8)


def watched(ways: Floats, points: Floats = NOBODY) -> Background:
    background = Background()
    for number, (across, down) in enumerate(ways):
        background.see(number * EVERY_SECONDS, moved(wall(), across, down), points)
    return background


def times(count: int) -> Floats:
    return np.arange(count, dtype=float) * EVERY_SECONDS


def test_a_standing_camera_does_not_drift() -> None:
    shift = watched(np.zeros((20, 2))).shift(times(20))
    assert shift is not None
    assert shift.max() < 0.1


def test_a_swaying_camera_is_measured_in_the_films_own_pixels() -> None:
    ways = np.stack([12 * np.sin(np.arange(20) / 3), 5 * np.cos(np.arange(20) / 3) - 5], axis=1)
    shift = watched(ways).shift(times(20))
    assert shift == pytest.approx(np.hypot(*ways.T), abs=0.7)


def test_a_camera_that_follows_is_measured_across_pictures_that_share_nothing() -> None:
    ways = np.stack([np.arange(20) * 30.0, np.zeros(20)], axis=1)
    shift = watched(ways).shift(times(20))
    assert shift is not None
    assert shift == pytest.approx(ways[:, 0], rel=0.1, abs=1)


def test_a_person_who_moves_is_no_background() -> None:
    background = Background()
    body = np.array([[300.0, 100.0], [660.0, 500.0]])
    points = np.vstack([body, np.full((31, 2), np.nan)])
    for number in range(10):
        picture = wall()
        picture[100:500, 300:660] = moved(wall(), 9.0 * number, 0)[100:500, 300:660]
        background.see(number * EVERY_SECONDS, picture, points)
    shift = background.shift(times(10))
    assert shift is not None
    assert shift.max() < 0.5


def test_a_bare_wall_says_nothing() -> None:
    background = Background()
    for number in range(5):
        background.see(number * EVERY_SECONDS, np.full((90, 160, 3), 80, np.uint8), NOBODY)
    assert background.shift(times(5)) is None


def test_two_stretches_are_one_way() -> None:
    ways = np.stack([np.arange(12) * 2.0, np.zeros(12)], axis=1)
    early, late = watched(ways[:6]), Background()
    for number, (across, down) in enumerate(ways[6:], start=6):
        late.see(number * EVERY_SECONDS, moved(wall(), across, down), NOBODY)
    assert early.joined(late).shift(times(12)) == pytest.approx(ways[:, 0], abs=0.5)
