"""What a camera that stands three metres away adds to the errors, against synthetic people.

Nothing here is bounded by the specification: the figures are printed, and held to what was measured when written, so
that a change that makes a near camera worse is seen.
"""

from collections.abc import Callable, Mapping

import numpy as np
import pytest

from motion.body.body import Body
from motion.findings import Findings
from motion.jumping import jumping
from motion.lifting import weightlifting
from motion.request import Activity, Exercise, Request
from motion.running import running
from motion.squat import overhead_squat
from motion.synthetic import Camera, Clock, Movement, Side, countermovement_jump, project, run, snatch, squat
from motion.synthetic.gait import RUNNING as HOW
from tests.kit.motion.filmed import COUNTERMOVEMENT, RUNNING, SQUAT, STATURE_CM, Measure, seen, shown, value

DISTANCE = 3.0
SNATCH = Request(activity=Activity.WEIGHTLIFTING, exercise=Exercise.SNATCH, height_cm=STATURE_CM, barbell_mass=80.0)
ON_A_BELT = RUNNING.model_copy(update={"treadmill_speed_kmh": 3.6 * HOW.speed})


def _near(
    movement: Movement, rate: float, request: Request, measure: Measure, side: Side = Side.RIGHT
) -> tuple[Body, Findings]:
    return seen(project(movement, Camera(side, distance=DISTANCE), Clock(rate)), request, measure)


def _off(findings: Findings, true: Mapping[str, float], names: Mapping[str, str]) -> dict[str, float]:
    return {name: value(findings, name) - true[series] for name, series in names.items()}


@pytest.mark.parametrize("side", [Side.LEFT, Side.RIGHT])
def test_squats(side: Side) -> None:
    movement, near = squat(), side.name.lower()
    _, findings = _near(movement, 60.0, SQUAT, overhead_squat.findings, side)
    series = {"knee_flexion": "knee", "hip_flexion": "hip", "ankle_flexion": "ankle", "shoulder_elevation": "shoulder"}
    names = {f"{near}_{name}": f"{near}_{joint}_angle" for name, joint in series.items()}
    off = _off(findings, movement.truth.values, names)
    assert shown(f"squat at {DISTANCE:g} m, {near}, bottom", off, "degrees") < 4


def test_runs() -> None:
    movement = run()
    _, findings = _near(movement, 120.0, ON_A_BELT, running.findings)
    times = {name: name for name in ("step_time", "contact_time", "flight_time")}
    off = {name: 1000 * error for name, error in _off(findings, movement.truth.values, times).items()}
    assert shown(f"run at {DISTANCE:g} m, times", off, "ms") < 8
    angles = {f"right_{joint}_at_contact": f"right_{joint}_at_contact" for joint in ("hip", "knee", "ankle")}
    off = _off(findings, movement.truth.values, {**angles, "trunk_lean": "trunk_lean"})
    assert shown(f"run at {DISTANCE:g} m, angles", off, "degrees") < 3


def test_jumps() -> None:
    movement = countermovement_jump()
    _, findings = _near(movement, 240.0, COUNTERMOVEMENT, jumping.findings)
    off = _off(findings, movement.truth.values, {"jump_height": "jump_height", "depth": "depth"})
    assert shown(f"jump at {DISTANCE:g} m", {name: 100 * error for name, error in off.items()}, "cm") < 2


def test_lifts() -> None:
    movement = snatch()
    body, findings = _near(movement, 60.0, SNATCH, weightlifting.findings)
    true = movement.angles(body.raw.times)
    angles = {joint: body.angles[f"right_{joint}_angle"] - true[f"right_{joint}_angle"] for joint in ("hip", "knee")}
    most = {joint: float(np.nanmax(np.abs(errors))) for joint, errors in angles.items()}
    assert shown(f"snatch at {DISTANCE:g} m, angles, greatest", most, "degrees") < 4
    # The near hand, which stands for the bar, is drawn larger than the trunk that the scale comes from.
    off = _off(findings, movement.truth.values, {"max_height": "max_height", "drop": "drop"})
    assert shown(f"snatch at {DISTANCE:g} m, bar", {name: 100 * error for name, error in off.items()}, "cm") < 11


@pytest.mark.parametrize(
    ("make", "request_", "measure", "count"),
    [
        (squat, SQUAT, overhead_squat.findings, 3),
        (countermovement_jump, COUNTERMOVEMENT, jumping.findings, 1),
        (snatch, SNATCH, weightlifting.findings, 1),
    ],
)
def test_what_is_counted_is_the_same(
    make: Callable[[], Movement], request_: Request, measure: Measure, count: int
) -> None:
    _, findings = _near(make(), 60.0, request_, measure)
    assert findings.repetitions == count
