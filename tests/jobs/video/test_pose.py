"""Landmarks of real people, and of films that show nobody, several, half of one, or one who lies."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from jobs.video import stretches
from jobs.video.decode import frames
from jobs.video.faults import NotDecodable
from jobs.video.film import Picture
from jobs.video.pose import landmarks, same_person, seen
from jobs.video.probe import probe
from motion.analysis import analyse
from motion.body.landmarks import Floats, Landmarks, Point
from motion.faults import NotAnalysable, Unfit
from motion.request import Activity, Exercise, Request
from tests.kit.films import BALANCER, Made, numbered, written
from tests.kit.motion.material import material

# One process of xdist, so that what its tests share is made once.
pytestmark = pytest.mark.xdist_group("pose")

SQUAT = Request(activity=Activity.MOBILITY, exercise=Exercise.OVERHEAD_SQUAT)
COUNT = 34


@pytest.fixture(scope="module")
def person() -> list[Picture]:
    """An adult who stands on a beam, a second long, at a third of the size."""
    film = probe(material(BALANCER))
    return [frame.picture()[::3, ::3].copy() for frame, _ in zip(frames(film), range(COUNT), strict=False)]


def posed(folder: Path, pictures: list[Picture]) -> Landmarks:
    even = [picture[: picture.shape[0] // 2 * 2, : picture.shape[1] // 2 * 2] for picture in pictures]
    return landmarks(written(folder / "a.mp4", even))


def test_a_person_is_found_in_every_frame_in_pixels_of_the_picture(tmp_path: Path, person: list[Picture]) -> None:
    found = posed(tmp_path, person)
    assert found.found.all()
    assert found.times == pytest.approx(np.arange(COUNT) / 30)
    assert (found.width, found.height) == (360, 640)
    head, ankle = found.at(Point.HEAD), found.at(Point.LEFT_ANKLE)
    assert (ankle[:, 1] - head[:, 1]).min() > 150
    assert found.world is not None
    assert np.ptp(found.world[:, :, 1], axis=1).min() > 1
    assert found.shift is not None
    assert found.shift.max() < 0.01 * found.height


def test_nobody_is_nobody(tmp_path: Path) -> None:
    found = posed(tmp_path, list(numbered(COUNT, 320, 240)))
    assert not found.found.any()
    assert np.isnan(found.points).all()
    assert (found.visibility == 0).all()
    with pytest.raises(NotAnalysable) as raised:
        analyse(found, SQUAT)
    assert raised.value.reason is Unfit.NO_PERSON


def test_of_two_people_one_is_followed(tmp_path: Path, person: list[Picture]) -> None:
    found = posed(tmp_path, [np.hstack([picture, picture[:, ::-1]]) for picture in person])
    middle = found.between(Point.LEFT_HIP, Point.RIGHT_HIP)[found.found, 0]
    assert middle.size > COUNT // 2
    assert np.ptp(middle) < 180


ODD: dict[str, Callable[[Picture], Picture]] = {
    "only legs": lambda picture: picture[330:],
    "only a head": lambda picture: picture[:200],
    "sideways": lambda picture: np.rot90(picture).copy(),
    "upside down": lambda picture: picture[::-1].copy(),
    "far away": lambda picture: np.pad(picture[::4, ::4], ((200, 200), (300, 300), (0, 0))),
    "in the dark": lambda picture: picture // 16,
}


@pytest.mark.parametrize("change", ODD.values(), ids=ODD)
def test_an_odd_person_gives_a_result_or_a_reason(
    tmp_path: Path, person: list[Picture], change: Callable[[Picture], Picture]
) -> None:
    found = posed(tmp_path, [change(picture) for picture in person])
    assert ((found.visibility >= 0) & (found.visibility <= 1)).all()
    assert (np.isnan(found.points).any(axis=(1, 2)) == ~found.found).all()
    if np.count_nonzero(found.found) < 30:
        with pytest.raises(NotAnalysable, match=Unfit.NO_PERSON):
            analyse(found, SQUAT)
        return
    metrics = analyse(found, SQUAT).findings.metrics
    assert all(metric.value is None or np.isfinite(metric.value) for metric in metrics)


def test_stretches_find_what_one_tracker_finds(
    tmp_path: Path, person: list[Picture], monkeypatch: pytest.MonkeyPatch
) -> None:
    film = probe(written(tmp_path / "a.mp4", [*person, *person[::-1], *person]))
    both = seen(film)
    assert len(stretches.stretches(film)) == 2
    monkeypatch.setattr(stretches, "MOST", 1)
    one = seen(film)
    assert (both.stamps == one.stamps).all()
    apart = np.hypot(*np.moveaxis(both.landmarks.points - one.landmarks.points, -1, 0))
    assert np.median(apart) < 0.01 * np.ptp(one.landmarks.points[0, :, 1])


def test_mobility_above_60_fps_is_decimated(tmp_path: Path, person: list[Picture]) -> None:
    path = written(tmp_path / "a.mp4", person[:16], Made(rate=240))
    assert landmarks(path, SQUAT).rate == pytest.approx(60)
    assert landmarks(path, Request(activity=Activity.RUNNING)).rate == pytest.approx(240)


def test_slow_motion_is_told_in_real_time(tmp_path: Path, person: list[Picture]) -> None:
    found = landmarks(written(tmp_path / "a.mp4", person[:16]), Request(activity=Activity.RUNNING, capture_fps=240))
    assert found.rate == pytest.approx(240)


def test_a_film_that_breaks_after_its_probe_is_not_decodable(tmp_path: Path) -> None:
    path = written(tmp_path / "a.mp4", numbered(10), Made("mjpeg", pixels="yuvj420p"))
    film = probe(path)
    data = bytearray(path.read_bytes())
    begin = data.index(b"mdat") + 4
    data[begin : data.index(b"moov") - 4] = bytes(data.index(b"moov") - 4 - begin)
    path.write_bytes(data)
    with pytest.raises(NotDecodable):
        seen(film)


def row(x: float) -> Floats:
    table = np.zeros((33, 6))
    table[:, 0], table[:, 1] = x, np.linspace(0, 100, 33)
    return table


def test_a_tracker_that_holds_someone_else_is_told_from_one_that_trembles() -> None:
    nobody = np.full((33, 6), np.nan)
    assert same_person(row(50), row(53))
    assert not same_person(row(50), row(90))
    assert not same_person(row(50), nobody)
    assert not same_person(nobody, row(50))
    assert same_person(nobody, nobody)
