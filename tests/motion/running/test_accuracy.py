"""How well runs and walks are measured, against synthetic people whose contacts and angles are known."""

from dataclasses import replace

import numpy as np
import pytest

from motion.body.body import Body
from motion.findings import Findings
from motion.request import Request
from motion.running import running
from motion.synthetic import Camera, Clock, Movement, Side, project, run, walk
from motion.synthetic.gait import RUNNING as HOW
from motion.synthetic.gait import WALKING
from tests.kit.motion.filmed import RUNNING, film, frames_off, seen, shown, uncertainty, value, why_null

RATE = 120.0
BELT = RUNNING.model_copy(update={"treadmill_speed_kmh": 3.6 * HOW.speed})
TIMES = ("step_time", "stride_time", "contact_time", "flight_time")
ANGLES = ("foot_strike_angle", "trunk_lean")
SERIES = {"hip": "hip_angle", "knee": "knee_angle", "ankle": "foot_shank_angle"}
FILTERED = {"hip": 0.5, "knee": 0.8, "ankle": 1.3}
"""Degrees: a foot that comes down stops within hundredths of a second, which 10 Hz round off."""
JOINTS = tuple(f"{side}_{joint}_at_contact" for side in ("left", "right") for joint in ("knee", "hip", "ankle"))


@pytest.fixture(scope="module")
def movement() -> Movement:
    return run()


@pytest.fixture(scope="module")
def on_a_belt(movement: Movement) -> tuple[Body, Findings]:
    return seen(film(movement, RATE), BELT, running.findings)


def _instants(findings: Findings, movement: Movement, rate: float) -> dict[str, float]:
    """Frames between true contacts and toe-offs and the found ones; not those cut by the film's ends."""
    inside = (0.3, movement.duration - 0.3)
    events = {name: [t for t in at if inside[0] < t < inside[1]] for name, at in movement.truth.events.items()}
    contacts = [phase for phase in findings.phases if "contact" in phase.name]
    starts, ends = [phase.start for phase in contacts], [phase.end for phase in contacts]
    return {
        f"{name} {number}": off
        for name, at in events.items()
        for number, off in frames_off(starts if name.endswith("contact") else ends, at, rate).items()
    }


@pytest.mark.parametrize("rate", [60.0, 120.0, 240.0])
def test_contacts_and_toe_offs_are_found_within_a_frame(movement: Movement, rate: float) -> None:
    _, findings = seen(film(movement, rate), RUNNING, running.findings)
    assert shown(f"run at {rate:g}/s, instants", _instants(findings, movement, rate), "frames") <= 1


def test_times_are_right_within_a_frame(movement: Movement, on_a_belt: tuple[Body, Findings]) -> None:
    errors = {name: RATE * (value(on_a_belt[1], name) - movement.truth.values[name]) for name in TIMES}
    assert shown("run, times", errors, "frames") <= 1
    assert value(on_a_belt[1], "cadence") == pytest.approx(movement.truth.values["cadence"], abs=1)
    assert value(on_a_belt[1], "duty_factor") == pytest.approx(movement.truth.values["duty_factor"], abs=0.02)


@pytest.mark.parametrize("rate", [120.0, 240.0])
def test_reported_angles_at_contact_are_right_within_half_a_degree(movement: Movement, rate: float) -> None:
    _, findings = seen(film(movement, rate), RUNNING, running.findings)
    errors = {name: value(findings, name) - movement.truth.values[name] for name in JOINTS}
    assert shown(f"run at {rate:g}/s, angles at contact", errors, "degrees") <= 0.5


def test_filtered_series_round_off_contacts_by_a_degree_or_so(
    movement: Movement, on_a_belt: tuple[Body, Findings]
) -> None:
    whole, findings = on_a_belt
    errors: dict[str, list[float]] = {joint: [] for joint in SERIES}
    for phase in findings.phases:
        side, _, kind = phase.name.partition("_")
        if kind == "contact" and 0.2 < phase.start < movement.duration - 0.2:
            true = movement.angles(np.array([phase.start]))
            for joint, series in SERIES.items():
                found = np.interp(phase.start, whole.raw.times, whole.angles[f"{side}_{series}"])
                errors[joint].append(float(found - true[f"{side}_{series}"][0]))
    worst = {joint: max(off, key=abs) for joint, off in errors.items()}
    shown("run, filtered angles at contact", worst, "degrees")
    for joint, limit in FILTERED.items():
        assert abs(worst[joint]) <= limit


def test_trunk_lean_and_foot_strike_are_right_within_half_a_degree(
    movement: Movement, on_a_belt: tuple[Body, Findings]
) -> None:
    errors = {name: value(on_a_belt[1], name) - movement.truth.values[name] for name in ANGLES}
    assert shown("run, lean and foot strike", errors, "degrees") <= 0.5


def test_oscillation_is_right_within_its_uncertainty(movement: Movement, on_a_belt: tuple[Body, Findings]) -> None:
    off = value(on_a_belt[1], "vertical_oscillation") - movement.truth.values["vertical_oscillation"]
    print(f"run, vertical oscillation: {100 * off:+.2f} cm")
    assert abs(off) <= uncertainty(on_a_belt[1], "vertical_oscillation")
    assert value(on_a_belt[1], "vertical_ratio") == pytest.approx(movement.truth.values["vertical_ratio"], rel=0.05)


def test_a_runner_over_ground_is_measured_from_a_camera_that_stands(movement: Movement) -> None:
    passing = run(how=replace(HOW, over_ground=True))
    wide = project(passing, Camera(metre=200.0, width=1920), Clock(RATE))
    _, findings = seen(wide, RUNNING, running.findings)
    errors = {name: RATE * (value(findings, name) - passing.truth.values[name]) for name in TIMES}
    assert shown("run over ground, times", errors, "frames") <= 1
    assert value(findings, "speed") == pytest.approx(HOW.speed, rel=0.04)


def test_a_walk_is_called_a_walk() -> None:
    movement = walk(how=replace(WALKING, duration=4.0))
    _, findings = seen(film(movement, RATE), RUNNING, running.findings)
    assert "walking" in findings.notes
    errors = {name: value(findings, name) - movement.truth.values[name] for name in ("step_time", "stride_time")}
    assert shown("walk, times", errors, "s") <= 1 / RATE


def test_few_frames_per_second_give_no_duty_factor_and_no_foot_strike(movement: Movement) -> None:
    _, findings = seen(film(movement, 30.0), RUNNING, running.findings)
    assert why_null(findings, "duty_factor") == "frame_rate"
    assert why_null(findings, "foot_strike_angle") == "frame_rate"


def test_without_a_scale_there_are_no_metres(movement: Movement) -> None:
    unscaled = Request(activity=RUNNING.activity)
    _, findings = seen(film(movement, RATE), unscaled, running.findings)
    assert why_null(findings, "vertical_oscillation") == "no_scale"
    assert why_null(findings, "vertical_ratio") == "no_scale"


def test_a_front_view_gives_cadence_and_oscillation_only(movement: Movement) -> None:
    _, findings = seen(film(movement, RATE, Side.FRONT), RUNNING, running.findings)
    assert value(findings, "cadence") == pytest.approx(movement.truth.values["cadence"], abs=1)
    assert value(findings, "vertical_oscillation") == pytest.approx(HOW.oscillation, abs=0.01)
    for name in ("contact_time", "left_knee_at_contact", "trunk_lean", "foot_strike_angle"):
        assert why_null(findings, name) == "wrong_view", name


def test_an_oblique_view_is_worth_half(movement: Movement) -> None:
    _, findings = seen(film(movement, RATE, Side.OBLIQUE), RUNNING, running.findings)
    metrics = [
        metric for metric in findings.metrics if metric.name.endswith("_at_contact") and metric.value is not None
    ]
    assert all(metric.confidence <= 0.5 for metric in metrics)
