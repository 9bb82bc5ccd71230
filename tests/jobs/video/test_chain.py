"""From a file to an analysis and an overlay video, and what a film is refused for before and after its pose."""

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from jobs.video.chain import Stage, run
from jobs.video.drawing import Drawer
from jobs.video.film import Picture
from jobs.video.pose import Seen, seen
from jobs.video.probe import probe
from motion.analysis import Analysis
from motion.faults import NotAnalysable, Unfit
from motion.request import Activity, Exercise, Request
from tests.kit.films import BALANCER, Made, numbered, written
from tests.kit.motion.material import material

# One process of xdist, so that what its tests share is made once.
pytestmark = pytest.mark.xdist_group("chain")

SQUAT = Request(activity=Activity.MOBILITY, exercise=Exercise.OVERHEAD_SQUAT)
RUN = Request(activity=Activity.RUNNING)


class Pen:
    """Notes the frames that it is given."""

    def __init__(self, analysis: Analysis) -> None:
        self.drawn: list[int] = []
        PENS.append(self)

    def draw(self, frame: Picture, index: int) -> None:
        self.drawn.append(index)
        frame[:8, :8] = 255


PENS: list[Pen] = []


def silent(done: int, total: int, stage: Stage) -> None:
    """Says nothing."""


def analysed(path: Path, request: Request = SQUAT) -> Analysis:
    return run(path, request, path.with_name("out.mp4"), silent, Pen)


UNFIT: dict[str, tuple[Made, int, Unfit]] = {
    "one frame": (Made(), 1, Unfit.TOO_SHORT),
    "half a second": (Made(), 15, Unfit.TOO_SHORT),
    "5 fps": (Made(rate=5), 20, Unfit.FRAME_RATE),
    "nobody in it": (Made(), 40, Unfit.NO_PERSON),
    "nobody at 240 fps": (Made(rate=240), 260, Unfit.NO_PERSON),
}


@pytest.mark.parametrize(("how", "count", "reason"), UNFIT.values(), ids=UNFIT)
def test_a_film_that_shows_no_movement_has_its_reason(tmp_path: Path, how: Made, count: int, reason: Unfit) -> None:
    with pytest.raises(NotAnalysable) as raised:
        analysed(written(tmp_path / "a.mp4", numbered(count), how))
    assert raised.value.reason is reason
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]


def test_a_second_of_slow_motion_is_too_short(tmp_path: Path) -> None:
    slow = Request(activity=Activity.RUNNING, capture_fps=240)
    with pytest.raises(NotAnalysable) as raised:
        analysed(written(tmp_path / "a.mp4", numbered(40)), slow)
    assert raised.value.reason is Unfit.TOO_SHORT


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[Stage, list[tuple[int, int]]]:
    """A person's film analysed; what the chain said meanwhile."""
    stages: dict[Stage, list[tuple[int, int]]] = defaultdict(list)

    def progress(done: int, total: int, stage: Stage) -> None:
        stages[stage].append((done, total))

    PENS.clear()
    out = tmp_path_factory.mktemp("chain") / "out.mp4"
    analysis = run(material(BALANCER), SQUAT, out, progress, Pen)
    made, film = probe(out), probe(material(BALANCER))
    assert analysis.body.raw.times.size == film.frames
    assert (made.frames, made.stored) == (film.frames, film.stored)
    assert made.seconds == pytest.approx(film.seconds)
    return stages


def test_every_stage_says_how_far_it_is(told: dict[Stage, list[tuple[int, int]]]) -> None:
    assert list(told) == [Stage.PROBE, Stage.POSE, Stage.ANALYSIS, Stage.DRAWING]
    for stage in (Stage.POSE, Stage.DRAWING):
        assert told[stage] == [(done, 100) for done in range(101)]


def test_every_frame_is_drawn_once_with_its_own_index(told: dict[Stage, list[tuple[int, int]]]) -> None:
    assert sorted(index for pen in PENS for index in pen.drawn) == list(range(100))


def test_the_same_film_is_seen_the_same_twice(tmp_path: Path) -> None:
    film = probe(material(BALANCER))
    once, again = (seen(film, 2) for _ in range(2))
    assert isinstance(once, Seen)
    assert np.array_equal(once.landmarks.points, again.landmarks.points, equal_nan=True)


def test_a_pen_that_breaks_leaves_no_video(tmp_path: Path) -> None:
    class Broken(Pen):
        def draw(self, frame: Picture, index: int) -> None:
            raise ValueError("a pen broke")

    def broken(analysis: Analysis) -> Drawer:
        return Broken(analysis)

    with pytest.raises(ValueError, match="pen"):
        run(material(BALANCER), SQUAT, tmp_path / "out.mp4", silent, broken)
    assert list(tmp_path.iterdir()) == []
