"""Where points go over to another person one is followed, and nobody is in the rest; alone, nothing is touched."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motion.analysis import analyse
from motion.body.landmarks import Flags, Landmarks
from motion.body.people import one_person
from motion.documents import session
from motion.documents.keypoints import keypoints
from motion.metric import Reason
from motion.request import Language, MeasurementSystem, Request
from motion.synthetic import (
    Camera,
    Clock,
    Flaws,
    Gait,
    Movement,
    Side,
    clean_and_jerk,
    countermovement_jump,
    drop_jump,
    heel_raise,
    in_turn,
    joint_mobility,
    project,
    run,
    sit_to_stand,
    snatch,
    squat,
    stand,
    walk,
)
from motion.texts import comments
from tests.kit.motion.crossing import BLUE, RATE, RED, filmed, gone_over, passer_by
from tests.kit.motion.documents import INFO
from tests.kit.motion.filmed import COUNTERMOVEMENT, RUNNING, SQUAT

STANDING, SQUATTING = 2.0, 3.3
"""Seconds of `squat`: between its first two repetitions, and on the way down in its second."""

NEAR = 570.0
"""Pixels of a metre half as far from the camera again."""


def by_colours(at: float = STANDING) -> tuple[Landmarks, Flags]:
    """Two of one size who meet in one place."""
    return gone_over(filmed(squat(), RED), passer_by(BLUE), at)


def by_size(at: float = STANDING) -> tuple[Landmarks, Flags]:
    """One who is nearer to the camera."""
    return gone_over(filmed(squat()), passer_by(metre=NEAR), at)


def by_place(at: float = STANDING) -> tuple[Landmarks, Flags]:
    """One who is a metre and a half away when the model goes over."""
    return gone_over(filmed(squat()), passer_by(), at, beside=300.0)


CROSSINGS = {"colours": by_colours, "size": by_size, "place": by_place}


@pytest.mark.parametrize("told_by", CROSSINGS)
@pytest.mark.parametrize("at", [STANDING, SQUATTING])
def test_frames_of_another_person_are_found_to_the_frame(told_by: str, at: float) -> None:
    film, theirs = CROSSINGS[told_by](at)
    alone, others = one_person(film)
    assert np.flatnonzero(others).tolist() == np.flatnonzero(theirs).tolist()
    assert not alone.found[others].any()
    assert (alone.visibility[others] == 0).all()
    assert np.array_equal(alone.points[~others], film.points[~others])


@pytest.mark.parametrize("told_by", CROSSINGS)
def test_who_passes_by_changes_no_count_and_no_value(told_by: str) -> None:
    film, _ = CROSSINGS[told_by]()
    found, truth = analyse(film, SQUAT), analyse(filmed(squat()), SQUAT)
    assert found.findings.repetitions == truth.findings.repetitions == 3
    for metric in truth.findings.metrics:
        if metric.rep is None and metric.value is not None and metric.side:
            measured = found.findings.metric(metric.name)
            assert measured is not None
            assert measured.value == pytest.approx(metric.value, abs=1.0), metric.name


@pytest.mark.parametrize("told_by", CROSSINGS)
@pytest.mark.parametrize("asked", [SQUAT, COUNTERMOVEMENT, RUNNING], ids=lambda one: str(one.activity))
def test_nothing_that_a_passer_by_does_is_counted(told_by: str, asked: Request) -> None:
    other = {"colours": passer_by(BLUE), "size": passer_by(metre=NEAR), "place": passer_by()}[told_by]
    beside = 300.0 if told_by == "place" else 0.0
    film, _ = gone_over(filmed(stand(duration=6.0), RED), other, STANDING, beside)
    found = analyse(film, asked)
    assert found.findings.repetitions == 0
    assert not found.findings.phases
    assert Reason.ANOTHER_PERSON in found.reasons.values()


def test_the_longest_stretch_counts_whoever_is_in_it() -> None:
    film, theirs = gone_over(filmed(stand(duration=2.5), RED), passer_by(BLUE), 0.8)
    _, others = one_person(film)
    assert others.tolist() == (~theirs).tolist()


def test_who_comes_back_to_the_same_place_is_followed_further() -> None:
    film, _ = by_place()
    _, others = one_person(film)
    assert not others[-60:].any()


def test_a_slip_of_the_model_is_no_person() -> None:
    film = filmed(squat())
    film.points[60:64] += 700.0
    assert one_person(film)[0] is film


MOVEMENTS: dict[str, Callable[[], Movement]] = {
    "squat": squat,
    "turning": lambda: in_turn(squat(), (-90.0, 180.0, 0.0)),
    "jump": countermovement_jump,
    "drop jump": drop_jump,
    "snatch": snatch,
    "clean and jerk": clean_and_jerk,
    "run": run,
    "run past the camera": lambda: run(how=Gait(over_ground=True)),
    "walk": walk,
    "joint mobility": joint_mobility,
    "heel raise": heel_raise,
    "sit to stand": sit_to_stand,
}


@pytest.mark.parametrize("what", MOVEMENTS)
@settings(max_examples=20, deadline=None)
@given(
    rate=st.sampled_from((15.0, 30.0, 60.0, 120.0)),
    side=st.sampled_from(Side),
    noise=st.floats(0, 3),
    dropped=st.floats(0, 0.2),
    lost=st.sampled_from(((), ((0.5, 0.9),), ((0.4, 1.4),))),
    seed=st.integers(0, 1000),
)
def test_a_film_of_one_person_is_not_touched(
    what: str, rate: float, side: Side, noise: float, dropped: float, lost: tuple[tuple[float, float], ...], seed: int
) -> None:
    flaws = Flaws(noise=noise, dropped=dropped, lost=lost, seed=seed)
    film = project(MOVEMENTS[what](), Camera(side), Clock(rate, 0.2), flaws)
    alone, others = one_person(film)
    assert alone is film
    assert not others.any()


def test_the_session_says_what_was_left_out_and_why() -> None:
    film, theirs = by_colours()
    found = analyse(film, SQUAT)
    document = session(found, INFO)
    first, *_, last = np.flatnonzero(theirs)
    start, end = (round(1000 * at / RATE, 3) for at in (first, last))
    assert document["quality"]["left_out"] == [{"start_ms": start, "end_ms": end, "reason": "another_person"}]
    assert "another_person" in document["quality"]["notes"]
    points = keypoints(found)
    assert points["lknex"][first] is None
    assert points["lknev"][first] == 0
    assert points["lknex"][first - 1] is not None


def test_a_film_of_one_person_leaves_nothing_out() -> None:
    quality = session(analyse(filmed(squat()), SQUAT), INFO)["quality"]
    assert quality["left_out"] == []
    assert "another_person" not in quality["notes"]


SAID = {
    Language.EN: "another person; only one person was followed",
    Language.DE: "eine andere Person; nur einer Person wurde gefolgt",
    Language.ES: "otra persona; solo se siguió a una",
    Language.FR: "une autre personne ; une seule a été suivie",
    Language.IT: "un'altra persona; ne è stata seguita una sola",
    Language.RO: "o altă persoană; a fost urmărită una singură",
}


@pytest.mark.parametrize("language", Language)
def test_the_summary_says_that_another_person_was_in_the_film(language: Language) -> None:
    crossed, _ = by_colours()
    for film in (crossed, filmed(squat(), RED)):
        said = comments(analyse(film, SQUAT), language, MeasurementSystem.METRIC)["final_summary"].text
        assert (SAID[language] in said) is (film is crossed)
