"""Videos of what sessions sent: every picture at its time, pieces joined as they are, and hostile ones harmless."""

import io
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any

import av
import numpy as np
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from jobs.faults import WorkFailed, WorkStopped
from jobs.video.assembly.__main__ import from_pictures, from_video
from jobs.video.assembly.feeding import assemble
from jobs.video.assembly.limits import LONGEST_SIDE, MEBIBYTE
from jobs.video.assembly.made import RECORD, TOO_LARGE, Made
from jobs.video.faults import NotAssembled
from jobs.video.sandbox import OUT_OF_MEMORY
from tests.kit.chunks import boxes, clusters, encoded, film, hostile, plain, seconds, shown
from tests.kit.running import waiting

ROOT = Path(__file__).parents[3]
RATE = Fraction(10)
COLOURS = ((230, 20, 20), (20, 230, 20), (20, 20, 230), (230, 230, 230))
PICTURES = [encoded(plain(colour)) for colour in COLOURS]
BROKEN = b"\xff\xd8\xff"
TOLERANCE = 14
"""Of 255: what JPEG and H.264 do to a colour."""


def records(pieces: Mapping[int, bytes] | Sequence[bytes]) -> io.BytesIO:
    """Pieces as the process is sent them."""
    named = pieces.items() if isinstance(pieces, Mapping) else enumerate(pieces)
    return io.BytesIO(b"".join(RECORD.pack(index, len(piece)) + piece for index, piece in named))


def near(found: tuple[int, int, int], expected: tuple[int, int, int]) -> bool:
    return all(abs(one - other) <= TOLERANCE for one, other in zip(found, expected, strict=True))


def expected_timeline(colours: Mapping[int, int | None], rate: Fraction) -> tuple[list[tuple[float, int]], float]:
    """Independent reference: when which colour begins, and when the last one ends; None is a broken picture."""
    whole = {index: colour for index, colour in sorted(colours.items()) if colour is not None}
    first = min(whole)
    timeline: list[tuple[float, int]] = []
    for index, colour in whole.items():
        if not timeline or timeline[-1][1] != colour:
            timeline.append((round(float((index - first) / rate), 4), colour))
    return timeline, float((max(whole) - first + 1) / rate)


timelines = st.dictionaries(
    st.integers(0, 40), st.none() | st.integers(0, len(COLOURS) - 1), min_size=1, max_size=12
).filter(lambda colours: any(colour is not None for colour in colours.values()))


@settings(max_examples=40)
@given(timelines, st.sampled_from([Fraction(10), Fraction(1), Fraction(30), Fraction(30000, 1001)]))
def test_every_picture_is_shown_at_its_time_and_what_shows_nothing_new_is_left_out(
    colours: Mapping[int, int | None], rate: Fraction
) -> None:
    pieces = {index: BROKEN if colour is None else PICTURES[colour] for index, colour in sorted(colours.items())}
    expected, end = expected_timeline(colours, rate)
    with TemporaryDirectory() as folder:
        made = from_pictures(records(pieces), rate, f"{folder}/video.mp4")
        found, lasting = shown(f"{folder}/video.mp4"), seconds(f"{folder}/video.mp4")
    assert [begin for begin, _ in found] == [begin for begin, _ in expected]
    assert all(near(colour, COLOURS[one]) for (_, colour), (_, one) in zip(found, expected, strict=True))
    assert lasting == pytest.approx(end, abs=0.002)
    broken = sum(colour is None for colour in colours.values())
    assert (made.pictures, made.broken) == (len(expected), broken)
    assert made.seconds == pytest.approx(end)


@pytest.mark.parametrize("format", ["jpg", "png", "webp"])
def test_each_format_of_pictures_is_taken(format: str, tmp_path: Path) -> None:
    pieces = [encoded(plain(colour), format) for colour in COLOURS]
    assert from_pictures(records(pieces), RATE, str(tmp_path / "v.mp4")).pictures == len(COLOURS)
    assert all(near(found, given) for (_, found), given in zip(shown(tmp_path / "v.mp4"), COLOURS, strict=True))


@pytest.mark.parametrize(
    ("size", "becomes"), [((63, 47), (62, 46)), ((1, 1), (2, 2)), ((5000, 10), (LONGEST_SIDE, 8)), ((64, 48), (64, 48))]
)
def test_a_video_is_as_large_as_its_first_picture_but_even_and_playable(
    size: tuple[int, int], becomes: tuple[int, int], tmp_path: Path
) -> None:
    pieces = [encoded(plain(COLOURS[0], size), "png"), encoded(plain(COLOURS[1], (100, 100)), "png")]
    from_pictures(records(pieces), RATE, str(tmp_path / "v.mp4"))
    with av.open(str(tmp_path / "v.mp4")) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == becomes
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")


def test_a_picture_of_another_size_is_shown_whole_with_black_beside_it(tmp_path: Path) -> None:
    wide, tall = plain(COLOURS[3], (64, 48)), plain(COLOURS[0], (100, 200))
    from_pictures(records([encoded(wide, "png"), encoded(tall, "png")]), RATE, str(tmp_path / "v.mp4"))
    with av.open(str(tmp_path / "v.mp4")) as container:
        _, second = (frame.to_ndarray(format="rgb24") for frame in container.decode(video=0))
    assert np.abs(second[:, 22:42].astype(int) - COLOURS[0]).max() <= TOLERANCE
    assert max(second[:, :18].max(), second[:, 46:].max()) <= TOLERANCE


def drawn(*, cursor: bool = False, noise: int | None = None, colour: tuple[int, int, int] = (200, 200, 200)) -> bytes:
    """A screen of 320 x 240, lossless."""
    picture = plain(colour, (320, 240))
    if cursor:
        picture[100:114, 160:162] = 0
    if noise is not None:
        rough = np.random.default_rng(noise).normal(0, 4, picture.shape)
        picture = np.clip(picture + rough, 0, 255).astype(np.uint8)
    return encoded(picture, "png")


@pytest.mark.parametrize(
    ("second", "pictures"),
    [
        (drawn(), 1),
        (drawn(cursor=True), 2),
        (drawn(noise=2), 1),
        (drawn(colour=(230, 188, 193)), 2),
    ],
    ids=["the same", "a cursor", "noise", "another colour of the same brightness"],
)
def test_what_is_new_is_a_change_to_look_at(second: bytes, pictures: int, tmp_path: Path) -> None:
    first = drawn(noise=1) if pictures == 1 else drawn()
    assert from_pictures(records([first, second]), RATE, str(tmp_path / "v.mp4")).pictures == pictures


MOVING = [plain(colour) for colour in COLOURS * 3]


def packets(source: Path | io.BytesIO) -> list[tuple[float, bytes]]:
    opened: Any = av.open(source if isinstance(source, io.BytesIO) else str(source))
    with opened as container:
        found = [packet for packet in container.demux(video=0) if packet.size]
        return [(round(float(packet.pts * packet.time_base), 3), bytes(packet)) for packet in found]


@pytest.mark.parametrize(
    ("codec", "container", "cut"),
    [("libx264", "mp4", boxes), ("libvpx-vp9", "webm", clusters), ("libx264", "matroska", clusters)],
    ids=["fragments of mp4", "clusters of webm", "clusters with h264"],
)
def test_pieces_of_a_video_are_joined_without_touching_a_picture(
    codec: str, container: str, cut: object, tmp_path: Path
) -> None:
    whole = film(MOVING, codec, container)
    pieces = cut(whole)  # type: ignore[operator]
    assert len(pieces) > 2
    made = from_video(records(pieces), str(tmp_path / "v.mp4"))
    assert (made.pictures, made.broken) == (len(MOVING), 0)
    assert [begin for begin, _ in packets(tmp_path / "v.mp4")] == [begin for begin, _ in packets(io.BytesIO(whole))]
    assert made.seconds == pytest.approx(len(MOVING) / 10, abs=0.11)
    assert all(near(found, given) for (_, found), given in zip(shown(tmp_path / "v.mp4"), COLOURS * 3, strict=True))


def test_sound_stays(tmp_path: Path) -> None:
    pieces = clusters(film(MOVING, "libvpx-vp9", "webm", sound="libopus"))
    from_video(records(pieces), str(tmp_path / "v.mp4"))
    with av.open(str(tmp_path / "v.mp4")) as container:
        heard: Any = container.streams.audio[0]
        assert heard.codec_context.name in ("opus", "libopus")
        assert float(heard.duration * heard.time_base) == pytest.approx(len(MOVING) / 10, abs=0.1)


def test_what_mp4_cannot_hold_is_encoded_again(tmp_path: Path) -> None:
    pieces = clusters(film(MOVING, "libvpx", "webm"))
    made = from_video(records(pieces), str(tmp_path / "v.mp4"))
    assert made.pictures == len(MOVING)
    found = shown(tmp_path / "v.mp4")
    assert [begin for begin, _ in found] == [number / 10 for number in range(len(MOVING))]
    assert all(near(colour, given) for (_, colour), given in zip(found, COLOURS * 3, strict=True))
    with av.open(str(tmp_path / "v.mp4")) as container:
        assert container.streams.video[0].codec_context.name == "h264"


def test_a_video_that_begins_anew_goes_on_where_it_ended(tmp_path: Path) -> None:
    pieces = boxes(film(MOVING[:4])) + boxes(film(MOVING[4:8]))
    assert from_video(records(pieces), str(tmp_path / "v.mp4")).pictures == 8
    assert [begin for begin, _ in shown(tmp_path / "v.mp4")] == [number / 10 for number in range(8)]


def test_what_is_missing_between_two_videos_keeps_its_time(tmp_path: Path) -> None:
    first, second = (film(MOVING[:4], "libvpx-vp9", "webm", begin=Fraction(begin)) for begin in (0, 3))
    pieces = clusters(first) + clusters(second)
    from_video(records(pieces), str(tmp_path / "v.mp4"))
    assert [begin for begin, _ in shown(tmp_path / "v.mp4")] == [0, 0.1, 0.2, 0.3, 3.0, 3.1, 3.2, 3.3]


def test_a_video_that_changes_its_size_is_one_of_the_first_size(tmp_path: Path) -> None:
    other = [plain(colour, (128, 96)) for colour in COLOURS]
    made = from_video(records(boxes(film(MOVING[:4])) + boxes(film(other))), str(tmp_path / "v.mp4"))
    assert made.pictures == 8
    assert all(near(found, given) for (_, found), given in zip(shown(tmp_path / "v.mp4"), COLOURS * 2, strict=True))


def test_a_damaged_piece_costs_what_it_has(tmp_path: Path) -> None:
    header, *fragments = boxes(film(MOVING))
    fragments[1] = fragments[1][:20] + bytes(len(fragments[1]) - 20)
    made = from_video(records([header, *fragments]), str(tmp_path / "v.mp4"))
    assert 0 < made.pictures < len(MOVING)
    assert 0 < len(shown(tmp_path / "v.mp4")) < len(MOVING)


@pytest.mark.parametrize(
    "pieces",
    [
        boxes(film(MOVING))[1:],
        [b"\x00\x00\x00\x18ftypmp42" + bytes(3000)],
        [b"\x1a\x45\xdf\xa3" + bytes(3000)],
        [b"\x00\x00\x00\x18ftyp#EXTM3U\nfile:///etc/passwd\n"],
        [],
    ],
    ids=["no header", "a header of nothing", "an empty webm", "a playlist", "nothing"],
)
def test_pieces_that_nobody_can_read_make_no_video(pieces: Sequence[bytes], tmp_path: Path) -> None:
    assert from_video(records(pieces), str(tmp_path / "v.mp4")).pictures == 0


def made_apart(
    pieces: Sequence[bytes], kind: str = "image", stopping: threading.Event | None = None
) -> tuple[Made, bytes]:
    """By a process of its own; the video's bytes."""
    with TemporaryFile() as out:
        made = assemble(kind, enumerate(pieces), RATE, out, stopping or threading.Event())  # type: ignore[arg-type]
        out.seek(0)
        return made, out.read()


@contextmanager
def most_memory() -> Iterator[list[int]]:
    """What the process that assembles has had in memory at most, in bytes, looked at again and again until the end."""
    seen: list[int] = []
    over = threading.Event()
    watching = threading.Thread(target=_watch, args=(seen, over))
    watching.start()
    try:
        yield seen
    finally:
        over.set()
        watching.join()


def _watch(seen: list[int], over: threading.Event) -> None:
    while not over.wait(0.02):
        # one that ends meanwhile has been looked at before
        with suppress(psutil.Error, FileNotFoundError, ProcessLookupError):
            for child in psutil.Process().children():
                if "jobs.video.assembly" in child.cmdline():
                    status = Path(f"/proc/{child.pid}/status").read_text()
                    seen += [1024 * int(kib) for kib in re.findall(r"VmHWM:\s+(\d+) kB", status)]


def test_hostile_pieces_break_nothing_and_stay_below_a_gibibyte() -> None:
    evil = hostile()
    assert len(evil) == 30
    mixed = [piece for index, evil_one in enumerate(evil.values()) for piece in (PICTURES[index % 2], evil_one)]
    with most_memory() as seen:
        made, video = made_apart(mixed)
    assert (made.broken, made.pictures) == (len(evil), len(evil))
    assert len(shown_of(video)) == len(evil)
    assert 100 * MEBIBYTE < max(seen) < 1024 * MEBIBYTE


def shown_of(video: bytes) -> list[float]:
    opened: Any = av.open(io.BytesIO(video))
    with opened as container:
        return [float(frame.time or 0) for frame in container.decode(video=0)]


def test_pieces_are_joined_by_a_process_of_its_own() -> None:
    made, video = made_apart(boxes(film(MOVING)), "video")
    assert (made.pictures, len(shown_of(video))) == (len(MOVING), len(MOVING))


def test_a_session_of_nothing_but_broken_pictures_says_so() -> None:
    with pytest.raises(NotAssembled, match="nothing of it can be shown: 2 of its pieces"):
        made_apart([BROKEN, b"noise"])


def test_a_stop_ends_the_process_in_the_middle() -> None:
    stopping = threading.Event()

    def endless() -> Iterator[tuple[int, bytes]]:
        for index in range(10**6):
            if index == 20:
                stopping.set()
            yield index, PICTURES[index % 4]

    with TemporaryFile() as out, pytest.raises(WorkStopped):
        assemble("image", endless(), RATE, out, stopping)


def children(process: int) -> list[int]:
    """The processes that one has started and that live."""
    listed = Path(f"/proc/{process}/task/{process}/children")
    return [int(each) for each in listed.read_text().split()]


def nameless(process: int) -> int:
    """How many files it has open that have no name."""
    found = 0
    for link in Path(f"/proc/{process}/fd").iterdir():
        with suppress(FileNotFoundError):
            found += "(deleted)" in os.readlink(link)
    return found


def test_a_worker_that_is_killed_leaves_no_process_and_no_file(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.kit.assembling"]
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, "TMPDIR": str(tmp_path)}) as worker:
        (child,) = waiting(lambda: children(worker.pid))
        # the video has begun: the child has the worker's file and its own way to it
        waiting(lambda: nameless(child) > 1)
        worker.kill()
    waiting(lambda: not Path(f"/proc/{child}").exists())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("how", "error", "words"),
    [
        ("memory", NotAssembled, "more than 1 GiB of memory"),
        ("processor", NotAssembled, "seconds of a processor"),
        ("large", NotAssembled, "more than 4 GiB"),
        ("kill", WorkFailed, "was killed by SIGKILL"),
    ],
)
def test_a_limit_is_named_and_any_other_death_may_pass(
    how: str, error: type[Exception], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.video.assembly.feeding.MODULE", "tests.kit.dying")
    with TemporaryFile() as out, capture_logs() as lines, pytest.raises(error, match=words):
        assemble(how, enumerate(PICTURES * 100), RATE, out, threading.Event())  # type: ignore[arg-type]
    assert [line["event"] for line in lines] == (["child_died"] if error is WorkFailed else [])


def test_exit_codes_tell_limits_apart() -> None:
    assert len({OUT_OF_MEMORY, TOO_LARGE, 0, 1}) == 4
