"""How well overhead squats and ranges of joints are measured, against synthetic people whose angles are known."""

import numpy as np
import pytest

from motion import ranges
from motion.body.body import Body
from motion.findings import Findings
from motion.squat import overhead_squat
from motion.synthetic import Camera, Clock, Flaws, Movement, Side, Squat, in_turn, joint_mobility, project, squat
from tests.kit.motion.filmed import RANGES, SQUAT, film, frames_off, seen, shown, value, why_null

RATE = 60.0
HOW = Squat(knee=(118.0, 110.0), shank=(33.0, 29.0), shoulder=(168.0, 164.0), knees_out=(4.0, 2.0), repetitions=2)
FROM_THE_SIDE = {
    "knee_flexion": "knee_angle",
    "hip_flexion": "hip_angle",
    "ankle_flexion": "ankle_angle",
    "shoulder_elevation": "shoulder_angle",
}


@pytest.fixture(scope="module")
def movement() -> Movement:
    return squat(how=HOW)


@pytest.fixture(scope="module")
def all_around(movement: Movement) -> tuple[Body, Findings]:
    turning = in_turn(movement, [side.value for side in (Side.FRONT, Side.LEFT, Side.RIGHT)])
    return seen(film(turning, RATE, flaws=Flaws(far_side_hidden=True)), SQUAT, overhead_squat.findings)


def test_one_clip_holds_front_left_and_right(all_around: tuple[Body, Findings]) -> None:
    assert [part.facing for part in all_around[0].segments] == ["front", "left", "right"]
    assert all_around[1].repetitions == 3 * HOW.repetitions


def test_angles_at_the_bottom_are_right_within_half_a_degree(
    movement: Movement, all_around: tuple[Body, Findings]
) -> None:
    true = movement.truth.values
    errors = {
        f"{side}_{name}": value(all_around[1], f"{side}_{name}") - true[f"{side}_{series}"]
        for side in ("left", "right")
        for name, series in FROM_THE_SIDE.items()
    }
    assert shown("squat, angles at the bottom", errors, "degrees") <= 0.5


def test_frontal_angles_at_half_the_drop_are_right_within_half_a_degree(
    movement: Movement, all_around: tuple[Body, Findings]
) -> None:
    names = [f"{side}_{name}" for side in ("left", "right") for name in ("hip_abduction", "knee_inward")]
    errors = {name: value(all_around[1], name) - movement.truth.values[name] for name in names}
    assert shown("squat, angles from the front", errors, "degrees") <= 0.5
    assert value(all_around[1], "knee_ratio") == pytest.approx(movement.truth.values["knee_ratio"], abs=0.02)


def test_asymmetry_is_that_of_the_reported_values(all_around: tuple[Body, Findings]) -> None:
    assert value(all_around[1], "knee_flexion_asymmetry") == pytest.approx(8.0, abs=0.6)


@pytest.mark.parametrize("side", [Side.FRONT, Side.LEFT, Side.OBLIQUE, Side.BACK])
def test_repetitions_are_found_in_every_view_within_a_frame(movement: Movement, side: Side) -> None:
    _, findings = seen(film(movement, 30.0, side), SQUAT, overhead_squat.findings)
    assert findings.repetitions == HOW.repetitions
    events = movement.truth.events
    bottoms = [phase.picture for phase in findings.phases if phase.name == "bottom"]
    starts = [phase.start for phase in findings.phases if phase.name == "descent"]
    ends = [phase.end for phase in findings.phases if phase.name == "ascent"]
    errors = {
        f"{name} {number}": off
        for name, found in (("bottom", bottoms), ("start", starts), ("end", ends))
        for number, off in frames_off(found, events[name], 30.0).items()
    }
    assert shown(f"squat, instants seen from {side.name}", errors, "frames") <= 1


def test_a_front_view_shows_no_flexion(movement: Movement) -> None:
    _, findings = seen(film(movement, 30.0, Side.FRONT), SQUAT, overhead_squat.findings)
    for side in ("left", "right"):
        assert why_null(findings, f"{side}_knee_flexion") == "wrong_view"
        assert why_null(findings, f"{side}_hip_flexion") == "wrong_view"
        assert why_null(findings, f"{side}_ankle_flexion") == "wrong_view"
    assert why_null(findings, "mobility_index") is not None


def test_a_side_view_shows_no_inward_angle(movement: Movement) -> None:
    _, findings = seen(film(movement, 30.0), SQUAT, overhead_squat.findings)
    assert why_null(findings, "left_knee_inward") == "wrong_view"
    assert why_null(findings, "right_hip_abduction") == "wrong_view"
    assert why_null(findings, "knee_ratio") == "wrong_view"


def test_an_oblique_view_is_worth_half_and_in_no_index(movement: Movement) -> None:
    _, findings = seen(film(movement, 30.0, Side.OBLIQUE), SQUAT, overhead_squat.findings)
    knee = findings.metric("right_knee_flexion")
    assert knee is not None
    assert knee.value is not None
    assert 0 < knee.confidence <= 0.5
    assert why_null(findings, "mobility_index") == "wrong_view"


def test_noise_of_a_pixel_moves_the_bottom_by_less_than_its_uncertainty(movement: Movement) -> None:
    noisy = film(movement, RATE, flaws=Flaws(noise=1.0, seed=4))
    _, findings = seen(noisy, SQUAT, overhead_squat.findings)
    errors = {
        name: value(findings, f"right_{name}") - movement.truth.values[f"right_{series}"]
        for name, series in FROM_THE_SIDE.items()
    }
    assert shown("squat with a pixel of noise", errors, "degrees") <= 1.5


def test_ranges_of_joints_are_right_within_half_a_degree() -> None:
    movement = joint_mobility()
    turning = in_turn(movement, [Side.LEFT.value, Side.RIGHT.value])
    _, findings = seen(film(turning, 30.0), RANGES, ranges.findings)
    errors = {name: value(findings, name) - true for name, true in movement.truth.values.items()}
    assert shown("ranges of joints", errors, "degrees") <= 0.5


def test_ranges_of_arms_show_from_the_front_and_those_of_legs_do_not() -> None:
    _, findings = seen(film(joint_mobility(), 30.0, Side.FRONT), RANGES, ranges.findings)
    for joint in ("hip", "knee", "ankle"):
        assert why_null(findings, f"{joint}_max") == "wrong_view"
    assert why_null(findings, "shoulder_max") is None


def test_dropped_frames_and_an_uneven_clock_change_nothing_that_counts(movement: Movement) -> None:
    clip = project(movement, Camera(), Clock(RATE, jitter=0.3, seed=2), Flaws(dropped=0.15, seed=3))
    _, findings = seen(clip, SQUAT, overhead_squat.findings)
    knee = findings.metric("right_knee_flexion")
    assert knee is not None
    assert findings.repetitions == HOW.repetitions
    assert abs(value(findings, "right_knee_flexion") - movement.truth.values["right_knee_angle"]) < 0.5
    assert np.isfinite(knee.confidence)
