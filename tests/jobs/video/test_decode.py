"""Pictures come out upright, square, at the container's times."""

import errno
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from jobs.video.decode import decoded, frames
from jobs.video.film import Picture, Turn
from jobs.video.probe import probe
from tests.kit.films import NO_TURN, Made, cornered, number_of, numbered, written

ONE = 65536
QUARTER_TURNS = {
    "upright": (NO_TURN, 0),
    "clockwise": ((0, ONE, 0, -ONE, 0, 0, 0, 0, 1 << 30), 1),
    "upside down": ((-ONE, 0, 0, 0, -ONE, 0, 0, 0, 1 << 30), 2),
    "counterclockwise": ((0, -ONE, 0, ONE, 0, 0, 0, 0, 1 << 30), 3),
}


def first(path: Path) -> Picture:
    return next(frames(probe(path))).picture()


@pytest.mark.parametrize(("matrix", "quarters"), QUARTER_TURNS.values(), ids=QUARTER_TURNS)
def test_a_display_matrix_turns_the_picture_before_anything_sees_it(
    tmp_path: Path, matrix: tuple[int, ...], quarters: int
) -> None:
    path = written(tmp_path / "a.mp4", [cornered()] * 2, Made(matrix=matrix))
    picture = first(path)
    assert picture.shape == np.rot90(cornered(), -quarters).shape
    assert np.abs(picture.astype(int) - np.rot90(cornered(), -quarters)).mean() < 8
    assert (probe(path).width, probe(path).height) == (picture.shape[1], picture.shape[0])


def test_a_mirroring_display_matrix_is_carried_out(tmp_path: Path) -> None:
    path = written(tmp_path / "a.mp4", [cornered()] * 2, Made(matrix=(-ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30)))
    assert np.abs(first(path).astype(int) - cornered()[:, ::-1]).mean() < 8


def test_a_matrix_that_flattens_turns_nothing() -> None:
    assert Turn.of_matrix(np.zeros(9, np.int32)) == Turn()


@pytest.mark.parametrize(("aspect", "width"), [(Fraction(2), 128), (Fraction(1, 2), 32), (Fraction(4, 3), 85)])
def test_pixels_become_square(tmp_path: Path, aspect: Fraction, width: int) -> None:
    path = written(tmp_path / "a.mp4", [cornered()] * 2, Made(aspect=aspect))
    assert first(path).shape == (48, width, 3)


def test_times_of_a_phone_that_varies_its_rate_are_kept(tmp_path: Path) -> None:
    stamps = np.cumsum([0] + [1500, 1500, 3000, 1200, 1800] * 8).tolist()
    path = written(tmp_path / "a.mp4", numbered(len(stamps)), Made(base=Fraction(1, 45000), stamps=stamps))
    film = probe(path)
    found = [float(frame.stamp * film.time_base) for frame in frames(film)]
    assert np.allclose(np.array(found) - found[0], np.array(stamps) / 45000, atol=1e-4)
    assert film.rate == pytest.approx(30)


def test_frames_at_the_same_time_are_one(tmp_path: Path) -> None:
    how = Made("mjpeg", pixels="yuvj420p", base=Fraction(1, 1000), stamps=[0, 33, 65, 100, 101, 133])
    path = written(tmp_path / "a.mp4", numbered(6), how)
    data = bytearray(path.read_bytes())
    # The fourth entry of the table of intervals: how long the fourth frame is shown.
    at = data.index(b"stts") + 12 + 3 * 8 + 4
    data[at : at + 4] = bytes(4)
    path.write_bytes(data)
    film = probe(path)
    seen = [frame.stamp for frame in frames(film)]
    assert film.frames == 6
    assert len(seen) == 5
    assert all(a < b for a, b in pairwise(seen))


def test_frames_without_times_come_at_the_containers_rate(tmp_path: Path) -> None:
    path = written(tmp_path / "a.avi", numbered(30), Made("mpeg4", "avi"))
    seen = [frame.stamp for frame in frames(probe(path))]
    assert len(seen) == 30
    assert all(a < b for a, b in pairwise(seen))


@pytest.mark.parametrize("begin", [0, 1, 11, 12, 13, 30, 59])
def test_a_film_entered_in_its_middle_gives_the_same_frames(tmp_path: Path, begin: int) -> None:
    film = probe(written(tmp_path / "a.mp4", numbered(60)))
    found = [number_of(frame.picture()) for frame in frames(film, film.stamps[begin])]
    assert found == list(range(begin, 60))


def test_a_stretch_ends_before_its_end(tmp_path: Path) -> None:
    film = probe(written(tmp_path / "a.mp4", numbered(60)))
    found = [number_of(frame.picture()) for frame in frames(film, film.stamps[20], film.stamps[40], threads=2)]
    assert found == list(range(20, 40))


def test_a_damaged_middle_costs_its_own_frames(tmp_path: Path) -> None:
    path = written(tmp_path / "a.mp4", numbered(90), Made("mjpeg", pixels="yuvj420p"))
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + len(data) // 10] = bytes(len(data) // 10)
    path.write_bytes(data)
    film = probe(path)
    stamps = [frame.stamp for frame in frames(film)]
    assert 60 <= len(stamps) <= 90
    assert stamps[0] == 0
    assert stamps[-1] == film.stamps[-1]


def test_a_truncated_film_is_seen_up_to_its_end(tmp_path: Path) -> None:
    path = written(tmp_path / "a.mkv", numbered(90), Made(format="matroska"))
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    assert 30 <= len(list(frames(probe(path)))) < 90


class Reading:
    """A container and its stream, one of which fails at the second packet."""

    def __init__(self, error: Exception, at: str) -> None:
        self._error, self._at, self._seen = error, at, 0

    def demux(self, _: Any) -> Iterator[Any]:
        yield av.Packet(b"one")
        if self._at == "container":
            raise self._error
        yield av.Packet(b"two")

    def decode(self, packet: Any) -> list[Any]:
        self._seen += 1
        if self._at == "stream" and self._seen == 2:
            raise self._error
        return [] if packet is None else ["picture"]


@pytest.mark.parametrize("at", ["container", "stream"])
def test_damage_costs_its_own_frames_and_want_of_memory_is_no_damage(at: str) -> None:
    damaged: Any = Reading(av.error.InvalidDataError(errno.EINVAL, "Invalid data"), at)
    pictures: list[Any] = list(decoded(damaged, damaged))
    assert pictures == ["picture"]
    short: Any = Reading(av.error.MemoryError(errno.ENOMEM, "Cannot allocate memory"), at)
    with pytest.raises(MemoryError):
        list(decoded(short, short))
