"""The side away from the camera is guessed behind the near one: nothing is said as surely of it, in any activity."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motion.analysis import Analysis, analyse
from motion.body.confidence import FAR_SIDE
from motion.documents import metrics_table
from motion.metric import Metric
from motion.request import Activity, Exercise, Language, MeasurementSystem, Request
from motion.synthetic import (
    Movement,
    Side,
    countermovement_jump,
    drop_jump,
    in_turn,
    joint_mobility,
    run,
    snatch,
    squat,
    walk,
)
from motion.texts import comments
from motion.texts.rules import CLEAR_DEGREES, SURE
from tests.kit.motion.filmed import COUNTERMOVEMENT, DROP, RANGES, RUNNING, SQUAT, film
from tests.kit.motion.texts import Session, session
from tests.kit.motion.texts import squat as squatted

METRIC = MeasurementSystem.METRIC
SNATCH = Request(activity=Activity.WEIGHTLIFTING, exercise=Exercise.SNATCH, height_cm=175.0)


@dataclass(frozen=True)
class Take:
    movement: Callable[[], Movement]
    request: Request
    rate: float
    sided: bool = True


TAKES = {
    "squat": Take(squat, SQUAT, 30),
    "joint mobility": Take(joint_mobility, RANGES, 30),
    "run": Take(run, RUNNING, 120),
    "walk": Take(walk, RUNNING, 60),
    "jump": Take(countermovement_jump, COUNTERMOVEMENT, 60, sided=False),
    "drop jump": Take(drop_jump, DROP, 60, sided=False),
    "snatch": Take(snatch, SNATCH, 60, sided=False),
}


@pytest.mark.parametrize(("facing", "far"), [(Side.LEFT, "right"), (Side.RIGHT, "left")])
@pytest.mark.parametrize("what", TAKES)
def test_from_the_side_nothing_of_the_far_side_and_no_difference_is_sure(what: str, facing: Side, far: str) -> None:
    take = TAKES[what]
    found = analyse(film(take.movement(), take.rate, facing), take.request)
    doubtful = [one for one in found.findings.metrics if one.side == far or one.name.endswith("symmetry")]
    assert bool(doubtful) is take.sided
    assert all(one.confidence <= FAR_SIDE for one in doubtful)
    table = metrics_table(found)
    name, side, worth = (table.header.index(column) for column in ("metric", "side", "confidence"))
    rows = [row for row in table.rows if row[side] == far or str(row[name]).endswith("symmetry")]
    assert all(float(row[worth] or 0) <= FAR_SIDE for row in rows)
    assert marked(found) == {one.name for one in doubtful if one.value is not None and one.rep is None}


def marked(found: Analysis) -> set[str]:
    kinds = ("far_side", "one_side")
    return {note.partition(":")[2] for note in found.findings.notes if note.partition(":")[0] in kinds}


@pytest.mark.parametrize("what", ["squat", "run"])
def test_the_near_side_is_as_sure_as_before(what: str) -> None:
    take = TAKES[what]
    found = analyse(film(take.movement(), take.rate, Side.LEFT), take.request)
    near = [one for one in found.findings.metrics if one.side == "left" and one.value is not None]
    assert min(one.confidence for one in near) > 0.9


def test_where_both_sides_were_turned_to_the_camera_neither_is_far() -> None:
    found = analyse(film(in_turn(squat(), [Side.LEFT.value, Side.RIGHT.value]), 30), SQUAT)
    assert marked(found) == set()
    difference = found.findings.metric("knee_flexion_asymmetry")
    assert difference is not None
    assert difference.confidence > FAR_SIDE
    assert found.findings.parts["quality_index"]["symmetry"] is not None


def test_a_side_that_was_not_filmed_is_in_no_symmetry_of_an_index() -> None:
    found = analyse(film(squat(), 30, Side.LEFT), SQUAT)
    assert found.findings.metric("knee_flexion_asymmetry") is not None
    assert found.findings.parts["quality_index"]["symmetry"] is None


def compared(apart: float, error: float, far: str | None) -> Session:
    """A squat whose left knee bends to 130 degrees and whose right one bends so much less."""
    notes = () if far is None else (f"far_side:{far}_knee_flexion", "one_side:knee_flexion_asymmetry")
    knees = (
        Metric("left_knee_flexion", 130.0, "degrees", 0.9, 5.0, side="left"),
        Metric("right_knee_flexion", 130.0 - apart, "degrees", 0.9, 5.0, side="right"),
        Metric("knee_flexion_asymmetry", apart, "degrees", 0.6, error),
    )
    others = (one for one in squatted().findings.metrics if "knee_flexion" not in one.name)
    return session(SQUAT, *knees, *others, notes=notes)


CLEARLY = {
    Language.EN: "differ clearly",
    Language.DE: "deutlich, um",
    Language.ES: "difieren claramente",
    Language.FR: "diffèrent nettement",
    Language.IT: "differiscono chiaramente",
    Language.RO: "diferă clar",
}


@given(
    apart=st.floats(0, 60).map(lambda one: round(one, 1)),
    error=st.floats(0, 20),
    far=st.sampled_from((None, "left", "right")),
    language=st.sampled_from(Language),
)
def test_clear_is_only_what_exceeds_twice_its_uncertainty_and_was_filmed_on_both_sides(
    apart: float, error: float, far: str | None, language: Language
) -> None:
    said = comments(compared(apart, error, far), language, METRIC)["knee_flexion"].text
    sure = far is None and apart >= CLEAR_DEGREES and apart > SURE * error
    assert (CLEARLY[language] in said) is sure


def test_what_film_would_tell_is_said_where_a_difference_is_not_clear() -> None:
    said = comments(compared(12.0, 8.5, None), Language.EN, METRIC)["knee_flexion"].text
    assert "clear is only what exceeds 17.0°. Film again on another day, at least five repetitions" in said
    said = comments(compared(12.0, 1.0, "right"), Language.EN, METRIC)["knee_flexion"].text
    assert "this film cannot tell (12.0° between the two values): turn round and film the right side as well" in said


def test_the_near_side_decides_what_to_practise() -> None:
    assert "That is full depth" in comments(compared(40.0, 8.5, "right"), Language.EN, METRIC)["knee_flexion"].text
    assert "partial squat" in comments(compared(40.0, 8.5, None), Language.EN, METRIC)["knee_flexion"].text


@pytest.mark.parametrize("language", Language)
def test_a_run_whose_steps_differ_is_to_be_filmed_from_the_other_side_too(language: Language) -> None:
    uneven = session(RUNNING, Metric("step_time_symmetry", 25.0, "%", 0.6, 2.0), notes=["one_side:step_time_symmetry"])
    even = session(RUNNING, Metric("step_time_symmetry", 1.0, "%", 0.6, 2.0), notes=["one_side:step_time_symmetry"])
    said, other = (comments(one, language, METRIC)["step_time_symmetry"].text for one in (uneven, even))
    assert "3 × 8" in said
    assert "3 × 8" not in other
    if language is Language.EN:
        assert "this film alone does not tell. Next: film the same pace from the other side too" in said
