"""A rendered film in which somebody walks by in front of a person who squats, seen by the real model."""

import numpy as np
import pytest

from jobs.video.film import Picture
from jobs.video.look import look
from jobs.video.pose import Tracker
from jobs.video.synthetic import SHIRT, Stage
from motion.analysis import analyse
from motion.body.landmarks import Landmarks
from motion.body.people import RECOLOURED, one_person
from motion.synthetic import squat
from tests.kit.motion.crossing import filmed, passer_by
from tests.kit.motion.filmed import SQUAT

BEGINS = 30
"""The frame in which the passer-by comes in."""

RED, NEARER = (170, 50, 50), 420.0
"""The passer-by's shirt, and pixels of a metre there."""


def in_front(behind: Picture, before: Picture, empty: Picture) -> Picture:
    """One picture with the person of another in front, in a red shirt."""
    there = (before != empty).any(axis=2, keepdims=True)
    shirt = (before == SHIRT).all(axis=2, keepdims=True)
    return np.where(there, np.where(shirt, np.array(RED, np.uint8), before), behind)


def pictures(one: Landmarks, other: Landmarks) -> list[Picture]:
    behind = Stage(one)
    found = [behind.picture(index) for index in range(one.times.size)]
    gone = other.points.copy()
    gone[0] = np.nan
    empty, stage = Stage(other.with_points(gone)).picture(0), Stage(other)
    for index in range(other.times.size):
        found[BEGINS + index] = in_front(found[BEGINS + index], stage.picture(index), empty)
    return found


@pytest.fixture(scope="module")
def crossed() -> Landmarks:
    """What the model sees of them."""
    one, other = filmed(squat()), passer_by(metre=NEARER)
    rows, looks = [], []
    with Tracker() as tracker:
        for picture in pictures(one, other):
            rows.append(tracker.see(np.ascontiguousarray(picture)))
            looks.append(look(picture, rows[-1][:, :2]))
    table = np.array(rows)
    return Landmarks(
        one.times, table[..., :2], table[..., 2], one.width, one.height, world=table[..., 3:], look=np.array(looks)
    )


def test_the_model_goes_over_to_who_walks_by_and_that_is_left_out(crossed: Landmarks) -> None:
    _, others = one_person(crossed)
    assert crossed.look is not None
    seen = others & crossed.found
    red = crossed.look[seen, 0] > np.median(crossed.look[:BEGINS, 0]) + RECOLOURED
    assert red.mean() > 0.5
    first, *_, last = np.flatnonzero(others)
    assert first >= BEGINS
    assert last < BEGINS + passer_by(metre=NEARER).times.size


def test_the_repetitions_are_those_of_who_is_followed(crossed: Landmarks, monkeypatch: pytest.MonkeyPatch) -> None:
    found, truth = analyse(crossed, SQUAT), analyse(filmed(squat()), SQUAT)
    assert found.findings.repetitions == truth.findings.repetitions
    assert "another_person" in found.findings.notes
    monkeypatch.setattr("motion.body.body_of.one_person", lambda film: (film, np.zeros(film.times.size, bool)))
    assert analyse(crossed, SQUAT).findings.repetitions > truth.findings.repetitions
