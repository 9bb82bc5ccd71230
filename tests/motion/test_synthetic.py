"""The synthetic person is what the other tests believe: rigid, on the floor, free in the air, filmed exactly."""

from collections.abc import Callable
from dataclasses import replace
from math import sqrt

import numpy as np
import pytest

from motion.analysis import analyse
from motion.body.landmarks import Floats, Point
from motion.request import Activity
from motion.synthetic import (
    DROP,
    Camera,
    Clock,
    Flaws,
    Gait,
    Jump,
    Movement,
    Side,
    clean,
    clean_and_jerk,
    countermovement_jump,
    demo,
    demo_request,
    drop_jump,
    heel_raise,
    in_turn,
    joint_mobility,
    project,
    run,
    sit_to_stand,
    snatch,
    squat,
    stand,
    walk,
)
from motion.synthetic.curves import crossings
from motion.synthetic.gait import RUNNING, WALKING
from motion.synthetic.jumping import GRAVITY
from motion.synthetic.limbs import hips_at
from motion.synthetic.person import two_links

MOVEMENTS: dict[str, Callable[[], Movement]] = {
    make.__name__: make
    for make in (
        *(squat, joint_mobility, run, walk, countermovement_jump, drop_jump),
        *(snatch, clean, clean_and_jerk, heel_raise, sit_to_stand, stand),
    )
}
RIGID = (
    (Point.LEFT_SHOULDER, Point.LEFT_ELBOW),
    (Point.LEFT_ELBOW, Point.LEFT_WRIST),
    (Point.LEFT_HIP, Point.LEFT_KNEE),
    (Point.LEFT_KNEE, Point.LEFT_ANKLE),
    (Point.LEFT_ANKLE, Point.LEFT_HEEL),
    (Point.LEFT_ANKLE, Point.LEFT_TOE),
    (Point.LEFT_HEEL, Point.LEFT_TOE),
)
FEET = [Point.LEFT_HEEL, Point.RIGHT_HEEL, Point.LEFT_TOE, Point.RIGHT_TOE]


@pytest.fixture(scope="module", params=MOVEMENTS)
def moving(request: pytest.FixtureRequest) -> tuple[Movement, Floats]:
    movement = MOVEMENTS[request.param]()
    return movement, movement.joints(Clock(100.0).times(movement.duration))


def _flexion(points: Floats, first: Point, corner: Point, last: Point) -> Floats:
    """180° less the angle at a corner, seen from the side: by the cosine, unlike the movement's own."""
    before, after = ((points[:, end] - points[:, corner])[:, [0, 2]] for end in (first, last))
    cosine = (before * after).sum(axis=1) / np.linalg.norm(before, axis=1) / np.linalg.norm(after, axis=1)
    return np.asarray(180 - np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def test_limbs_keep_their_length(moving: tuple[Movement, Floats]) -> None:
    for start, end in RIGID:
        for side in (0, 1):
            length = np.linalg.norm(moving[1][:, end + side] - moving[1][:, start + side], axis=1)
            assert np.ptp(length) < 1e-9


def test_no_foot_is_under_the_floor_and_no_point_is_missing(moving: tuple[Movement, Floats]) -> None:
    assert np.isfinite(moving[1]).all()
    assert moving[1][:, FEET, 2].min() > -1e-9


def test_nothing_jumps_from_frame_to_frame(moving: tuple[Movement, Floats]) -> None:
    speed = np.linalg.norm(np.diff(moving[1], axis=0), axis=2).max() * 100
    assert speed < 14


def test_angles_are_what_the_side_shows(moving: tuple[Movement, Floats]) -> None:
    movement, points = moving
    angles = movement.angles(Clock(100.0).times(movement.duration))
    for side in (0, 1):
        name = ("left", "right")[side]
        leg = (Point(point + side) for point in (Point.LEFT_HIP, Point.LEFT_KNEE, Point.LEFT_ANKLE))
        arm = (Point(point + side) for point in (Point.LEFT_SHOULDER, Point.LEFT_ELBOW, Point.LEFT_WRIST))
        assert np.allclose(_flexion(points, *leg), np.abs(angles[f"{name}_knee_angle"]), atol=1e-3)
        assert np.allclose(_flexion(points, *arm), np.abs(angles[f"{name}_elbow_angle"]), atol=1e-3)


def test_events_lie_in_the_film(moving: tuple[Movement, Floats]) -> None:
    for name, times in moving[0].truth.events.items():
        assert all(0 < time < moving[0].duration for time in times), name
        assert list(times) == sorted(times)


def test_the_hips_fly_freely_for_the_time_that_the_height_takes() -> None:
    how = Jump(height=0.4)
    movement = countermovement_jump(how=how)
    take_off, landing = movement.truth.events["take_off"][0], movement.truth.events["landing"][0]
    assert landing - take_off == pytest.approx(2 * sqrt(2 * how.height / GRAVITY))
    times = np.linspace(take_off, landing, 101)
    parabola = np.polyfit(times, movement.mid_hip(times), 2)
    assert parabola[0] == pytest.approx(-GRAVITY / 2)
    assert np.ptp(movement.mid_hip(times)) == pytest.approx(how.height, abs=1e-4)


@pytest.mark.parametrize("make", [countermovement_jump, drop_jump])
def test_the_toes_leave_the_floor_at_take_off_and_meet_it_at_landing(make: Callable[[], Movement]) -> None:
    movement = make()
    take_off, landing = movement.truth.events["take_off"][0], movement.truth.events["landing"][0]
    beside = np.array([take_off - 0.005, take_off, take_off + 0.005, landing - 0.005, landing, landing + 0.005])
    toes = movement.joints(beside)[:, Point.LEFT_TOE, 2]
    assert np.allclose(toes[[0, 1, 4, 5]], 0, atol=1e-9)
    assert (toes[[2, 3]] > 0.005).all()


def test_a_drop_jumper_stands_on_the_box_first() -> None:
    movement = drop_jump()
    assert movement.joints(np.zeros(1))[0, Point.LEFT_TOE, 2] == pytest.approx(DROP.box)
    contact = np.array(movement.truth.events["contact"])
    assert movement.joints(contact)[0, Point.LEFT_TOE, 2] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(("make", "how"), [(run, RUNNING), (walk, WALKING)])
def test_a_standing_foot_moves_with_the_belt(make: Callable[[], Movement], how: Gait) -> None:
    movement = make()
    start = movement.truth.events["right_contact"][0]
    flat = start + np.linspace(0.35, 0.95, 20) * movement.truth.values["contact_time"]
    toe = movement.joints(flat)[:, Point.RIGHT_TOE]
    assert np.allclose(np.diff(toe[:, 0]) / np.diff(flat), -how.speed)
    assert np.allclose(toe[:, 2], 0)


def test_over_ground_a_standing_foot_stands() -> None:
    movement = run(how=replace(RUNNING, over_ground=True))
    start = movement.truth.events["right_contact"][1]
    flat = start + np.linspace(0.35, 0.95, 20) * movement.truth.values["contact_time"]
    assert np.ptp(movement.joints(flat)[:, Point.RIGHT_TOE, 0]) < 1e-9


def test_a_runner_flies_and_a_walker_does_not() -> None:
    for make, off_the_floor in ((run, True), (walk, False)):
        points = make().joints(np.linspace(0.5, 2, 600))
        assert bool((points[:, FEET, 2].min(axis=1) > 0.01).any()) is off_the_floor


def test_a_lifter_holds_one_bar() -> None:
    points = snatch().joints(Clock(50.0).times(4.0))
    left, right = points[:, Point.LEFT_WRIST], points[:, Point.RIGHT_WRIST]
    assert np.allclose(left[:, [0, 2]], right[:, [0, 2]], atol=0.02)
    assert left[0, 2] == pytest.approx(0.225, abs=0.05)


def test_each_camera_shows_its_side() -> None:
    movement = stand()
    expected = {Side.RIGHT: (0, 1), Side.LEFT: (0, -1), Side.FRONT: (1, 0), Side.BACK: (-1, 0)}
    for side, (across, ahead) in expected.items():
        points = project(movement, Camera(side), Clock(10.0)).points[0]
        assert np.sign(np.round(points[Point.LEFT_HIP, 0] - points[Point.RIGHT_HIP, 0], 6)) == across
        assert np.sign(np.round(points[Point.LEFT_TOE, 0] - points[Point.LEFT_HEEL, 0], 6)) == ahead


def test_a_pinhole_far_away_is_orthographic() -> None:
    flat, far = (project(squat(), Camera(distance=distance)) for distance in (None, 1e6))
    assert np.abs(flat.points - far.points).max() < 0.01


def test_a_pinhole_draws_the_near_side_larger() -> None:
    points = project(stand(), Camera(distance=3.0), Clock(10.0)).points[0]
    left, right = (abs(points[Point.LEFT_SHOULDER + side, 1] - points[Point.LEFT_HIP + side, 1]) for side in (0, 1))
    assert right > 1.1 * left


def test_a_rolled_camera_turns_the_picture_about_its_centre() -> None:
    upright, over = (project(stand(), Camera(roll=roll), Clock(10.0)).points for roll in (0.0, 180.0))
    assert np.allclose(upright + over, [1080, 1080])


def test_frames_can_be_dropped_and_people_lost() -> None:
    clip = project(squat(), clock=Clock(60.0, jitter=0.2), flaws=Flaws(dropped=0.2, lost=((1.0, 1.5),), seed=1))
    whole = project(squat(), clock=Clock(60.0))
    assert clip.times.size == pytest.approx(0.8 * whole.times.size, abs=2)
    assert (np.diff(clip.times) > 0).all()
    inside = (clip.times >= 1.0) & (clip.times <= 1.5)
    assert np.array_equal(clip.found, ~inside)
    assert (clip.visibility[inside] == 0).all()


def test_the_far_side_can_be_hidden() -> None:
    for side, far in ((Side.RIGHT, Point.LEFT_KNEE), (Side.LEFT, Point.RIGHT_KNEE)):
        clip = project(stand(), Camera(side), flaws=Flaws(far_side_hidden=True))
        near = Point.RIGHT_KNEE if far is Point.LEFT_KNEE else Point.LEFT_KNEE
        assert (clip.visibility[:, far] < 0.5).all()
        assert (clip.visibility[:, near] > 0.9).all()
    front = project(stand(), Camera(Side.FRONT), flaws=Flaws(far_side_hidden=True))
    assert (front.visibility > 0.9).all()


def test_points_can_be_hidden() -> None:
    clip = project(stand(), flaws=Flaws(hidden=(Point.LEFT_TOE, Point.RIGHT_TOE)))
    assert (clip.visibility[:, [Point.LEFT_TOE, Point.RIGHT_TOE]] < 0.5).all()
    assert (clip.visibility[:, Point.LEFT_HEEL] > 0.9).all()


def test_noise_is_as_large_as_asked_and_the_same_every_time() -> None:
    exact, noisy, again = (project(stand(), flaws=Flaws(noise=noise, seed=3)) for noise in (0.0, 2.0, 2.0))
    assert np.std(noisy.points - exact.points) == pytest.approx(2.0, rel=0.05)
    assert np.array_equal(noisy.points, again.points)


def test_turning_repeats_the_movement_and_its_events() -> None:
    once = squat()
    twice = in_turn(once, [Side.FRONT.value, Side.LEFT.value])
    shift = twice.duration - once.duration
    assert twice.truth.events["bottom"] == pytest.approx(
        [*once.truth.events["bottom"], *(time + shift for time in once.truth.events["bottom"])]
    )
    assert np.allclose(twice.mid_hip(np.array([1.0 + shift])), once.mid_hip(np.array([1.0])))


def test_legs_that_do_not_reach_are_refused() -> None:
    hips, ankle = (
        hips_at(stand().person, np.zeros(1), np.ones(1) * 2),
        hips_at(stand().person, np.zeros(1), np.zeros(1)),
    )
    with pytest.raises(ValueError, match="do not span"):
        two_links(hips, ankle, 0.4, 0.4, np.array([1.0, 0.0, 0.0]))


def test_crossings_are_found_between_samples() -> None:
    assert crossings(np.arange(3.0), np.array([0.0, 1.0, 0.0]), 0.25) == pytest.approx([0.25, 1.75])


@pytest.mark.parametrize("activity", list(Activity))
def test_the_demo_of_every_activity_is_analysed_and_has_values(activity: Activity) -> None:
    landmarks = demo(activity)
    inside = (landmarks.points > 0) & (landmarks.points < [landmarks.width, landmarks.height])
    assert inside.all()
    analysis = analyse(landmarks, demo_request(activity))
    assert analysis.findings.repetitions > 0
    assert sum(metric.value is not None for metric in analysis.findings.metrics) > 5
    assert np.array_equal(demo(activity).points, landmarks.points)


def test_the_demo_squats_show_front_left_and_right() -> None:
    analysis = analyse(demo(Activity.MOBILITY), demo_request(Activity.MOBILITY))
    assert {segment.facing for segment in analysis.body.segments} == {"front", "left", "right"}
    assert analysis.findings.metric("mobility_index") is not None
    assert "mobility_index" not in analysis.reasons
    assert "quality_index" not in analysis.reasons
