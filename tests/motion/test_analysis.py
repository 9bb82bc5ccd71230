"""From landmarks to findings: what is refused, which activity answers, what an analysis says of itself."""

import numpy as np
import pytest

from motion.analysis import Analysis, analyse
from motion.body.landmarks import Landmarks
from motion.body.segment import View
from motion.body.sides import mirrored
from motion.faults import NotAnalysable, Unfit
from motion.metric import Reason
from motion.request import Activity, Exercise, Request
from motion.synthetic.camera import Camera, Flaws, Side, project
from motion.synthetic.curves import Clock
from motion.synthetic.gait import run
from motion.synthetic.movement import in_turn
from motion.synthetic.squatting import Squat, squat
from tests.kit.motion.poses import still

MOVEMENT = squat(how=Squat(repetitions=1))
SQUAT = Request(activity=Activity.MOBILITY, exercise=Exercise.OVERHEAD_SQUAT)

KNOWN_BY = {
    SQUAT: "left_knee_flexion",
    Request(activity=Activity.MOBILITY, exercise=Exercise.JOINT_ANGLE_MOBILITY): "left_knee_max",
    Request(activity=Activity.RUNNING): "cadence",
    Request(activity=Activity.JUMPING, exercise=Exercise.DROP_JUMP): "jump_height",
    Request(activity=Activity.WEIGHTLIFTING, exercise=Exercise.CLEAN): "peak_velocity",
}


def film(rate: float = 30.0, flaws: Flaws | None = None, side: Side = Side.RIGHT) -> Landmarks:
    """One squat."""
    return project(MOVEMENT, Camera(side=side), Clock(rate), flaws or Flaws())


def first(landmarks: Landmarks, frames: int) -> Landmarks:
    """The film's beginning."""
    times, points, visibility = landmarks.times, landmarks.points, landmarks.visibility
    return Landmarks(times[:frames], points[:frames], visibility[:frames], landmarks.width, landmarks.height)


def refusal(landmarks: Landmarks) -> Unfit:
    """Why the landmarks are refused."""
    with pytest.raises(NotAnalysable) as caught:
        analyse(landmarks, SQUAT)
    return caught.value.reason


@pytest.mark.parametrize("frames", [0, 1, 2, 29])
def test_less_than_a_second_is_too_short(frames: int) -> None:
    assert refusal(first(film(), frames)) is Unfit.TOO_SHORT


def test_a_second_is_enough() -> None:
    assert analyse(first(film(), 30), SQUAT).view is View.SAGITTAL


def test_fourteen_frames_a_second_are_too_few_and_fifteen_are_not() -> None:
    assert refusal(film(rate=14)) is Unfit.FRAME_RATE
    assert analyse(film(rate=15), SQUAT).findings.repetitions == 1


def test_a_film_with_nobody_in_it_is_refused() -> None:
    assert refusal(still(np.full((33, 2), np.nan))) is Unfit.NO_PERSON


def test_a_person_who_only_passes_by_is_nobody() -> None:
    assert refusal(film(flaws=Flaws(lost=[(0.5, 9)]))) is Unfit.NO_PERSON


@pytest.mark.parametrize("asked", KNOWN_BY, ids=lambda asked: asked.exercise or asked.activity)
def test_the_activity_that_is_asked_for_answers(asked: Request) -> None:
    assert analyse(film(), asked).findings.metric(KNOWN_BY[asked]) is not None


@pytest.mark.parametrize("asked", KNOWN_BY, ids=lambda asked: asked.exercise or asked.activity)
@pytest.mark.parametrize("side", Side)
def test_any_activity_can_be_asked_of_any_film(asked: Request, side: Side) -> None:
    for landmarks in (film(side=side), film(flaws=Flaws(noise=30, lost=[(0.2, 1.0)], seed=3), side=side)):
        found = analyse(landmarks, asked)
        assert all(0 <= metric.confidence <= 1 for metric in found.findings.metrics)
        assert not any(metric.value != metric.value for metric in found.findings.metrics), "NaN is no value"


def test_hidden_legs_leave_an_analysis_with_reasons() -> None:
    found = analyse(film(flaws=Flaws(hidden=range(23, 33))), SQUAT)
    assert found.findings.repetitions == 0
    assert all(metric.reason for metric in found.findings.metrics)


def test_the_view_is_that_of_the_longest_segment() -> None:
    twice = project(in_turn(MOVEMENT, [-90, -90, 0]), clock=Clock(30))
    assert analyse(twice, SQUAT).view is View.FRONTAL


def test_without_a_segment_there_is_no_view() -> None:
    assert analyse(film(flaws=Flaws(hidden=range(11, 33))), SQUAT).view is None


def test_reasons_are_given_for_what_is_missing_and_for_nothing_else() -> None:
    found = analyse(film(), SQUAT)
    assert found.reasons["left_knee_inward"] is Reason.WRONG_VIEW
    assert "left_knee_flexion" not in found.reasons


def test_drawing_on_a_mirrored_film_goes_where_the_person_is_seen() -> None:
    plain = analyse(film(), SQUAT)
    seen = analyse(mirrored(film()), SQUAT.model_copy(update={"mirrored": True}))
    assert_drawn_at(plain, 0.0, 1.0)
    assert_drawn_at(seen, film().width, -1.0)


def assert_drawn_at(found: Analysis, origin: float, direction: float) -> None:
    """The points are drawn at `origin` and from there in `direction`, against those that are measured."""
    drawn, measured = found.drawn.points, found.body.filtered.points
    np.testing.assert_allclose(drawn[..., 0], origin + direction * measured[..., 0])
    np.testing.assert_array_equal(drawn[..., 1], measured[..., 1])


def test_a_runner_is_analysed_as_filmed() -> None:
    found = analyse(project(run(), clock=Clock(60)), Request(activity=Activity.RUNNING))
    assert found.view is View.SAGITTAL
    assert found.findings.repetitions > 0
