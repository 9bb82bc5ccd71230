"""Windows of streamed frames: many sessions in columns."""

from dataclasses import replace

import numpy as np
import pytest

from motion.body.landmarks import Floats, Landmarks
from motion.synthetic.camera import Camera, Side, project
from motion.synthetic.curves import Clock
from motion.synthetic.squatting import Squat, squat
from motion.windows import Frames, Windows, windows
from tests.kit.motion.poses import HEIGHT, WIDTH, sideways

BENT = {"trunk": 30.0, "hip": 80.0, "knee": 70.0, "ankle": 5.0, "shoulder": 100.0, "elbow": 45.0}
UPRIGHT = {"trunk": 2.0, "hip": 3.0, "knee": 4.0, "ankle": 0.0, "shoulder": 8.0, "elbow": 10.0}


def streamed(points: Floats, elapsed_ms: np.ndarray, session: int = 1) -> Frames:
    """Frames of one session, for points (n, 33, 2) in pixels."""
    n = len(points)
    return Frames(
        session=np.full(n, session),
        elapsed_ms=elapsed_ms,
        x=points[..., 0] / WIDTH,
        y=points[..., 1] / HEIGHT,
        visibility=np.where(np.isnan(points[..., 0]), 0.0, 0.9),
        width=np.full(n, float(WIDTH)),
        height=np.full(n, float(HEIGHT)),
    )


def still(pose: dict[str, float], frames: int = 30, facing: float = 1.0, session: int = 1) -> Frames:
    """A pose for so many thirtieths of a second."""
    points = np.repeat(sideways(**pose, facing=facing)[None], frames, axis=0)
    return streamed(points, np.arange(frames) * 1000 // 30, session)


def later(frames: Frames, seconds: int) -> Frames:
    """The same frames so much later."""
    return replace(frames, elapsed_ms=frames.elapsed_ms + 1000 * seconds)


def together(*parts: Frames) -> Frames:
    """All frames in one batch."""
    names = Frames.__slots__
    return Frames(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def shuffled(frames: Frames, seed: int = 0) -> Frames:
    """The same frames in another order."""
    order = np.random.default_rng(seed).permutation(frames.session.size)
    return Frames(*(getattr(frames, name)[order] for name in Frames.__slots__))


def film(landmarks: Landmarks) -> Frames:
    """A film as a stream."""
    frames = streamed(landmarks.points, np.round(landmarks.times * 1000).astype(np.int64))
    return replace(
        frames,
        x=landmarks.points[..., 0] / landmarks.width,
        y=landmarks.points[..., 1] / landmarks.height,
        width=np.full(landmarks.times.size, float(landmarks.width)),
        height=np.full(landmarks.times.size, float(landmarks.height)),
    )


def test_angles_of_a_pose_are_those_drawn() -> None:
    found = windows(still(BENT)).angles
    for side in ("left_", "right_", ""):
        for joint in ("knee", "hip", "shoulder", "elbow"):
            assert found[f"{side}{joint}_angle"].mean == pytest.approx(BENT[joint], abs=0.05)


@pytest.mark.parametrize("facing", [1.0, -1.0])
def test_a_shank_that_leans_forward_is_inclined_whichever_way_the_person_looks(facing: float) -> None:
    found = windows(still(BENT, facing=facing)).angles
    assert found["left_shank_inclination"].mean == pytest.approx(20.0, abs=0.05)


def test_dorsiflexion_waits_for_standing_and_counts_from_it() -> None:
    found = windows(together(later(still(BENT), 0), later(still(UPRIGHT), 1), later(still(BENT), 2)))
    assert found.standing[1] == pytest.approx([3.0, 3.0], abs=0.05)
    assert np.isnan(found.angles["left_ankle_angle"].mean).tolist() == [True, True, False]
    for name in ("left_ankle_angle", "right_ankle_angle", "ankle_angle"):
        assert found.angles[name].mean[2] == pytest.approx(17.0, abs=0.05)


def test_another_sessions_standing_is_no_baseline() -> None:
    found = windows(together(still(UPRIGHT, session=1), later(still(BENT, session=2), 1)))
    assert np.isnan(found.angles["ankle_angle"].mean).all()


def test_somebody_who_bends_or_moves_gives_no_standing() -> None:
    assert np.isnan(windows(still(BENT)).standing).all()
    moving = windows(film(project(squat(how=Squat(repetitions=1, rest=0.0)), Camera(side=Side.RIGHT), Clock(30))))
    assert np.isnan(moving.standing[0]).all()


def test_windows_are_whole_seconds_of_each_session() -> None:
    found = windows(together(still(BENT, 75, session=7), still(UPRIGHT, 30, session=3)))
    assert found.session.tolist() == [3, 7, 7, 7]
    assert found.start_ms.tolist() == [0, 0, 1000, 2000]
    assert found.frames.tolist() == [30, 30, 30, 15]
    assert found.angles["knee_angle"].mean == pytest.approx([4.0, 70.0, 70.0, 70.0], abs=0.05)


def test_the_order_of_frames_does_not_matter() -> None:
    frames = together(still(BENT, 75, session=7), still(UPRIGHT, 30, session=3))
    one, other = windows(frames), windows(shuffled(frames))
    assert_same(one, other)


def assert_same(one: Windows, other: Windows) -> None:
    """Equal to what adding up in another order makes of floating point."""
    np.testing.assert_array_equal(one.session, other.session)
    np.testing.assert_allclose(one.confidence, other.confidence)
    for name, span in one.angles.items():
        np.testing.assert_allclose(other.angles[name].mean, span.mean)
        np.testing.assert_array_equal(other.angles[name].most, span.most)


def test_sessions_do_not_mix() -> None:
    alone = windows(still(BENT, 45, session=7))
    among = windows(together(still(UPRIGHT, 60, session=3), still(BENT, 45, session=7), still(UPRIGHT, session=9)))
    mine = among.session == 7
    np.testing.assert_allclose(among.angles["hip_angle"].mean[mine], alone.angles["hip_angle"].mean)


def test_a_squat_has_its_range() -> None:
    movement = squat(how=Squat(repetitions=1))
    found = windows(film(project(movement, Camera(side=Side.RIGHT), Clock(30)))).angles["right_knee_angle"]
    truth = movement.angles(Clock(30).times(movement.duration))["right_knee_angle"][:30]
    assert found.most[0] == pytest.approx(truth.max(), abs=0.05)
    assert found.range_of_motion[0] == pytest.approx(np.ptp(truth), abs=0.05)


def test_frames_with_nobody_leave_the_others_mean() -> None:
    frames = still(BENT)
    points = np.where((np.arange(30) < 10)[:, None], np.nan, frames.x)
    found = windows(replace(frames, x=points, visibility=np.where(np.isnan(points), 0.0, 0.9)))
    assert found.angles["knee_angle"].mean == pytest.approx(70.0, abs=0.05)
    assert found.confidence == pytest.approx(0.9 * 2 / 3)


def test_a_client_that_does_not_say_its_resolution_gets_no_angles() -> None:
    found = windows(replace(still(BENT), width=np.full(30, np.nan), height=np.full(30, np.nan)))
    assert all(np.isnan(span.mean).all() for span in found.angles.values())


def test_few_frames_are_worth_less() -> None:
    assert windows(still(BENT, 30)).confidence == pytest.approx(0.9)
    assert windows(still(BENT, 15)).confidence == pytest.approx(0.45)
