from dataclasses import replace
from itertools import pairwise

import pytest

from motion.body.body_of import body
from motion.body.landmarks import Point
from motion.body.sides import mirrored
from motion.findings import Findings
from motion.metric import Metric, Reason
from motion.request import Activity, Exercise, Request
from motion.squat.overhead_squat import findings
from motion.synthetic.camera import Flaws, project
from motion.synthetic.curves import Clock
from motion.synthetic.movement import in_turn
from motion.synthetic.squatting import Squat, squat
from tests.kit.motion.squatters import (
    AT_AN_ANGLE,
    AT_THE_BOTTOM,
    FROM_FRONT,
    FROM_LEFT,
    FROM_RIGHT,
    FROM_THE_FRONT,
    Scene,
    body_of,
)

SQUAT = Request(activity=Activity.MOBILITY, exercise=Exercise.OVERHEAD_SQUAT)
RIGHT_LEG = frozenset({Point.RIGHT_HIP, Point.RIGHT_KNEE, Point.RIGHT_ANKLE})
LEFT_LEG = frozenset({Point.LEFT_HIP, Point.LEFT_KNEE, Point.LEFT_ANKLE})
JOINTS = {"hip_flexion": "hip_angle", "knee_flexion": "knee_angle", "ankle_flexion": "ankle_angle"}


def of(*scenes: Scene) -> Findings:
    return findings(body_of(*scenes), SQUAT)


def metric(found: Findings, name: str) -> Metric:
    one = found.metric(name)
    assert one is not None, name
    return one


@pytest.fixture(scope="module")
def all_round() -> Findings:
    return of(replace(FROM_LEFT, hidden=RIGHT_LEG), FROM_FRONT, replace(FROM_RIGHT, hidden=LEFT_LEG))


def test_squats_count_in_every_view(all_round: Findings) -> None:
    assert all_round.repetitions == 9
    assert of(AT_AN_ANGLE).repetitions == 3


@pytest.mark.parametrize("side", ["left", "right"])
def test_each_side_comes_from_the_segment_in_which_it_is_near(all_round: Findings, side: str) -> None:
    for name, series in JOINTS.items():
        one = metric(all_round, f"{side}_{name}")
        # The median of five frames around the lowest is that of the second highest.
        assert one.value == pytest.approx(AT_THE_BOTTOM[f"{side}_{series}"], abs=0.4)
        assert (one.unit, one.side, one.confidence) == ("degrees", side, 1.0)
    repetitions = [one.rep for one in all_round.metrics if one.name == f"{side}_knee_flexion" and one.rep]
    assert repetitions == ([1, 2, 3] if side == "left" else [7, 8, 9])
    assert all_round.notes == ()


@pytest.mark.parametrize("name", sorted(FROM_THE_FRONT))
def test_abduction_and_inward_angle_are_read_at_half_the_drop(all_round: Findings, name: str) -> None:
    assert metric(all_round, name).value == pytest.approx(FROM_THE_FRONT[name] / 2, abs=0.4)


def test_the_knee_ratio_is_the_smallest_of_a_repetition(all_round: Findings) -> None:
    assert metric(all_round, "knee_ratio").value == pytest.approx(0.7)


def test_asymmetry_is_the_difference_of_the_reported_values(all_round: Findings) -> None:
    for name in (*JOINTS, "hip_abduction", "knee_inward"):
        left, right = (round(metric(all_round, f"{side}_{name}").value or 0, 1) for side in ("left", "right"))
        assert metric(all_round, f"{name}_asymmetry").value == pytest.approx(abs(left - right))


def test_the_indices_come_with_their_parts(all_round: Findings) -> None:
    parts = all_round.parts["mobility_index"]
    assert parts["knee_flexion"] == pytest.approx(109 / 120, abs=0.01)
    assert metric(all_round, "mobility_index").value == pytest.approx(
        25 * sum(part for part in parts.values() if part is not None)
    )
    quality = all_round.parts["quality_index"]
    assert quality["repeatability"] == pytest.approx(1, abs=0.01)
    assert quality["alignment"] == pytest.approx(1 / 3, abs=0.01)
    assert quality["trunk"] == 1
    assert metric(all_round, "quality_index").value is not None


def test_a_view_from_the_front_shows_no_flexion_and_none_of_the_side_no_abduction() -> None:
    front, side = of(FROM_FRONT), of(FROM_LEFT)
    for name in ("left_knee_flexion", "right_hip_flexion", "left_ankle_flexion", "depth", "mobility_index"):
        assert metric(front, name).reason is Reason.WRONG_VIEW
    for name in ("left_hip_abduction", "right_knee_inward", "knee_ratio", "hip_abduction_asymmetry"):
        assert metric(side, name).reason is Reason.WRONG_VIEW


def test_what_is_seen_at_an_angle_is_worth_half_and_is_in_no_index() -> None:
    found = of(AT_AN_ANGLE)
    assert metric(found, "left_knee_flexion").confidence == 0.5
    assert "oblique:left_knee_flexion" in found.notes
    assert metric(found, "mobility_index").reason is Reason.WRONG_VIEW
    assert metric(found, "quality_index").reason is Reason.WRONG_VIEW
    assert set(found.parts["quality_index"].values()) == {None}


def test_a_view_from_the_side_is_preferred_to_one_at_an_angle() -> None:
    found = of(
        replace(AT_AN_ANGLE, drops=(0.5,) * 4, bottom={"left_knee_angle": 60.0}), replace(FROM_LEFT, drops=(0.5,))
    )
    assert metric(found, "left_knee_flexion").value == pytest.approx(110, abs=0.4)


def test_the_far_side_is_marked_and_in_the_index_only_for_want_of_a_near_one() -> None:
    found = of(FROM_LEFT)
    knees = {note for note in found.notes if "knee" in note}
    assert knees == {"far_side:right_knee_flexion", "one_side:knee_flexion_asymmetry"}
    assert found.parts["mobility_index"]["knee_flexion"] == pytest.approx(110 / 120, abs=0.01)


@pytest.mark.parametrize(("hidden", "reason"), [(RIGHT_LEG, Reason.NOT_VISIBLE), (frozenset(), None)])
def test_a_hidden_side_has_no_value(hidden: frozenset[int], reason: Reason | None) -> None:
    found = of(replace(FROM_LEFT, hidden=hidden))
    for name in ("right_knee_flexion", "knee_flexion_asymmetry"):
        assert metric(found, name).reason is reason
    assert metric(found, "left_knee_flexion").value is not None
    assert metric(found, "mobility_index").value is not None


def test_without_a_standing_baseline_there_is_no_dorsiflexion() -> None:
    seen = body_of(FROM_LEFT)
    missing = {name: series * float("nan") for name, series in seen.angles.items() if "ankle" in name}
    found = findings(replace(seen, angles={**seen.angles, **missing}), SQUAT)
    assert metric(found, "left_ankle_flexion").reason is Reason.NO_BASELINE
    assert metric(found, "mobility_index").reason is Reason.NO_BASELINE


def test_somebody_who_only_stands_has_no_squat_and_no_value() -> None:
    found = of(replace(FROM_LEFT, drops=(0.0, 0.0)))
    assert (found.repetitions, found.phases) == (0, ())
    assert {one.reason for one in found.metrics} == {Reason.TOO_FEW}


def test_the_phases_of_a_repetition_follow_each_other_and_the_bottom_shows_the_lowest_frame() -> None:
    phases = of(replace(FROM_LEFT, drops=(0.5, 0.4))).phases
    assert [(phase.name, phase.rep) for phase in phases] == [
        (name, rep) for rep in (1, 2) for name in ("start", "descent", "bottom", "ascent")
    ]
    assert all(before.end <= after.start for before, after in pairwise(phases))
    assert all(phase.start <= phase.picture <= phase.end for phase in phases)
    assert [phase.picture for phase in phases if phase.name == "bottom"] == pytest.approx([2, 5])


def test_the_value_of_a_session_is_the_median_of_its_repetitions() -> None:
    found = of(replace(FROM_LEFT, drops=(0.5, 0.25, 0.4)))
    single = [one.value for one in found.metrics if one.name == "left_knee_flexion" and one.rep]
    assert single == pytest.approx([110, 55, 88], abs=0.5)
    assert metric(found, "left_knee_flexion").value == single[2]


@pytest.mark.parametrize(("drop", "depth"), [(0.4, -0.6), (0.5, 0.0), (0.6, 0.6)])
def test_depth_is_how_far_the_hip_is_below_the_knee_in_thighs(drop: float, depth: float) -> None:
    assert metric(of(replace(FROM_LEFT, drops=(drop,))), "depth").value == pytest.approx(depth, abs=0.02)


@pytest.mark.parametrize(("risen", "notes"), [(0.0, set()), (20.0, {"heel_risen:right_ankle_flexion"})])
def test_dorsiflexion_with_the_heel_up_is_marked(risen: float, notes: set[str]) -> None:
    film = project(squat(None, Squat(repetitions=2)), clock=Clock(30), flaws=Flaws(far_side_hidden=True))
    points = film.points.copy()
    points[:, Point.RIGHT_HEEL, 1] -= risen * Squat(repetitions=2).depth(film.times)
    found = findings(body(film.with_points(points), SQUAT), SQUAT)
    assert set(found.notes) == notes


def test_mirroring_a_film_swaps_the_sides_and_nothing_else() -> None:
    uneven = squat(None, Squat(knee=(118, 112), shank=(33, 30), repetitions=2))
    film = project(in_turn(uneven, (0, -90, 180)), clock=Clock(30), flaws=Flaws(noise=1.0, far_side_hidden=True))
    one, other = (findings(body(seen, SQUAT), SQUAT) for seen in (film, mirrored(film)))
    swapped = {_swapped(metric.name): metric.value for metric in other.metrics if metric.rep is None}
    assert {metric.name: metric.value for metric in one.metrics if metric.rep is None} == pytest.approx(swapped)
    assert one.phases == other.phases


def _swapped(name: str) -> str:
    side, _, rest = name.partition("_")
    return {"left": f"right_{rest}", "right": f"left_{rest}"}.get(side, name)
