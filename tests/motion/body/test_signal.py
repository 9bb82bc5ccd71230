"""What is masked, what is filled, what is thrown out, and what the filter lets through."""

import numpy as np
import pytest

from motion.body.landmarks import Floats, Point
from motion.body.signal import FAST, SLOW, corrected, despiked, filled, filtered, low_passed, runs, smoothed, visible
from tests.kit.motion.poses import film, sideways

RATE = 60.0
TIMES = np.arange(240) / RATE


def wave(hertz: float, times: Floats = TIMES) -> Floats:
    """(n, 1): a sine of amplitude 1."""
    return np.sin(2 * np.pi * hertz * times)[:, None]


def passed(hertz: float, cut_off: float) -> float:
    """The share of a sine's amplitude that the filter leaves, away from the ends."""
    middle = slice(60, 180)
    return float(low_passed(TIMES, wave(hertz), cut_off)[middle].max() / wave(hertz)[middle].max())


@pytest.mark.parametrize("cut_off", [SLOW, FAST])
def test_the_cut_off_is_where_both_passes_together_lose_three_decibels(cut_off: float) -> None:
    assert passed(cut_off, cut_off) == pytest.approx(np.sqrt(0.5), abs=0.02)


def test_slow_movement_passes_whole_and_in_time() -> None:
    assert low_passed(TIMES, wave(1.0), SLOW) == pytest.approx(wave(1.0), abs=0.005)


def test_jitter_does_not_pass() -> None:
    assert passed(25.0, SLOW) < 0.01


def test_a_cut_off_is_at_most_a_third_of_the_rate() -> None:
    assert corrected(10.0, 15.0) == corrected(5.0, 15.0) < 7.5


def test_uneven_frame_times_change_the_filtered_series_little() -> None:
    uneven = TIMES + np.random.default_rng(1).uniform(-0.3, 0.3, TIMES.size) / RATE
    assert low_passed(uneven, wave(1.0, uneven), SLOW) == pytest.approx(wave(1.0, uneven), abs=0.01)


def test_a_short_gap_is_filled_by_a_straight_line() -> None:
    values = np.arange(10.0)
    values[4:6] = np.nan
    np.testing.assert_allclose(filled(np.arange(10) / 30, values), np.arange(10.0))


def test_a_gap_is_filled_along_time_not_along_frames() -> None:
    times, values = np.array([0.0, 0.01, 0.1]), np.array([0.0, np.nan, 10.0])
    assert filled(times, values)[1] == pytest.approx(1.0)


def test_a_long_gap_and_both_ends_stay_unknown() -> None:
    values = np.arange(12.0)
    values[[0, 4, 5, 6, 7, 11]] = np.nan
    np.testing.assert_array_equal(filled(np.arange(12) / 30, values), values)


def test_a_spike_is_replaced_and_nothing_else() -> None:
    clean = np.sin(np.arange(60) / 10)
    spiked = clean.copy()
    spiked[30] += 5
    result = despiked(spiked)
    assert result[30] == pytest.approx(clean[30], abs=0.2)
    np.testing.assert_array_equal(np.delete(result, 30), np.delete(clean, 30))


def test_despiking_keeps_gaps() -> None:
    values = np.arange(20.0)
    values[5:9] = np.nan
    np.testing.assert_array_equal(despiked(values), values)


def test_runs_end_at_gaps_in_time_and_short_ones_are_left_out() -> None:
    times = np.concatenate([np.arange(20) / 30, 5 + np.arange(15) / 30])
    known = np.ones(35, bool)
    known[3] = False
    assert list(runs(times, known)) == [slice(4, 20), slice(20, 35)]


def test_a_run_too_short_for_the_filter_is_left_as_it_is() -> None:
    points = np.random.default_rng(2).normal(size=(9, 1, 2))
    np.testing.assert_array_equal(smoothed(np.arange(9) / 30, points, SLOW), points)


def test_what_is_hardly_visible_is_not_used() -> None:
    pose = sideways(trunk=0, hip=0, knee=0, ankle=0, shoulder=0, elbow=0)
    visibility = np.ones((30, 33))
    visibility[:, Point.LEFT_KNEE] = 0.49
    landmarks = film(np.repeat(pose[None], 30, axis=0), visibility=visibility)
    assert not visible(landmarks)[:, Point.LEFT_KNEE].any()
    clean = filtered(landmarks, SLOW)
    assert np.isnan(clean.at(Point.LEFT_KNEE)).all()
    assert clean.at(Point.RIGHT_KNEE) == pytest.approx(landmarks.at(Point.RIGHT_KNEE))
