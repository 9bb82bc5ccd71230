"""How well jumps are measured, against synthetic people who fly freely from a known height of the hips."""

from dataclasses import replace

import pytest

from motion.body.body import Body
from motion.findings import Findings
from motion.jumping import jumping
from motion.request import Request
from motion.synthetic import DROP as OFF_A_BOX
from motion.synthetic import Flaws, Jump, Movement, Side, countermovement_jump, drop_jump
from tests.kit.motion.filmed import COUNTERMOVEMENT, DROP, film, frames_off, seen, shown, uncertainty, value, why_null

RATES = (30.0, 60.0, 120.0, 240.0)
HEIGHTS = (0.15, 0.32, 0.5)


@pytest.fixture(scope="module")
def movement() -> Movement:
    return countermovement_jump()


@pytest.fixture(scope="module")
def fast(movement: Movement) -> tuple[Body, Findings]:
    return seen(film(movement, 240.0), COUNTERMOVEMENT, jumping.findings)


def _instants(findings: Findings, movement: Movement, rate: float) -> dict[str, float]:
    """Frames between the true instants and those of the phases."""
    flight = next(phase for phase in findings.phases if phase.name == "flight")
    braking = next(phase for phase in findings.phases if phase.name == "braking")
    found = {"take_off": flight.start, "landing": flight.end, "peak": flight.picture, "lowest": braking.end}
    if "contact" in movement.truth.events:
        found["contact"] = braking.start
    return {name: frames_off(when, movement.truth.events[name], rate)["1"] for name, when in found.items()}


@pytest.mark.parametrize("rate", RATES)
def test_take_off_landing_lowest_and_peak_are_found_within_a_frame(movement: Movement, rate: float) -> None:
    _, findings = seen(film(movement, rate), COUNTERMOVEMENT, jumping.findings)
    assert shown(f"jump at {rate:g}/s, instants", _instants(findings, movement, rate), "frames") <= 1


@pytest.mark.parametrize("height", HEIGHTS)
def test_height_is_right_within_a_centimetre_at_240_frames_per_second(height: float) -> None:
    movement = countermovement_jump(how=Jump(height=height))
    _, findings = seen(film(movement, 240.0), COUNTERMOVEMENT, jumping.findings)
    error = {f"height {height} m": 100 * (value(findings, "jump_height") - height)}
    assert shown("jump height at 240/s", error, "cm") <= 1


@pytest.mark.parametrize("rate", RATES[:-1])
def test_height_is_right_within_the_stated_error_at_other_rates(movement: Movement, rate: float) -> None:
    _, findings = seen(film(movement, rate), COUNTERMOVEMENT, jumping.findings)
    off = value(findings, "jump_height") - movement.truth.values["jump_height"]
    stated = uncertainty(findings, "jump_height")
    print(f"jump height at {rate:g}/s: {100 * off:+.2f} cm, stated {100 * stated:.2f} cm")
    assert abs(off) <= stated


def test_times_and_speed_are_right(movement: Movement, fast: tuple[Body, Findings]) -> None:
    names = ("flight_time", "time_to_takeoff", "peak_velocity", "mrsi", "depth", "hip_rise")
    for name in names:
        off = value(fast[1], name) - movement.truth.values[name]
        print(f"jump, {name}: {off:+.4f}, stated {uncertainty(fast[1], name):.4f}")
        assert abs(off) <= 2 * uncertainty(fast[1], name), name


@pytest.mark.parametrize("rate", [120.0, 240.0])
def test_a_drop_jump_has_its_contact_within_a_frame(rate: float) -> None:
    movement = drop_jump()
    _, findings = seen(film(movement, rate), DROP, jumping.findings)
    assert shown(f"drop jump at {rate:g}/s, instants", _instants(findings, movement, rate), "frames") <= 1
    off = rate * (value(findings, "contact_time") - movement.truth.values["contact_time"])
    print(f"drop jump at {rate:g}/s: contact time {off:+.2f} frames")
    assert abs(off) <= 1.5
    assert value(findings, "rsi") == pytest.approx(movement.truth.values["rsi"], rel=0.08)


def test_a_higher_box_does_not_change_the_height() -> None:
    movement = drop_jump(how=replace(OFF_A_BOX, box=0.45))
    _, findings = seen(film(movement, 240.0), DROP, jumping.findings)
    assert value(findings, "jump_height") == pytest.approx(OFF_A_BOX.height, abs=0.01)


@pytest.mark.parametrize("side", [Side.LEFT, Side.FRONT, Side.BACK])
def test_height_shows_from_every_side(movement: Movement, side: Side) -> None:
    _, findings = seen(film(movement, 240.0, side), COUNTERMOVEMENT, jumping.findings)
    assert value(findings, "jump_height") == pytest.approx(movement.truth.values["jump_height"], abs=0.01)


def test_without_stature_free_fall_tells_the_height(movement: Movement) -> None:
    unscaled = Request(activity=COUNTERMOVEMENT.activity, exercise=COUNTERMOVEMENT.exercise)
    _, findings = seen(film(movement, 240.0), unscaled, jumping.findings)
    assert "height_method:flight_time" in findings.notes
    assert value(findings, "jump_height") == pytest.approx(movement.truth.values["jump_height"], abs=0.01)
    assert why_null(findings, "peak_power") == "no_mass"


def test_an_oblique_view_is_worth_half(movement: Movement) -> None:
    _, findings = seen(film(movement, 240.0, Side.OBLIQUE), COUNTERMOVEMENT, jumping.findings)
    assert all(metric.confidence <= 0.5 for metric in findings.metrics)


def test_noise_of_a_pixel_keeps_the_height(movement: Movement) -> None:
    noisy = film(movement, 240.0, flaws=Flaws(noise=1.0, seed=5))
    _, findings = seen(noisy, COUNTERMOVEMENT, jumping.findings)
    off = value(findings, "jump_height") - movement.truth.values["jump_height"]
    print(f"jump with a pixel of noise: height {100 * off:+.2f} cm")
    assert abs(off) < 0.02
