"""Rates, slow motion and time: what an activity keeps and how long its analysis may take."""

import pytest

from jobs.video.limits import above, slowed, step, timeout_seconds
from motion.request import Activity, Exercise, Request

SQUAT = Request(activity=Activity.MOBILITY, exercise=Exercise.OVERHEAD_SQUAT)
RUN = Request(activity=Activity.RUNNING)


@pytest.mark.parametrize(("rate", "every"), [(30, 1), (59.94, 1), (60.2, 1), (90, 2), (120, 2), (240, 4), (240.4, 4)])
def test_mobility_is_decimated_to_60_fps_or_less(rate: float, every: int) -> None:
    assert step(rate, SQUAT) == every


def test_running_keeps_its_rate() -> None:
    assert step(240, RUN) == 1


def test_a_phones_240_frames_a_second_are_not_above_240() -> None:
    assert not above(240.3, 240)
    assert above(250, 240)


def test_slow_motion_is_told_by_the_rate_it_was_filmed_at() -> None:
    assert slowed(30, RUN) == 1
    assert slowed(30, Request(activity=Activity.RUNNING, capture_fps=240)) == 8
    assert slowed(240, Request(activity=Activity.RUNNING, capture_fps=120)) == 1


def test_an_analysis_may_take_twenty_times_the_films_length_and_at_least_two_minutes() -> None:
    assert timeout_seconds(300) == 200
    assert timeout_seconds(30) == 120
