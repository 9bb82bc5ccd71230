"""What a metric is worth, factor by factor."""

import numpy as np
import pytest

from motion.body.body import Body
from motion.body.confidence import confidence
from motion.body.landmarks import Point
from tests.kit.motion.poses import film

POINTS = (Point.LEFT_HIP, Point.LEFT_KNEE)
ALL = slice(0, 40)


def body(rate: float = 30.0, visibility: float = 0.9, hidden: slice = slice(0, 0)) -> Body:
    """Forty frames, the knee not visible in some."""
    seen = np.full((40, 33), visibility)
    seen[hidden, Point.LEFT_KNEE] = 0.1
    landmarks = film(np.ones((40, 33, 2)), rate, seen)
    return Body(landmarks, landmarks, seen >= 0.5, (), {})


def test_what_is_always_seen_in_the_right_view_is_worth_its_visibility() -> None:
    assert confidence(body(), ALL, POINTS) == pytest.approx(0.9)


def test_filled_frames_count_as_not_seen() -> None:
    assert confidence(body(hidden=slice(0, 10)), ALL, POINTS) == pytest.approx(0.9 * 0.75)


@pytest.mark.parametrize("view", [0.0, 0.5])
def test_a_view_at_an_angle_is_worth_half_and_a_wrong_one_nothing(view: float) -> None:
    assert confidence(body(), ALL, POINTS, view) == pytest.approx(0.9 * view)


def test_few_frames_a_second_are_worth_less_and_many_not_more() -> None:
    assert confidence(body(rate=15), ALL, POINTS) == pytest.approx(0.45)
    assert confidence(body(rate=60), ALL, POINTS) == pytest.approx(0.9)


def test_events_need_more_frames_a_second() -> None:
    assert confidence(body(rate=30), ALL, POINTS, events=True) == pytest.approx(0.9 / 4)
    assert confidence(body(rate=240), ALL, POINTS, events=True) == pytest.approx(0.9)


def test_frames_can_be_given_by_number() -> None:
    assert confidence(body(hidden=slice(0, 10)), np.arange(10, 20), POINTS) == pytest.approx(0.9)


def test_no_frames_are_worth_nothing() -> None:
    assert confidence(body(), np.arange(0), POINTS) == 0.0
