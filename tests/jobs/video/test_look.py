"""The colours of the trunk: the same in shade and sun, others in other clothes, and none of nobody."""

import numpy as np
import pytest

from jobs.video.film import Picture
from jobs.video.look import look
from motion.body.landmarks import Floats, Point
from motion.body.people import RECOLOURED

RED, BLUE, GREY = (180, 40, 50), (40, 60, 170), (120, 120, 120)


def wearing(colour: tuple[int, int, int]) -> Picture:
    picture = np.full((200, 160, 3), 230, np.uint8)
    picture[60:140, 50:110] = colour
    return picture


def trunk() -> Floats:
    points = np.zeros((33, 2))
    points[[Point.LEFT_SHOULDER, Point.RIGHT_SHOULDER]] = (108, 62), (52, 62)
    points[[Point.LEFT_HIP, Point.RIGHT_HIP]] = (104, 138), (56, 138)
    return points


def test_clothes_of_other_colours_are_told_apart() -> None:
    red, blue, grey = (look(wearing(colour), trunk()) for colour in (RED, BLUE, GREY))
    for one, other in ((red, blue), (red, grey), (blue, grey)):
        assert np.linalg.norm(one - other) > RECOLOURED


def test_shade_changes_little() -> None:
    sun = look(wearing(RED), trunk())
    shade = look(wearing((90, 20, 25)), trunk())
    assert np.linalg.norm(sun - shade) < RECOLOURED


def test_who_is_half_outside_the_picture_has_a_look_too() -> None:
    assert not np.isnan(look(wearing(RED), trunk() + np.array([90.0, 100.0]))).any()


def test_nobody_has_no_look() -> None:
    assert np.isnan(look(wearing(RED), np.full((33, 2), np.nan))).all()
    assert look(wearing(GREY), trunk()) == pytest.approx([0.0, 0.0])
