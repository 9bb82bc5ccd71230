"""What must not matter: where the camera stands, how near, a little aslant, a mirror, some frames that are lost."""

from collections.abc import Callable
from dataclasses import replace
from math import hypot

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motion.analysis import analyse
from motion.body.angles import SIDES, hip_abduction, knee_inward, limbs, three_point
from motion.body.body_of import body
from motion.body.landmarks import Floats, Landmarks
from motion.body.series import NAMES
from motion.body.sides import mirrored
from motion.findings import Findings
from motion.request import Activity, Exercise, Request
from motion.synthetic.camera import Camera, Side, project
from motion.synthetic.curves import Clock
from motion.synthetic.gait import run
from motion.synthetic.jumping import countermovement_jump
from motion.synthetic.lifting import snatch
from motion.synthetic.movement import Movement
from motion.synthetic.squatting import Squat, squat

EXACT = 1e-6
FILTERED = 0.1
"""Degrees: despiking looks at x and y one by one, which a turned picture mixes."""

INCLINATIONS = ("trunk_lean", "left_shank_inclination", "right_shank_inclination")
FLEXIONS = ("hip_angle", "knee_angle", "shoulder_angle", "elbow_angle", "foot_shank_angle")

SQUATS = Request(activity=Activity.MOBILITY, exercise=Exercise.OVERHEAD_SQUAT, height_cm=175)
ASKED = {
    "squat": (squat(how=Squat(repetitions=2)), 60, SQUATS),
    "joint angles": (
        squat(how=Squat(repetitions=2)),
        60,
        Request(activity=Activity.MOBILITY, exercise=Exercise.JOINT_ANGLE_MOBILITY),
    ),
    "run": (run(), 120, Request(activity=Activity.RUNNING, height_cm=175)),
    "jump": (
        countermovement_jump(),
        120,
        Request(activity=Activity.JUMPING, exercise=Exercise.COUNTERMOVEMENT_JUMP, height_cm=175),
    ),
    "lift": (
        snatch(),
        120,
        Request(activity=Activity.WEIGHTLIFTING, exercise=Exercise.SNATCH, height_cm=175, barbell_mass=60),
    ),
}
"""What is done, frames per second that are enough for it, and what is asked."""

poses = st.integers(0, 2**32 - 1).map(lambda seed: np.random.default_rng(seed).normal(0, 100, (4, 33, 2)))
rolls = st.floats(-15, 15)
few = settings(max_examples=25)
hardly_any = settings(max_examples=6, derandomize=True)


def turned(points: Floats, degrees: float) -> Floats:
    """Points turned clockwise in the picture about its origin."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.asarray(points @ np.array([[cos, sin], [-sin, cos]]))


def apart(one: Floats, other: Floats) -> Floats:
    """Degrees between directions."""
    return np.abs((one - other + 180) % 360 - 180)


def angles_of(points: Floats) -> dict[str, Floats]:
    """Every angle between limbs that is not measured against the picture."""
    series = {f"{side}_{name}": limbs(points, side, 1.0).series()[name] for side in SIDES for name in FLEXIONS}
    series |= {f"{side}_inward": knee_inward(points, side, 1.0) for side in SIDES}
    return series | {"three": three_point(*np.moveaxis(points[:, :3], 1, 0))}


@few
@given(poses, st.floats(-5000, 5000), st.floats(-5000, 5000), st.floats(0.1, 20))
def test_angles_do_not_change_with_place_and_size(points: Floats, right: float, down: float, scale: float) -> None:
    moved = angles_of(scale * points + np.array([right, down]))
    for name, values in angles_of(points).items():
        assert apart(moved[name], values).max() < EXACT, name
    for side in SIDES:
        abduction = hip_abduction(scale * points + np.array([right, down]), side)
        assert apart(abduction, hip_abduction(points, side)).max() < EXACT


@few
@given(poses, rolls)
def test_angles_do_not_change_with_roll_and_inclinations_by_just_that(points: Floats, roll: float) -> None:
    rolled = angles_of(turned(points, roll))
    for name, values in angles_of(points).items():
        assert apart(rolled[name], values).max() < EXACT, name
    for side in SIDES:
        before, after = (limbs(each, side, 1.0) for each in (points, turned(points, roll)))
        for one, other in ((before.trunk, after.trunk), (before.shank, after.shank)):
            assert apart(other, one + roll).max() < EXACT


@hardly_any
@given(rolls, st.sampled_from([Side.RIGHT, Side.LEFT]))
def test_a_camera_held_aslant_shifts_the_inclinations_of_a_film_by_its_roll(roll: float, side: Side) -> None:
    movement = squat(how=Squat(repetitions=1, lean=25.0))
    straight, aslant = (
        body(project(movement, Camera(side=side, roll=degrees), Clock(60)), SQUATS).angles for degrees in (0.0, roll)
    )
    forward = 1.0 if side is Side.RIGHT else -1.0
    for name in NAMES:
        if np.isnan(straight[name]).all():
            continue
        shift = forward * roll if name in INCLINATIONS else 0.0
        assert apart(aslant[name], straight[name] + shift).max() < FILTERED, name


@pytest.mark.parametrize("side", [Side.RIGHT, Side.FRONT, Side.OBLIQUE])
def test_mirroring_swaps_sides_and_nothing_else(side: Side) -> None:
    movement = squat(how=Squat(knee=(118.0, 105.0), knees_out=(9.0, 4.0), repetitions=1))
    film = project(movement, Camera(side=side), Clock(60))
    plain, other = analyse(film, SQUATS), analyse(mirrored(film), SQUATS)
    for name in NAMES:
        np.testing.assert_allclose(other.body.angles[exchanged(name)], plain.body.angles[name], atol=EXACT)
    assert_alike(plain.findings, other.findings, exchanged)
    assert [one.view for one in other.body.segments] == [one.view for one in plain.body.segments]


def test_mirroring_changes_nothing_that_has_no_side() -> None:
    movement, rate, asked = ASKED["jump"]
    film = project(movement, Camera(), Clock(rate))
    assert_alike(analyse(film, asked).findings, analyse(mirrored(film), asked).findings, exchanged)


def exchanged(name: str) -> str:
    """The name of the other side's."""
    left, right = name.startswith("left_"), name.startswith("right_")
    return f"right_{name[5:]}" if left else f"left_{name[6:]}" if right else name


def assert_alike(one: Findings, other: Findings, name: Callable[[str], str]) -> None:
    """Each metric of the one is in the other under its name there, with the same value, or missing likewise."""
    assert one.repetitions == other.repetitions
    for metric in one.metrics:
        if metric.rep is None:
            found = other.metric(name(metric.name))
            assert found is not None
            assert found.reason == metric.reason, metric.name
            assert found.value == pytest.approx(metric.value, rel=1e-5, abs=1e-5), metric.name


@pytest.mark.parametrize("name", ASKED)
@hardly_any
@given(seed=st.integers(0, 10_000), share=st.floats(0.0, 0.2))
def test_frames_that_are_lost_move_a_metric_less_than_its_uncertainty(name: str, seed: int, share: float) -> None:
    movement, rate, asked = ASKED[name]
    film = filmed(movement, rate)
    whole, rest = (analyse(each, asked).findings for each in (film, without(film, share, seed)))
    for metric in whole.metrics:
        if metric.rep is None and metric.value is not None and metric.uncertainty is not None:
            found = rest.metric(metric.name)
            assert found is not None
            assert found.value is not None, f"{metric.name}: {found.reason}"
            allowed = hypot(metric.uncertainty, found.uncertainty or 0.0)
            assert abs(found.value - metric.value) <= allowed, metric.name


def filmed(movement: Movement, rate: float) -> Landmarks:
    """From the right."""
    return project(movement, Camera(side=Side.RIGHT), Clock(rate))


def without(film: Landmarks, share: float, seed: int) -> Landmarks:
    """The film less a share of its frames; first and last stay."""
    lost = np.random.default_rng(seed).choice(np.arange(1, film.times.size - 1), int(share * film.times.size), False)
    kept = np.delete(np.arange(film.times.size), lost)
    return replace(film, times=film.times[kept], points=film.points[kept], visibility=film.visibility[kept], world=None)
