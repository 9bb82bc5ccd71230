"""Instants between frames: spans, crossings, local lines, and how well an instant is known."""

import numpy as np
import pytest

from motion.body.edges import (
    bridged,
    crossing,
    duration_uncertainty,
    frame_gaps,
    half_width,
    level_at,
    local_line,
    spans,
)


def flags(text: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.array([letter == "x" for letter in text])


def test_spans_are_first_and_last_frames_of_runs() -> None:
    assert spans(flags("xx..x.xxx")).tolist() == [[0, 1], [4, 4], [6, 8]]
    assert spans(flags("...")).size == 0


def test_short_holes_are_closed_and_those_at_the_ends_are_not() -> None:
    closed = bridged(flags(".xx.xx...x."), np.arange(11) / 10, 0.2)
    assert closed.tolist() == flags(".xxxxx...x.").tolist()


def test_a_crossing_lies_on_the_straight_line_between_two_frames() -> None:
    times, values = np.array([0.0, 0.1, 0.2]), np.array([0.0, 1.0, 5.0])
    assert crossing(times, values, 2.0, 1) == pytest.approx(0.125)


@pytest.mark.parametrize("before", [-1, 0, 2])
def test_where_nothing_crosses_there_is_no_instant(before: int) -> None:
    assert np.isnan(crossing(np.array([0.0, 0.1, 0.2]), np.array([0.0, 1.0, 5.0]), 2.0, before))


def test_a_local_line_knows_level_and_slope_over_gaps() -> None:
    times = np.arange(20) / 10
    values = np.where(np.arange(20) % 5 == 0, np.nan, 3 + 2 * times)
    level, slope = local_line(times, values, 0.2)
    assert level == pytest.approx(3 + 2 * times)
    assert slope == pytest.approx(np.full(20, 2.0))
    assert level_at(times, values, 0.55, 0.2) == pytest.approx(4.1)


def test_nothing_known_is_no_line() -> None:
    level, slope = local_line(np.arange(5.0), np.full(5, np.nan), 2.0)
    assert np.isnan(level).all()
    assert np.isnan(slope).all()


def test_half_a_width_is_never_less_than_its_neighbours() -> None:
    assert half_width(np.arange(10) / 30, 0.02) == pytest.approx(0.05)
    assert half_width(np.arange(10) / 240, 0.02) == pytest.approx(0.02)


def test_a_duration_between_even_frames_is_known_to_a_frame_over_the_root_of_six() -> None:
    times = np.arange(30) / 60
    error = duration_uncertainty(times, np.array([0.1]), np.array([0.3]))
    assert error == pytest.approx([1 / 60 / np.sqrt(6)])


def test_a_missing_frame_beside_an_instant_makes_it_less_certain() -> None:
    times = np.delete(np.arange(30) / 60, 10)
    assert frame_gaps(times, np.array([0.1, 8.5 / 60, 0.4, np.nan])) == pytest.approx(
        [1 / 60, 2 / 60, 1 / 60, np.nan], nan_ok=True
    )
