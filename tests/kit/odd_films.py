"""Files that are no films, or films that are more than is taken, as the probe and uploads meet them."""

import os
import struct
import zipfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from jobs.video.limits import MAX_BYTES, MOST_PACKETS
from tests.kit.films import PLAIN, Made, cornered, numbered, written

Maker = Callable[[Path], Path]


def content(name: str, data: bytes) -> Maker:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(data)
        return folder / name

    return make


def film(name: str, how: Made = PLAIN, count: int = 30, width: int = 64, height: int = 48) -> Maker:
    return lambda folder: written(folder / name, numbered(count, width, height), how)


def picture(folder: Path) -> Path:
    cv2.imwrite(str(folder / "a.png"), cornered())
    return (folder / "a.png").rename(folder / "a.mp4")


def sound(folder: Path) -> Path:
    with av.open(str(folder / "a.mp4"), "w") as container:
        stream = container.add_stream("aac", rate=48000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 48000), np.float32), "fltp", "mono")
        frame.sample_rate, frame.pts = 48000, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return folder / "a.mp4"


def headless(folder: Path) -> Path:
    """A film whose index, at its end, was cut off."""
    path = film("a.mp4")(folder)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def no_frames(folder: Path) -> Path:
    with av.open(str(folder / "a.mkv"), "w") as container:
        stream = container.add_stream("mpeg4", rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        container.start_encoding()
    return folder / "a.mkv"


def packed(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "a.mp4", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.mp4", bytes(10_000_000))
    return folder / "a.mp4"


def playlist(folder: Path) -> Path:
    film("part.mp4")(folder)
    lines = ("#EXTM3U", "#EXT-X-TARGETDURATION:1", "#EXTINF:1,", "part.mp4", "#EXT-X-ENDLIST", "")
    return content("list.m3u8", "\n".join(lines).encode())(folder)


def playlist_as_film(folder: Path) -> Path:
    return playlist(folder).rename(folder / "list.mp4")


def concatenation(folder: Path) -> Path:
    film("part.mp4")(folder)
    return content("list.mp4", b"ffconcat version 1.0\nfile part.mp4\n")(folder)


def many_samples(folder: Path) -> Path:
    """A film whose index says that it has 268 million frames of a byte."""
    path = film("a.mp4")(folder)
    data = bytearray(path.read_bytes())
    at = data.index(b"stsz") + 8
    data[at : at + 8] = struct.pack(">II", 1, 0x0FFFFFFF)
    at = data.index(b"stts") + 12
    data[at : at + 4] = struct.pack(">I", 0x0FFFFFFF)
    path.write_bytes(data)
    return path


def huge_header(folder: Path) -> Path:
    """An AVI whose header says a hundred thousand pixels each way."""
    path = film("a.avi", Made("mjpeg", "avi", pixels="yuvj420p"))(folder)
    data = bytearray(path.read_bytes())
    at = data.index(b"strf") + 12
    data[at : at + 8] = struct.pack("<ii", 100_000, 100_000)
    path.write_bytes(data)
    return path


def bomb(folder: Path) -> Path:
    """One tiny frame, told a hundred and sixty thousand times."""
    source = film("one.mkv", Made("mjpeg", "matroska", pixels="yuvj420p"), 1, 16, 16)(folder)
    with av.open(str(source)) as read, av.open(str(folder / "a.mkv"), "w") as container:
        stream = container.add_stream_from_template(read.streams.video[0])
        data = bytes(next(read.demux(video=0)))
        for number in range(MOST_PACKETS + 1):
            packet = av.Packet(data)
            packet.stream, packet.time_base = stream, Fraction(1, 250)
            packet.pts = packet.dts = number
            container.mux(packet)
    return folder / "a.mkv"


def sparse(folder: Path) -> Path:
    with (folder / "a.mp4").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    return folder / "a.mp4"


def fifo(folder: Path) -> Path:
    os.mkfifo(folder / "a.mp4")
    return folder / "a.mp4"


def dangling(folder: Path) -> Path:
    (folder / "a.mp4").symlink_to(folder / "nothing.mp4")
    return folder / "a.mp4"


def eleven_minutes(folder: Path) -> Path:
    stamps = [*range(0, 3000, 100), 660_000]
    how = Made("mjpeg", "matroska", base=Fraction(1, 1000), stamps=stamps, pixels="yuvj420p")
    return written(folder / "a.mkv", numbered(len(stamps)), how)


def long_and_fast(folder: Path) -> Path:
    """A minute and a half at 100 frames a second."""
    how = Made("mpeg4", "matroska", rate=100)
    return written(folder / "a.mkv", numbered(9000, 16, 16), how)
