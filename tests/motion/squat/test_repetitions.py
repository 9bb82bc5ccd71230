import numpy as np
import pytest

from motion.body.landmarks import POINTS, Floats, Point
from motion.body.segment import Facing, Segment, View
from motion.squat.repetitions import Repetition, hip_heights, repetitions, squats
from tests.kit.motion.squatters import RATE, drop_of

DROPS = (0.5, 0.3, 0.45)
LOWEST = [2.0, 5.0, 8.0]
"""Seconds: a second of standing, then a squat of two seconds and a second of standing each."""


def clock(height: Floats, rate: float = RATE) -> Floats:
    return np.arange(height.size) / rate


def lowest(found: tuple[Repetition, ...], times: Floats) -> list[float]:
    return [float(times[one.lowest]) for one in found]


def test_every_squat_is_found_at_its_lowest_hip_in_any_unit() -> None:
    height = 1 - drop_of(DROPS)
    for unit in (0.9, 300.0):
        found = repetitions(clock(height), unit * height)
        assert lowest(found, clock(height)) == pytest.approx(LOWEST, abs=1e-9)
        assert [one.drop for one in found] == pytest.approx(DROPS, abs=0.001)


def test_a_repetition_starts_and_ends_at_a_tenth_of_its_drop() -> None:
    height = 1 - drop_of((0.5,))
    (squat,) = repetitions(clock(height), height)
    tenth = np.arccos(1 - 2 * 0.1) / np.pi
    expected = {"start": 1 + tenth, "half": 1.5, "bottom_start": 2 - tenth, "bottom_end": 2 + tenth, "end": 3 - tenth}
    assert {name: getattr(squat, name) for name in expected} == pytest.approx(expected, abs=0.002)
    frames = squat.frames(clock(height))
    assert frames[0] == np.ceil(squat.start * RATE)
    assert frames[-1] == np.floor(squat.end * RATE)


def test_a_drop_of_less_than_15_percent_is_no_repetition() -> None:
    height = 1 - drop_of((0.14, 0.16))
    assert len(repetitions(clock(height), height)) == 1


def test_two_lowest_points_within_half_a_second_are_one_repetition() -> None:
    height = 1 - drop_of((0.5,))
    times = clock(height)
    bounce = height + 0.2 * np.exp(-(((times - 2.0) / 0.05) ** 2))
    assert len(repetitions(times, bounce)) == 1


def test_standing_up_only_halfway_between_squats_counts_each() -> None:
    times = np.arange(0, 12, 1 / RATE)
    height = np.interp(times, [0, 1, 2, 3, 4, 5, 12], [1, 1, 0.5, 0.75, 0.5, 1, 1])
    found = repetitions(times, height)
    assert lowest(found, times) == pytest.approx([2, 4])
    assert found[0].end <= found[1].start


def test_holes_are_bridged_and_make_no_repetition() -> None:
    height = 1 - drop_of(DROPS)
    times = clock(height)
    height[(times > 2.6) & (times < 4.2)] = np.nan
    height[times > 9.5] = np.nan
    assert lowest(repetitions(times, height), times) == pytest.approx(LOWEST)


@pytest.mark.parametrize("size", [0, 2, 90])
def test_where_no_height_is_known_there_is_no_repetition(size: int) -> None:
    assert repetitions(np.arange(size) / RATE, np.full(size, np.nan)) == ()


def test_walking_away_and_coming_back_is_no_repetition_and_hides_none() -> None:
    """A phone on the floor, started and stopped by the person who squats."""
    squats = 1 - drop_of(DROPS)
    walk = np.linspace(1.6, 1, int(3 * RATE))
    height = np.concatenate([walk, squats, walk[::-1]])
    times = clock(height)
    found = repetitions(times, height)
    assert lowest(found, times) == pytest.approx([when + 3 for when in LOWEST])


def test_frames_at_uneven_times_move_no_repetition() -> None:
    even = clock(drop_of(DROPS))
    keep = np.random.default_rng(4).random(even.size) > 0.2
    found = repetitions(even[keep], (1 - drop_of(DROPS))[keep])
    assert lowest(found, even[keep]) == pytest.approx(LOWEST, abs=1.5 / RATE)


def test_a_squat_that_the_film_cuts_off_ends_with_the_film() -> None:
    height = (1 - drop_of((0.5,)))[: int(2.6 * RATE)]
    (squat,) = repetitions(clock(height), height)
    assert squat.start < 2 < squat.end < clock(height)[-1]


def points_of(hips: tuple[float, float], ankles: tuple[float, float], frames: int = 40) -> Floats:
    points = np.zeros((frames, POINTS, 2))
    points[:, [Point.LEFT_HIP, Point.RIGHT_HIP], 1] = hips
    points[:, [Point.LEFT_ANKLE, Point.RIGHT_ANKLE], 1] = ankles
    return points


def test_hip_height_is_over_the_middle_of_the_ankles_and_over_the_lower_one() -> None:
    heights = hip_heights(points_of((500, 520), (900, 910)), ())
    assert heights == pytest.approx(np.tile([395.0, 400.0], (40, 1)))


def test_a_side_that_comes_and_goes_does_not_move_the_height_within_a_segment() -> None:
    points = points_of((500, 540), (900, 960), frames=80)
    points[10:30, Point.RIGHT_ANKLE] = np.nan
    sideways, ahead = Segment(0, 39, View.SAGITTAL, Facing.LEFT), Segment(40, 79, View.FRONTAL, Facing.FRONT)
    height = hip_heights(points, (sideways, ahead))[:, 0]
    assert height[:40] == pytest.approx(np.full(40, 380.0))
    assert height[40:] == pytest.approx(np.full(40, 410.0))


def test_without_hips_there_is_no_height() -> None:
    assert np.isnan(hip_heights(points_of((np.nan, np.nan), (900, 910)), ())).all()


@pytest.mark.parametrize(("left", "right", "count"), [(1.0, 1.0, 1), (0.0, 1.0, 0), (1.0, 0.0, 0)])
def test_lifting_one_foot_is_no_squat(left: float, right: float, count: int) -> None:
    """A squat is the same in the picture as both feet coming up to the hip."""
    rise = 250.0 * drop_of((0.5,))
    points = points_of((500, 500), (900, 900), frames=rise.size)
    points[:, Point.LEFT_ANKLE, 1] -= left * rise
    points[:, Point.RIGHT_ANKLE, 1] -= right * rise
    assert len(repetitions(clock(rise), hip_heights(points, ())[:, 0])) == 1
    assert len(squats(clock(rise), points, ())) == count
