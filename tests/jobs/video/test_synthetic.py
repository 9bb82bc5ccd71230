"""The film of a synthetic person is a video as phones write it, and says in every picture what it is."""

from pathlib import Path

import av
import numpy as np
import pytest

from jobs.video.film import Picture
from jobs.video.synthetic import BEHIND_WORDS, LABEL, Stage, render
from motion.body.landmarks import Landmarks, Point
from motion.synthetic import Camera, Clock, Flaws, Side, project, squat, stand

# One process of xdist, so that what its tests share is made once.
pytestmark = pytest.mark.xdist_group("synthetic")

SMALL = Camera(metre=120.0, width=320, height_px=321)


@pytest.fixture(scope="module")
def landmarks() -> Landmarks:
    return project(stand(duration=1.0), SMALL, Clock(25.0), Flaws(lost=((0.5, 0.6),)))


@pytest.fixture(scope="module")
def pictures(landmarks: Landmarks, tmp_path_factory: pytest.TempPathFactory) -> list[Picture]:
    out = tmp_path_factory.mktemp("synthetic") / "person.mp4"
    render(landmarks, out)
    assert [path.name for path in out.parent.iterdir()] == ["person.mp4"]
    return _decoded(out)


def _decoded(path: Path) -> list[Picture]:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert float(stream.average_rate or 0) == pytest.approx(25, rel=0.01)
        return [np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8) for frame in container.decode(stream)]


def test_every_frame_is_there_in_its_size(landmarks: Landmarks, pictures: list[Picture]) -> None:
    assert len(pictures) == landmarks.times.size
    assert pictures[0].shape == (322, 320, 3)


def test_every_picture_carries_the_label(pictures: list[Picture]) -> None:
    assert LABEL.startswith("SYNTHETIC")
    for picture in pictures:
        band = picture[2:12].reshape(-1, 3).astype(int)
        assert (np.abs(band - BEHIND_WORDS).max(axis=1) < 40).mean() > 0.4


def test_the_person_stands_where_the_landmarks_are_and_is_gone_when_lost(
    landmarks: Landmarks, pictures: list[Picture]
) -> None:
    x, y = landmarks.points[0, Point.RIGHT_KNEE].round().astype(int)
    there, gone = pictures[0][y, x].astype(int), pictures[int(0.55 * 25)][y, x].astype(int)
    assert np.abs(there - gone).max() > 30


def test_a_bar_is_drawn_in_the_hands() -> None:
    landmarks = project(squat(), SMALL, Clock(10.0))
    without, with_bar = Stage(landmarks).picture(0), Stage(landmarks, plate=60.0).picture(0)
    assert (without != with_bar).any()


def test_the_far_side_is_darker_and_from_the_front_neither_is() -> None:
    shades = []
    for side in (Side.RIGHT, Side.FRONT):
        landmarks = project(squat(), Camera(side, metre=120.0, width=320, height_px=320), Clock(10.0))
        picture = Stage(landmarks).picture(0)
        x, y = landmarks.points[0, Point.LEFT_WRIST].round().astype(int)
        shades.append(int(picture[y, x].sum()))
    assert shades[1] >= shades[0]


def test_landmarks_without_depth_are_refused(landmarks: Landmarks) -> None:
    flat = Landmarks(landmarks.times, landmarks.points, landmarks.visibility, 320, 321)
    with pytest.raises(ValueError, match="nearer"):
        Stage(flat)
