"""The overlay video: as large, long and fast as the upright original, with nothing of its sound or place."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from jobs.video.decode import frames
from jobs.video.drawing import draw
from jobs.video.film import Film, Picture
from jobs.video.probe import probe
from motion.body.landmarks import Floats
from tests.kit.films import Made, cornered, number_of, numbered, written


class Number:
    """Draws the index that it is given as a grey, like `numbered`."""

    def draw(self, frame: Picture, index: int) -> None:
        frame[:] = 10 + 4 * (index % 60)


class Nothing:
    """Leaves the picture."""

    def draw(self, frame: Picture, index: int) -> None:
        pass


class Broken:
    """Fails in the middle."""

    def draw(self, frame: Picture, index: int) -> None:
        if index == 5:
            raise ValueError("a pen broke")


def stamps_of(film: Film) -> Floats:
    return np.array([frame.stamp for frame in frames(film)], float)


def drawn(source: Path, out: Path, drawer: Callable[[], Number | Nothing | Broken] = Nothing, step: int = 1) -> Film:
    film = probe(source)
    draw(film, stamps_of(film)[::step], drawer, out)
    return probe(out)


SHAPES: dict[str, Made] = {
    "phone": Made(rate=30),
    "60 fps": Made(rate=60),
    "240 fps": Made(rate=240),
    "NTSC": Made(base=Fraction(1, 30000), stamps=range(0, 120 * 1001, 1001)),
    "turned": Made(matrix=(0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)),
    "wide pixels": Made(aspect=Fraction(3, 2)),
    "mkv": Made(format="matroska"),
    "varied": Made(base=Fraction(1, 1000), stamps=np.cumsum([33, 34, 50, 20] * 30).tolist()),
}


@pytest.mark.parametrize("how", SHAPES.values(), ids=SHAPES)
def test_size_duration_and_times_are_the_upright_originals(tmp_path: Path, how: Made) -> None:
    source = written(tmp_path / "a.mp4", numbered(120), how)
    film, made = probe(source), drawn(source, tmp_path / "out.mp4")
    assert (made.width, made.height) == (film.width, film.height)
    assert (made.turn.quarters, made.frames) == (0, film.frames)
    assert made.rate == pytest.approx(film.rate, rel=1e-3)
    assert made.seconds == pytest.approx(film.seconds, abs=0.002)
    before, after = (np.array(each.stamps) * float(each.time_base) for each in (film, made))
    assert np.allclose(after - after[0], before - before[0], atol=1e-3)


def test_it_is_h264_for_every_player_with_its_index_in_front(tmp_path: Path) -> None:
    source = written(tmp_path / "a.mp4", numbered(90))
    drawn(source, tmp_path / "out.mp4")
    data = (tmp_path / "out.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    with av.open(str(tmp_path / "out.mp4")) as container:
        context = container.streams.video[0].codec_context
        assert (context.name, context.pix_fmt) == ("h264", "yuv420p")


def test_place_device_and_sound_are_left_behind(tmp_path: Path) -> None:
    metadata = (("location", "+47.0+008.0/"), ("title", "my garden"))
    source = written(tmp_path / "a.mov", numbered(90), Made(format="mov", metadata=metadata))
    assert b"+47.0" in source.read_bytes()
    drawn(source, tmp_path / "out.mp4")
    data = (tmp_path / "out.mp4").read_bytes()
    assert b"+47.0" not in data
    assert b"garden" not in data
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert len(container.streams) == 1


@pytest.mark.parametrize("count", [20, 120], ids=["in one stretch", "in two"])
def test_every_picture_gets_its_own_numbers(tmp_path: Path, count: int) -> None:
    drawn(written(tmp_path / "a.mp4", [cornered()] * count), tmp_path / "out.mp4", Number)
    seen = [number_of(frame.picture()) for frame in frames(probe(tmp_path / "out.mp4"))]
    assert seen == [index % 60 for index in range(count)]


def test_a_picture_between_two_analysed_ones_shows_the_earlier_ones_numbers(tmp_path: Path) -> None:
    drawn(written(tmp_path / "a.mp4", [cornered()] * 100, Made(rate=120)), tmp_path / "out.mp4", Number, step=2)
    seen = [number_of(frame.picture()) for frame in frames(probe(tmp_path / "out.mp4"))]
    assert seen == [index // 2 for index in range(100)]


def test_colours_stay_what_they_were(tmp_path: Path) -> None:
    drawn(written(tmp_path / "a.mp4", [cornered()] * 30), tmp_path / "out.mp4")
    picture = next(frames(probe(tmp_path / "out.mp4"))).picture()
    assert np.abs(picture[4:20, 4:28].mean(axis=(0, 1)) - (255, 0, 0)).max() < 12
    assert np.abs(picture[4:20, 36:60].mean(axis=(0, 1)) - (0, 255, 0)).max() < 12


def test_an_odd_side_grows_by_one_line(tmp_path: Path) -> None:
    source = written(tmp_path / "a.mp4", numbered(30, 65, 49), Made(pixels="yuv444p"))
    assert drawn(source, tmp_path / "out.mp4").stored == (66, 50)


def test_nothing_is_left_of_a_drawing_that_failed(tmp_path: Path) -> None:
    source = written(tmp_path / "a.mp4", numbered(120))
    with pytest.raises(ValueError, match="pen"):
        drawn(source, tmp_path / "out.mp4", Broken)
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]
