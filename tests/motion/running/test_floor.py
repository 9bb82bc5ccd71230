"""The floor is found under slow low toes, level or sloped, standing or running away under the feet."""

import numpy as np
import pytest

from motion.body.profile import Path
from motion.running.floor import floor, half_sample_mode, robust_line
from tests.kit.motion.strider import PIXELS, STATURE, Strider

RATE = 120.0


@pytest.mark.parametrize("speed", [2.0, 3.0, 4.5])
def test_a_belt_runs_back_with_its_speed(speed: float) -> None:
    profile = Strider(speed=speed).profile(RATE)
    found = floor(profile.times, profile.toes["left"], profile.stature)
    assert found.ground == pytest.approx(-speed * PIXELS, rel=0.02)
    assert found.level == pytest.approx(0, abs=0.01 * STATURE * PIXELS)


def test_a_slope_is_seen_where_the_feet_go_far_enough() -> None:
    profile = Strider().profile(RATE)
    toe = profile.toes["left"]
    uphill = Path(toe.x, toe.y + 0.1 * toe.x)
    assert floor(profile.times, uphill, profile.stature).slope == pytest.approx(0.1, abs=0.01)


def test_a_known_slope_is_taken_as_it_is() -> None:
    profile = Strider().profile(RATE)
    assert floor(profile.times, profile.toes["left"], profile.stature, 0.03).slope == 0.03


def test_a_line_does_not_mind_outliers_above_it() -> None:
    x = np.linspace(0, 100, 60)
    y = 5 + 0.2 * x + np.where(np.arange(60) % 7 == 0, 40.0, 0.0)
    level, slope = robust_line(x, y)
    assert level == pytest.approx(5, abs=0.05)
    assert slope == pytest.approx(0.2, abs=0.002)


def test_toes_that_are_not_seen_have_no_floor() -> None:
    nowhere = np.full(60, np.nan)
    found = floor(np.arange(60) / 60, Path(nowhere, nowhere), 500.0)
    assert np.isnan(found.level)
    assert np.isnan(found.swing)


def test_the_mode_is_where_values_are_densest() -> None:
    values = np.concatenate([np.linspace(0, 10, 50), np.full(20, 3.0), [np.nan]])
    assert half_sample_mode(values) == pytest.approx(3.0, abs=0.1)
    assert np.isnan(half_sample_mode(np.array([np.nan])))
