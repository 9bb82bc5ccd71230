"""What stands for the bar, and how the lifter is read beside it."""

from dataclasses import replace

import numpy as np
import pytest

from motion.body.body import Body
from motion.body.body_of import body
from motion.body.landmarks import Point
from motion.body.scale import pixel_stature
from motion.body.segment import Facing, Segment, View
from motion.lifting.bar import Lifter, lifter, near_side, wrists
from motion.request import Exercise
from motion.synthetic import Camera, Clock, Flaws, Side, project
from motion.synthetic.lifting import bar as true_bar
from tests.kit.motion.lifters import asked, movement

METRE = 380.0


def filmed(side: Side, hidden: tuple[int, ...] = ()) -> Body:
    film = project(movement(Exercise.SNATCH), Camera(side, metre=METRE), Clock(60.0), Flaws(hidden=hidden))
    return body(film, asked(Exercise.SNATCH))


def seen(side: Side) -> Lifter:
    one = filmed(side)
    found = lifter(one, one.segments[0], pixel_stature(one))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("view", "facing", "expected"),
    [
        (View.SAGITTAL, Facing.LEFT, (Point.LEFT_WRIST,)),
        (View.SAGITTAL, Facing.RIGHT, (Point.RIGHT_WRIST,)),
        (View.OBLIQUE, Facing.RIGHT, (Point.LEFT_WRIST, Point.RIGHT_WRIST)),
        (View.FRONTAL, Facing.FRONT, (Point.LEFT_WRIST, Point.RIGHT_WRIST)),
    ],
)
def test_the_near_wrist_stands_for_the_bar_else_the_middle_of_both(
    view: View, facing: Facing, expected: tuple[Point, ...]
) -> None:
    assert wrists(Segment(0, 9, view, facing)) == expected


def test_no_side_is_near_in_a_view_from_the_front() -> None:
    assert near_side(Segment(0, 9, View.FRONTAL, Facing.FRONT)) is None


@pytest.mark.parametrize("side", [Side.LEFT, Side.RIGHT])
def test_the_bar_is_where_the_hands_are(side: Side) -> None:
    found = seen(side)
    truth = METRE * true_bar(movement(Exercise.SNATCH), found.times)
    assert np.abs(np.ptp(found.bar) - np.ptp(truth[:, 1])) < 0.01 * METRE
    off = (found.forward - found.forward[0]) - (truth[:, 0] - truth[0, 0])
    assert np.sqrt(np.mean(off**2)) < 0.01 * METRE, "forward is where the lifter looks, whichever way that is"


def test_the_speed_is_that_of_the_bar_upwards() -> None:
    found = seen(Side.RIGHT)
    risen = np.trapezoid(found.speed, found.times)
    assert risen == pytest.approx(found.bar[-1] - found.bar[0], rel=0.01)


def test_who_hides_the_near_wrist_shows_no_lift() -> None:
    one = filmed(Side.RIGHT, (Point.RIGHT_WRIST,))
    assert lifter(one, one.segments[0], pixel_stature(one)) is None


def test_a_hole_in_the_path_is_bridged_and_not_known() -> None:
    one = filmed(Side.RIGHT)
    points = one.filtered.points.copy()
    points[50:70, Point.RIGHT_WRIST] = np.nan
    found = lifter(replace(one, filtered=one.filtered.with_points(points)), one.segments[0], pixel_stature(one))
    assert found is not None
    assert not found.known[50:70].any()
    assert not np.isnan(found.bar).any()


def test_a_span_holds_at_least_one_frame() -> None:
    found = seen(Side.RIGHT)
    assert found.times[found.span(0.5, 0.5)].size == 1
    assert found.times[found.span(99.0, 100.0)].size == 1


def test_the_depth_is_zero_with_a_level_thigh_and_minus_one_upright() -> None:
    found = seen(Side.RIGHT)
    assert found.depth[-1] == pytest.approx(-1, abs=0.02)
    assert found.depth.max() == pytest.approx(movement(Exercise.SNATCH).truth.values["depth"], abs=0.02)
