"""Squats and a stride that a laboratory measured (OpenCap), against what we find in them.

First in the height of the pelvis as it was measured; then with the angles of the legs given to the synthetic person,
whom our camera films: the whole way from landmarks to values, over movements that somebody really made.
"""

import numpy as np
import pytest

from motion.body.body_of import body
from motion.body.landmarks import Floats
from motion.findings import Findings
from motion.request import Activity, Exercise, Request
from motion.squat.overhead_squat import findings
from motion.squat.repetitions import Repetition, repetitions
from motion.synthetic.camera import Camera, Flaws, Side, project
from motion.synthetic.curves import Clock
from motion.synthetic.limbs import Lower, Upper, ankles, standing_on
from motion.synthetic.movement import Movement
from motion.synthetic.person import Person, Posture
from tests.kit.motion.material import coordinates, material

LOWEST = (0.95, 2.46, 3.97, 5.56, 7.18)
"""Seconds, as the material's description says."""
TOLERANCE = 0.05
PIXELS = 1.0
"""Noise of every coordinate of the filmed person, one standard deviation."""
REQUEST = Request(activity=Activity.MOBILITY, exercise=Exercise.OVERHEAD_SQUAT)


@pytest.fixture(scope="module")
def squats() -> dict[str, Floats]:
    return coordinates(material("opencap_squats/squats1_videoAndMocap.mot"))


@pytest.fixture(scope="module")
def found(squats: dict[str, Floats]) -> tuple[Repetition, ...]:
    return repetitions(squats["time"], squats["pelvis_ty"])


def test_the_five_squats_are_found_at_their_lowest(squats: dict[str, Floats], found: tuple[Repetition, ...]) -> None:
    bottoms = squats["time"][[one.lowest for one in found]]
    print(f"bottoms: {bottoms} s, {np.abs(bottoms - LOWEST).max():.3f} s from those described at most")
    assert bottoms == pytest.approx(LOWEST, abs=TOLERANCE)


@pytest.mark.parametrize("side", ["l", "r"])
def test_bottoms_are_where_the_knee_is_most_bent(
    squats: dict[str, Floats], found: tuple[Repetition, ...], side: str
) -> None:
    times, knee = squats["time"], squats[f"knee_angle_{side}"]
    peaks = [times[frames[knee[frames].argmax()]] for frames in (one.frames(times) for one in found)]
    apart = times[[one.lowest for one in found]] - peaks
    print(f"knee_angle_{side}: bottom − knee peak {apart.round(3)} s")
    assert np.abs(apart).max() <= TOLERANCE


def test_a_stride_is_no_squat() -> None:
    walk = coordinates(material("opencap_squats/walking1_videoAndMocap.mot"))
    assert repetitions(walk["time"], walk["pelvis_ty"]) == ()


def reenacted(measured: dict[str, Floats]) -> Movement:
    """The synthetic person with the measured angles of the legs; the trunk goes with the pelvis, the arms are up."""
    times, person = measured["time"], Person()
    tilt = measured["pelvis_tilt"]
    knee = np.column_stack([measured["knee_angle_l"], measured["knee_angle_r"]])
    thigh = np.column_stack([tilt + measured["hip_flexion_l"], tilt + measured["hip_flexion_r"]])

    def posture(when: Floats) -> Posture:
        bent, raised, lean = (_at(when, times, series) for series in (knee, thigh, -tilt[:, None]))
        upper = Upper(lean[:, 0], np.full(when.size, 165.0), np.full(when.size, 10.0))
        return standing_on(person, ankles(person, when.size), Lower(bent - raised, bent), upper)

    return Movement(person, float(times[-1]), posture)


def _at(when: Floats, times: Floats, series: Floats) -> Floats:
    return np.column_stack([np.interp(when, times, column) for column in series.T])


@pytest.mark.parametrize("side", [Side.LEFT, Side.RIGHT, Side.FRONT, Side.BACK, Side.OBLIQUE], ids=lambda one: one.name)
def test_the_five_squats_are_found_from_every_side(squats: dict[str, Floats], side: Side) -> None:
    seen = filmed(squats, side)
    bottoms = [phase.picture for phase in seen.phases if phase.name == "bottom"]
    print(f"{side.name}: bottoms {np.subtract(bottoms, LOWEST).round(3)} s from those described")
    assert bottoms == pytest.approx(LOWEST, abs=TOLERANCE)


@pytest.mark.parametrize("side", [Side.LEFT, Side.RIGHT], ids=lambda one: one.name)
def test_the_knees_of_a_film_from_the_side_are_those_of_the_laboratory(
    squats: dict[str, Floats], found: tuple[Repetition, ...], side: Side
) -> None:
    name = side.name.lower()
    seen = filmed(squats, side)
    of_each = [metric for metric in seen.metrics if metric.name == f"{name}_knee_flexion" and metric.rep]
    knees = [metric.value for metric in of_each if metric.value is not None]
    measured = squats[f"knee_angle_{name[0]}"][[one.lowest for one in found]]
    apart = np.subtract(knees, measured)
    print(f"{name} knee at the bottom: {apart.round(2)}° from the laboratory's {measured.round(1)}°")
    assert np.abs(apart).max() <= 2.0


def filmed(squats: dict[str, Floats], side: Side) -> Findings:
    """What is found in a film of 30 frames a second, with noise, the far side out of sight."""
    flaws = Flaws(noise=PIXELS, far_side_hidden=True, seed=4)
    return findings(body(project(reenacted(squats), Camera(side), Clock(30.0), flaws), REQUEST), REQUEST)
