"""Contacts are found where feet come to rest and leave, and walking is told from running."""

from collections.abc import Sequence

import numpy as np
import pytest

from motion.body.profile import SIDES, Path, Profile
from motion.running.gait import Contact, against_the_hips, gait, is_walking, standing_share
from tests.kit.motion.strider import Strider

RUNNER, SPRINTER = Strider(), Strider(stride=0.62, duty=0.25, speed=5.0)
WALKER = Strider(stride=1.1, duty=0.62, speed=1.3)
DURATION = 3.0


def frames_off(contacts: Sequence[Contact], how: Strider, rate: float) -> list[float]:
    """How far, in frames, each edge lies from the nearest true one."""
    off = []
    for contact in contacts:
        first = how.starts(contact.side, DURATION)[0]
        starts = np.arange(first - how.stride, DURATION + how.stride, how.stride)
        ends = starts + how.duty * how.stride
        off += [min(abs(starts - contact.start)), min(abs(ends - contact.end))]
    return [rate * seconds for seconds in off if not np.isnan(seconds)]


@pytest.mark.parametrize("rate", [60.0, 120.0, 240.0])
@pytest.mark.parametrize("how", [RUNNER, SPRINTER, WALKER], ids=["runner", "sprinter", "walker"])
def test_contacts_are_found_within_a_frame(how: Strider, rate: float) -> None:
    found = gait(how.profile(rate, DURATION))
    assert len(found.contacts) >= 5
    assert max(frames_off(found.contacts, how, rate)) < 1


@pytest.mark.parametrize("how", [RUNNER, SPRINTER, WALKER], ids=["runner", "sprinter", "walker"])
def test_noise_of_half_a_centimetre_moves_contacts_by_less_than_25_ms(how: Strider) -> None:
    for seed in range(3):
        found = gait(how.profile(120.0, DURATION, noise=0.005, seed=seed))
        assert max(frames_off(found.contacts, how, 120.0)) / 120 < 0.025


def test_noise_is_stated_as_an_error_of_the_contacts() -> None:
    assert gait(RUNNER.profile(120.0)).error < 0.001
    assert gait(RUNNER.profile(120.0, noise=0.005)).error > 0.001


def test_walking_is_told_from_running() -> None:
    assert gait(WALKER.profile(60.0)).walking
    assert not gait(RUNNER.profile(60.0)).walking
    assert not gait(Strider(duty=0.45, speed=2.2).profile(60.0)).walking


def test_walking_is_recognised_though_heights_are_too_noisy_for_a_floor() -> None:
    clean = WALKER.profile(60.0)
    random = np.random.default_rng(0)
    toes = {side: Path(clean.toes[side].x, clean.toes[side].y + random.normal(0, 12, 180)) for side in SIDES}
    noisy = Profile(clean.times, clean.stature, toes, clean.heels, clean.hip)
    assert gait(noisy).walking
    assert len(gait(noisy).contacts) >= 5


def test_a_film_that_moves_along_with_a_walker_still_shows_the_contacts() -> None:
    contacts = against_the_hips(WALKER.profile(120.0))
    starts = [contact.start for contact in contacts if contact.side == "left" and not np.isnan(contact.start)]
    assert np.diff(starts) == pytest.approx([WALKER.stride] * (len(starts) - 1), abs=0.01)
    assert standing_share(contacts) > 0.6


def test_a_person_who_stands_has_no_contacts() -> None:
    still = {side: Path(np.full(120, 0.0), np.full(120, 0.0)) for side in SIDES}
    profile = Profile(np.arange(120) / 60, 500.0, still, still, Path(np.zeros(120), np.full(120, 250.0)))
    assert gait(profile).contacts == ()
    assert not gait(profile).walking


def test_no_contacts_are_no_walk() -> None:
    assert not is_walking([])
    assert np.isnan(standing_share([]))
