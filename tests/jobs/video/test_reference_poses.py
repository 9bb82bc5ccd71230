"""Landmarks of real films: against a laboratory's markers (Pose2Sim), and of people who do not squat."""

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from jobs.video.decode import frames
from jobs.video.look import look
from jobs.video.pose import Tracker
from jobs.video.probe import probe
from motion.body.angles import three_point
from motion.body.body_of import body
from motion.body.landmarks import Floats, Landmarks, Point
from motion.body.people import one_person
from motion.body.segment import Facing, View
from motion.metric import Reason
from motion.ranges import findings as ranges
from motion.request import Activity, Exercise, Request
from motion.squat.overhead_squat import findings
from tests.kit.motion.material import calibration, markers, material

# each film is looked at once
pytestmark = pytest.mark.xdist_group("reference poses")

CAMERAS = ("cam01", "cam02")
NEAR = 0.12
"""Of the trunk's length: the median distance that landmarks may have from the markers in the picture."""
VISIBLE = 0.5
CORNERS = {
    "hip": (Point.LEFT_SHOULDER, Point.LEFT_HIP, Point.LEFT_KNEE),
    "knee": (Point.LEFT_HIP, Point.LEFT_KNEE, Point.LEFT_ANKLE),
    "shoulder": (Point.LEFT_HIP, Point.LEFT_SHOULDER, Point.LEFT_ELBOW),
    "elbow": (Point.LEFT_SHOULDER, Point.LEFT_ELBOW, Point.LEFT_WRIST),
}
BOTTOM = 0.1
"""Seconds that a lowest point may be off the frame in which the eye sees it; the spec allows 0.3."""


@dataclass(frozen=True)
class Cut:
    """Frames [first, last) of the demo film, and the part of the picture in which one person is alone: x, y, x, y."""

    first: int
    last: int
    window: tuple[int, int, int, int]


WALKER = Cut(80, 150, (0, 480, 1768, 994))
JUMPER = Cut(0, 68, (350, 30, 900, 480))
"""Jumping jacks into half squats, seen from the front."""
LANDING = Cut(176, 214, (950, 450, 1500, 994))
"""A landing that ends in a crouch, seen from the right."""

SQUAT = Request(activity=Activity.MOBILITY, exercise=Exercise.OVERHEAD_SQUAT)
JOINTS = Request(activity=Activity.MOBILITY, exercise=Exercise.JOINT_ANGLE_MOBILITY)


def landmarks(path: Path, cut: Cut | None = None) -> Landmarks:
    """The landmarks of a film or of a cut of it."""
    film = probe(path)
    chosen = cut or Cut(0, film.frames, (0, 0, film.width, film.height))
    left, top, right, bottom = chosen.window
    stamps, rows, looks = [], [], []
    with Tracker() as tracker:
        for frame in islice(frames(film), chosen.first, chosen.last):
            stamps.append(frame.stamp)
            picture = np.ascontiguousarray(frame.picture()[top:bottom, left:right])
            rows.append(tracker.see(picture))
            looks.append(look(picture, rows[-1][:, :2]))
    times, table = np.array(stamps) * float(film.time_base), np.array(rows)
    return Landmarks(
        times - times[0],
        table[..., :2],
        table[..., 2],
        right - left,
        bottom - top,
        world=table[..., 3:],
        look=np.array(looks),
    )


def nobody_else(film: Landmarks) -> bool:
    """Whether the film goes into its analysis as it is."""
    return one_person(film)[0] is film


Reference = dict[Point, Floats]
Filmed = tuple[Landmarks, Reference]


@pytest.fixture(scope="module", params=CAMERAS)
def filmed(request: pytest.FixtureRequest) -> Filmed:
    """The landmarks of a film, and the same points' markers in its picture.

    The calibration's pictures are 8 columns wider than the film's, which are taken to lack those on the right.
    """
    through = calibration(material("pose2sim_balancing/Calib_qualisys.toml"), request.param.replace("cam", "cam_"))
    places = markers(material("pose2sim_balancing/body25b_0-100_filt_butterworth.trc"))
    film = landmarks(material(f"pose2sim_balancing/{request.param}.mp4"))
    return film, {point: through.picture(place) for point, place in places.items()}


def trunk(points: Reference) -> Floats:
    """(n): mid-hip to mid-shoulder, pixels."""
    shoulders = points[Point.LEFT_SHOULDER] + points[Point.RIGHT_SHOULDER]
    hips = points[Point.LEFT_HIP] + points[Point.RIGHT_HIP]
    return np.asarray(np.linalg.norm(shoulders - hips, axis=1) / 2)


def test_landmarks_lie_on_the_markers(filmed: Filmed) -> None:
    film, reference = filmed
    named = list(reference)
    distance = np.stack([np.linalg.norm(film.at(point) - reference[point], axis=1) for point in named], axis=1)
    share = distance / trunk(reference)[:, None]
    seen = film.visibility[:, named] >= VISIBLE
    for column, point in enumerate(named):
        print(f"{point.name:15} {np.median(share[seen[:, column], column]):6.1%}")
    print(f"all, {seen.mean():.0%} of them visible: {np.median(share[seen]):.1%} of the trunk's length")
    assert seen.mean() > 0.9
    assert np.median(share[seen]) <= NEAR


def test_angles_in_the_picture_are_printed_beside_those_of_the_markers(filmed: Filmed) -> None:
    """For reading: from the front a leg's flexion means little, and the limits of others are not meant for it."""
    film, reference = filmed
    for side in (0, 1):
        for name, points in CORNERS.items():
            ours, theirs = (
                three_point(*(places[Point(point + side)] for point in points))
                for places in ({point: film.at(point) for point in reference}, reference)
            )
            print(f"{('left', 'right')[side]} {name:8} RMSE {np.sqrt(np.mean((ours - theirs) ** 2)):5.1f}°")
            assert np.isfinite(ours).all()


def test_balancing_on_one_leg_is_no_squat(filmed: Filmed) -> None:
    film, _ = filmed
    assert nobody_else(film)
    found = findings(body(film, SQUAT), SQUAT)
    assert found.repetitions == 0
    assert {metric.reason for metric in found.metrics} == {Reason.TOO_FEW}


@pytest.fixture(scope="module")
def walker() -> Landmarks:
    return landmarks(material("sports2d_demo/demo.mp4"), WALKER)


def test_a_walk_seen_from_the_side_is_no_squat(walker: Landmarks) -> None:
    assert nobody_else(walker)
    seen = body(walker, SQUAT)
    assert [(one.view, one.facing) for one in seen.segments] == [(View.SAGITTAL, Facing.LEFT)]
    assert findings(seen, SQUAT).repetitions == 0


def test_the_walkers_knee_goes_through_the_range_of_a_walk(walker: Landmarks) -> None:
    """Straight to about 60° (Winter 1991), with the error that is stated."""
    found = ranges(body(walker, JOINTS), JOINTS)
    least, most = (found.metric(f"left_knee_{end}") for end in ("min", "max"))
    assert least is not None
    assert most is not None
    print(f"left knee: {least.value}° to {most.value}°")
    assert least.value == pytest.approx(3, abs=12)
    assert most.value == pytest.approx(62, abs=12)


@pytest.mark.parametrize(
    ("cut", "view", "facing", "lowest"),
    [(JUMPER, View.FRONTAL, Facing.FRONT, [24, 59]), (LANDING, View.SAGITTAL, Facing.RIGHT, [196])],
    ids=["half squats from the front", "a crouch from the side"],
)
def test_the_squats_that_the_eye_sees_are_found(cut: Cut, view: View, facing: Facing, lowest: list[int]) -> None:
    film = landmarks(material("sports2d_demo/demo.mp4"), cut)
    assert nobody_else(film)
    seen = body(film, SQUAT)
    found = findings(seen, SQUAT)
    bottoms = [phase.picture for phase in found.phases if phase.name == "bottom"]
    expected = [(frame - cut.first) / film.rate for frame in lowest]
    print({one.name: round(one.value, 1) for one in found.metrics if one.value is not None and one.rep is None})
    assert [(one.view, one.facing) for one in seen.segments] == [(view, facing)]
    assert bottoms == pytest.approx(expected, abs=BOTTOM)
    knee = found.metric("right_knee_flexion")
    assert knee is not None
    assert knee.reason is (Reason.WRONG_VIEW if view is View.FRONTAL else None)
