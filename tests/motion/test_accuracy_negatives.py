"""What is no jump must not be called one: synthetic people who do something else."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from motion.jumping import jumping
from motion.squat import overhead_squat
from motion.synthetic import (
    Camera,
    Clock,
    Flaws,
    Movement,
    countermovement_jump,
    heel_raise,
    project,
    run,
    sit_to_stand,
    squat,
    stand,
    walk,
)
from motion.synthetic.gait import WALKING
from tests.kit.motion.filmed import COUNTERMOVEMENT, DROP, SQUAT, film, seen, why_null


def _passing() -> Movement:
    return walk(how=replace(WALKING, over_ground=True))


NO_JUMPS: dict[str, Callable[[], Movement]] = {
    "a squat": squat,
    "a heel raise": heel_raise,
    "a sit to stand": sit_to_stand,
    "standing": stand,
    "a walk": walk,
    "a walk past the camera": _passing,
    "a run": run,
}


@pytest.mark.parametrize("what", NO_JUMPS)
@pytest.mark.parametrize("rate", [30.0, 120.0])
@pytest.mark.parametrize("noise", [0.0, 1.5])
def test_it_is_not_called_a_jump(what: str, rate: float, noise: float) -> None:
    clip = film(NO_JUMPS[what](), rate, flaws=Flaws(noise=noise, seed=11))
    for request in (COUNTERMOVEMENT, DROP):
        _, findings = seen(clip, request, jumping.findings)
        assert findings.repetitions == 0
        assert why_null(findings, "jump_height") is not None
        assert not findings.phases


@pytest.mark.parametrize("movement", [countermovement_jump, squat])
def test_an_upside_down_clip_is_not_called_a_jump(movement: Callable[[], Movement]) -> None:
    clip = project(movement(), Camera(roll=180.0), Clock(120.0))
    _, findings = seen(clip, COUNTERMOVEMENT, jumping.findings)
    assert findings.repetitions == 0
    assert why_null(findings, "jump_height") is not None


@pytest.mark.parametrize("what", [heel_raise, stand, walk])
def test_it_is_not_called_a_squat(what: Callable[[], Movement]) -> None:
    _, findings = seen(film(what(), 30.0), SQUAT, overhead_squat.findings)
    assert findings.repetitions == 0
    assert why_null(findings, "left_knee_flexion") == "too_few"
