"""Take-off and landing are found where they are, and what is no jump is none."""

from collections.abc import Callable

import numpy as np
import pytest

from motion.body.landmarks import Floats
from motion.jumping.flight import Heights, jumps
from tests.kit.motion.jumper import CONTACT, HIP, PIXELS, STATURE, curve, heights, jump

RATES = [30.0, 60.0, 120.0, 240.0]


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("height", [0.08, 0.2, 0.35, 0.55])
def test_take_off_and_landing_are_within_one_frame(rate: float, height: float) -> None:
    jumped = jump(rate, height)
    (found,) = jumps(jumped.heights)
    assert found.take_off == pytest.approx(jumped.take_off, abs=1 / rate)
    assert found.landing == pytest.approx(jumped.landing, abs=1 / rate)


@pytest.mark.parametrize("rate", RATES)
def test_noise_of_a_centimetre_moves_the_edges_by_less_than_a_frame_or_15_ms(rate: float) -> None:
    for seed in range(5):
        jumped = jump(rate, noise=0.01, seed=seed)
        (found,) = jumps(jumped.heights)
        assert found.take_off == pytest.approx(jumped.take_off, abs=max(0.015, 1 / rate))
        assert found.landing == pytest.approx(jumped.landing, abs=max(0.015, 1 / rate))


@pytest.mark.parametrize("rate", RATES)
def test_a_drop_jump_knows_when_the_feet_came_down(rate: float) -> None:
    jumped = jump(rate, box=0.3)
    (found,) = jumps(jumped.heights)
    assert found.contact == pytest.approx(CONTACT, abs=1 / rate)
    assert found.take_off == pytest.approx(jumped.take_off, abs=1 / rate)


def test_a_countermovement_jump_has_no_contact_before_it() -> None:
    assert np.isnan(jumps(jump(120).heights)[0].contact)


def test_a_landing_nearer_to_the_camera_is_still_found() -> None:
    jumped = jump(120)
    nearer = np.where(jumped.heights.times > jumped.take_off + 0.25, -0.04 * STATURE * PIXELS, 0.0)
    toes = {side: toe + nearer for side, toe in jumped.heights.toes.items()}
    there = Heights(jumped.heights.times, jumped.heights.hip, jumped.heights.shoulder, toes, jumped.heights.stature)
    (found,) = jumps(there)
    assert found.take_off == pytest.approx(jumped.take_off, abs=1 / 120)


def test_one_hidden_foot_leaves_the_other_to_tell() -> None:
    jumped = jump(120)
    toes = {**jumped.heights.toes, "right": np.full(jumped.heights.times.size, np.nan)}
    there = Heights(jumped.heights.times, jumped.heights.hip, jumped.heights.shoulder, toes, jumped.heights.stature)
    assert jumps(there)[0].landing == pytest.approx(jumped.landing, abs=1 / 120)


def test_a_flight_that_the_film_cuts_off_is_no_jump() -> None:
    whole = jump(120).heights
    cut = whole.times < 2.3
    toes = {side: toe[cut] for side, toe in whole.toes.items()}
    assert not jumps(Heights(whole.times[cut], whole.hip[cut], whole.shoulder[cut], toes, whole.stature))


def seconds() -> Floats:
    return np.arange(480) / 120


def jitter(seed: int) -> Floats:
    """What a resting toe's height does in a film: 4 mm."""
    return np.random.default_rng(seed).normal(0, 0.004, 480)


def squat() -> Heights:
    hip = HIP - 0.25 * (1 - np.cos(2 * np.pi * seconds() / 2))
    return heights(seconds(), hip, jitter(0), jitter(1))


def heel_raise() -> Heights:
    up = (1 - np.cos(2 * np.pi * seconds())) / 2
    return heights(seconds(), HIP + 0.08 * up, 0.03 * up + jitter(0), 0.03 * up + jitter(1))


def sit_to_stand() -> Heights:
    hip = curve(seconds(), [(0.5, 0.5, 0), (1.5, HIP, 0), (2.0, HIP, 0), (3.0, 0.5, 0)])
    return heights(seconds(), hip, jitter(0), jitter(1))


def feet_lifted_while_sitting() -> Heights:
    lifted = 0.15 * np.exp(-(((seconds() - 2) / 0.2) ** 2))
    return heights(seconds(), 0.5 + 0.02 * lifted, lifted, lifted)


def walk(step: float = 0.55, lift: float = 0.08, sway: float = 0.03, overlap: float = 0.1) -> Heights:
    phase = seconds() / step
    left, right = (np.clip(np.sin(np.pi * (phase + shift)) - overlap, 0, None) * lift for shift in (0, 1))
    return heights(seconds(), HIP + sway * np.cos(2 * np.pi * phase), left, right)


def run() -> Heights:
    return walk(step=0.35, lift=0.3, sway=0.04, overlap=-0.3)


def upside_down() -> Heights:
    up = jump(120).heights
    toes = {side: -toe for side, toe in up.toes.items()}
    return Heights(up.times, -up.hip, -up.shoulder, toes, up.stature)


@pytest.mark.parametrize(
    "movement", [squat, heel_raise, sit_to_stand, feet_lifted_while_sitting, walk, run, upside_down]
)
def test_what_is_no_jump_is_not_called_one(movement: Callable[[], Heights]) -> None:
    assert jumps(movement()) == []
