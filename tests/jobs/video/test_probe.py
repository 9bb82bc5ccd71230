"""Files that are no videos, or more than is taken: each has its answer, and none is followed anywhere."""

import errno
import os
from fractions import Fraction
from pathlib import Path
from typing import NoReturn

import av
import numpy as np
import pytest
from structlog.testing import capture_logs

from jobs.video.faults import ProbeDied, VideoRefused
from jobs.video.limits import Limit
from jobs.video.probe import probe, read
from motion.request import Activity, Exercise, Request
from tests.kit.films import Made
from tests.kit.odd_films import (
    Maker,
    bomb,
    concatenation,
    content,
    dangling,
    eleven_minutes,
    fifo,
    film,
    headless,
    huge_header,
    long_and_fast,
    many_samples,
    no_frames,
    packed,
    picture,
    playlist,
    playlist_as_film,
    sound,
    sparse,
)
from tests.kit.uploaded_films import PACKED_FILMS

SQUAT = Request(activity=Activity.MOBILITY, exercise=Exercise.OVERHEAD_SQUAT)
RUN = Request(activity=Activity.RUNNING)
JUMP = Request(activity=Activity.JUMPING, exercise=Exercise.COUNTERMOVEMENT_JUMP)
MJPEG = Made("mjpeg", pixels="yuvj420p")
REFUSED: dict[str, tuple[Maker, Limit]] = {
    "empty": (content("a.mp4", b""), Limit.VIDEO),
    "text": (content("a.mp4", b"not a film\n" * 100), Limit.VIDEO),
    "zeros": (content("a.mp4", bytes(100_000)), Limit.VIDEO),
    "noise": (content("a.mkv", np.random.default_rng(1).bytes(100_000)), Limit.VIDEO),
    "a page": (content("a.webm", b"<html><body>404</body></html>"), Limit.VIDEO),
    "picture": (picture, Limit.VIDEO),
    "archive": (packed, Limit.VIDEO),
    "sound alone": (sound, Limit.VIDEO),
    "cut before its index": (headless, Limit.VIDEO),
    "no frames": (no_frames, Limit.VIDEO),
    "playlist": (playlist, Limit.VIDEO),
    "playlist called a film": (playlist_as_film, Limit.VIDEO),
    "list of files": (concatenation, Limit.VIDEO),
    "session description": (content("a.mp4", b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n"), Limit.VIDEO),
    "transport stream": (film("a.ts", Made(format="mpegts")), Limit.VIDEO),
    "flash": (film("a.flv", Made(format="flv")), Limit.VIDEO),
    "moving gif": (film("a.gif", Made("gif", "gif", pixels="rgb8")), Limit.VIDEO),
    "bare stream": (film("a.mp4", Made(format="h264")), Limit.VIDEO),
    "lossless codec": (film("a.mkv", Made("ffv1", "matroska")), Limit.CODEC),
    "studio codec": (film("a.mov", Made("prores", "mov", pixels="yuv422p10le")), Limit.CODEC),
    "uncompressed": (film("a.avi", Made("rawvideo", "avi")), Limit.CODEC),
    "268 million frames in the index": (many_samples, Limit.VIDEO),
    "bomb of frames": (bomb, Limit.FRAMES),
    "8K": (film("a.mkv", Made("mjpeg", "matroska", pixels="yuvj420p"), 1, 7680, 4320), Limit.LONG_SIDE),
    "12 megapixels": (film("a.mkv", Made("mjpeg", "matroska", pixels="yuvj420p"), 1, 4000, 3000), Limit.PIXELS),
    "pixels wider than a screen": (film("a.mp4", Made(aspect=Fraction(40)), width=128), Limit.LONG_SIDE),
    "more than 240 fps": (film("a.mp4", Made(rate=480)), Limit.RATE),
    "more than 10 minutes": (eleven_minutes, Limit.SECONDS),
    "more than 500 MiB": (sparse, Limit.BYTES),
    "directory": (lambda folder: folder, Limit.FILE),
    "FIFO": (fifo, Limit.FILE),
    "device": (lambda _: Path("/dev/zero"), Limit.FILE),
    "missing": (lambda folder: folder / "a.mp4", Limit.READABLE),
    "link to nothing": (dangling, Limit.READABLE),
    "address": (lambda _: Path("http://example.org/a.mp4"), Limit.READABLE),
    "protocol": (lambda folder: Path(f"concat:{film('a.mp4')(folder)}"), Limit.READABLE),
}


@pytest.mark.parametrize(("make", "limit"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_is_not_taken_is_refused_by_the_limit_it_breaks(tmp_path: Path, make: Maker, limit: Limit) -> None:
    with pytest.raises(VideoRefused) as refused:
        probe(make(tmp_path))
    assert refused.value.limit == limit, str(refused.value)
    assert str(refused.value)


TAKEN: dict[str, Maker] = {
    "h264 mp4": film("a.mp4"),
    "h264 mov": film("a.mov", Made(format="mov")),
    "h264 mkv": film("a.mkv", Made(format="matroska")),
    "hevc": film("a.mp4", Made("libx265")),
    "vp8": film("a.webm", Made("libvpx", "webm")),
    "vp9": film("a.webm", Made("libvpx-vp9", "webm")),
    "av1": film("a.mp4", Made("libsvtav1"), width=128, height=128),
    "mpeg4 avi": film("a.avi", Made("mpeg4", "avi")),
    "mjpeg": film("a.mov", Made("mjpeg", "mov", pixels="yuvj420p")),
    "ten bits": film("a.mp4", Made("libx265", pixels="yuv420p10le")),
    "wrong extension": film("a.txt"),
    "odd name": film("-a: b%20|c?.mp4"),
    "a name in other letters": film("приседание 蹲.mp4"),
    "tiny": film("a.mp4", width=16, height=16),
    "a header that lies about its size": huge_header,
    "odd sides": film("a.mp4", Made(pixels="yuv444p"), width=65, height=49),
    "240 fps": film("a.mp4", Made(rate=240), 60),
    "5 fps": film("a.mp4", Made(rate=5), 10),
    "one frame": film("a.mp4", count=1),
    "late start": film("a.mkv", Made(format="matroska", stamps=range(300, 330))),
}


@pytest.mark.parametrize("make", TAKEN.values(), ids=TAKEN)
def test_what_phones_and_cameras_write_is_taken(tmp_path: Path, make: Maker) -> None:
    found = probe(make(tmp_path))
    assert found.frames >= 1
    assert found.width >= 16


@pytest.mark.parametrize("make", PACKED_FILMS.values(), ids=PACKED_FILMS)
def test_every_codec_is_taken_in_every_container(tmp_path: Path, make: Maker) -> None:
    found = read(str(make(tmp_path)))
    assert (found.frames, min(found.stored) >= 48) == (10, True)


def test_what_the_film_says_of_itself(tmp_path: Path) -> None:
    found = probe(film("a.mp4", Made(rate=60, gop=10))(tmp_path))
    assert (found.stored, found.frames) == ((64, 48), 30)
    assert found.rate == pytest.approx(60)
    assert found.seconds == pytest.approx(0.5)
    assert len(found.stamps) == 30
    assert len(found.keys) >= 3


def test_a_link_to_a_film_is_that_film(tmp_path: Path) -> None:
    path = film("a.mp4")(tmp_path)
    (tmp_path / "link.mp4").symlink_to(path)
    assert probe(tmp_path / "link.mp4").frames == 30


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = film("a.mp4")(tmp_path)
    path.chmod(0)
    with pytest.raises(VideoRefused, match="permission"):
        probe(path)


def test_a_minute_is_the_most_above_60_fps_except_for_mobility(tmp_path: Path) -> None:
    path = long_and_fast(tmp_path)
    assert probe(path, SQUAT).frames == 9000
    for request in (RUN, JUMP):
        with pytest.raises(VideoRefused) as refused:
            probe(path, request)
        assert refused.value.limit == Limit.FAST_SECONDS


def test_reading_for_which_the_machine_has_no_time_is_ended_and_says_nothing_of_the_film(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.video.sandbox.PROBE_WALL_SECONDS", 0.0)
    with capture_logs() as lines, pytest.raises(ProbeDied, match=r"was not done after 0 s; the machine is busy"):
        probe(film("a.mp4")(tmp_path))
    assert [line["event"] for line in lines] == ["child_died"]


def out_of_memory(*_: object) -> NoReturn:
    raise av.error.MemoryError(errno.ENOMEM, "Cannot allocate memory")


@pytest.mark.parametrize("where", ["opened", "_packets", "_first_image"])
def test_a_probe_without_memory_does_not_call_a_film_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    path = film("a.mp4")(tmp_path)
    monkeypatch.setattr(f"jobs.video.probe.{where}", out_of_memory)
    with pytest.raises(MemoryError):
        read(str(path))
