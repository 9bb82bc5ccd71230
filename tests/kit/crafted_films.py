"""Films made or changed at the level of boxes, packets and streams, as no camera writes them."""

import struct
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import numpy as np

from tests.kit.films import Made
from tests.kit.odd_films import Maker, film

NO_OPTIONS: Final[Mapping[str, str]] = {}
FTYP: Final = struct.pack(">I", 24) + b"ftypmp42" + bytes(4) + b"mp42isom"
EBML: Final = bytes.fromhex("1a45dfa3a34286810142f7810142f2810442f381084282886d6174726f736b61428781044285810218538067")
"""The head of an mkv and the id of its segment, whose size comes next."""
Changed = Callable[[bytearray], None]


def box(kind: bytes, *content: bytes) -> bytes:
    inside = b"".join(content)
    return struct.pack(">I", 8 + len(inside)) + kind + inside


def changed(make: Maker, change: Changed) -> Maker:
    """The film with some of its bytes changed."""

    def made(folder: Path) -> Path:
        path = make(folder)
        data = bytearray(path.read_bytes())
        change(data)
        path.write_bytes(data)
        return path

    return made


def replaced(old: bytes, new: bytes) -> Changed:
    def change(data: bytearray) -> None:
        assert old in data
        data[:] = data.replace(old, new)

    return change


def cut(data: bytearray) -> None:
    """Its second half is missing."""
    del data[len(data) // 2 :]


def noisy(begin: float, end: float) -> Changed:
    """Noise between two shares of the pictures' data, whose boxes stay as they are."""

    def change(data: bytearray) -> None:
        at = data.index(b"mdat") + 4
        size = int.from_bytes(data[at - 8 : at - 4]) - 8
        first, last = at + int(begin * size), at + int(end * size)
        data[first:last] = np.random.default_rng(1).bytes(last - first)

    return change


def referring(entry: bytes) -> Maker:
    """A film whose pictures lie, it says, in another file."""

    def change(data: bytearray) -> None:
        index = data.rindex(b"moov")
        at = data.index(b"dref", index) - 4
        size = int.from_bytes(data[at : at + 4])
        reference = box(b"dref", bytes(4), struct.pack(">I", 1), entry)
        for parent in (b"moov", b"trak", b"mdia", b"minf", b"dinf"):
            place = data.index(parent, index) - 4
            grown = int.from_bytes(data[place : place + 4]) + len(reference) - size
            data[place : place + 4] = struct.pack(">I", grown)
        data[at : at + size] = reference

    return changed(film("a.mov", Made(format="mov"), 10), change)


def alias(path: str) -> bytes:
    """A Macintosh alias of a file, as QuickTime refers to it."""
    named = path.encode()
    record = bytes(10) + bytes(28) + bytes(12) + bytes(64) + bytes(16) + struct.pack(">HH", 1, 1) + bytes(16)
    told = struct.pack(">HH", 2, len(named)) + named + struct.pack(">HH", 0xFFFF, 0)
    return box(b"alis", bytes(4), record, told)


def address(url: str) -> bytes:
    return box(b"url ", bytes(4), url.encode() + b"\0")


def remuxed(make: Maker, name: str, options: Mapping[str, str] = NO_OPTIONS, attached: bytes = b"") -> Maker:
    """The same packets in another container, which is written with options."""

    def made(folder: Path) -> Path:
        source, out = make(folder), folder / f"re-{name}"
        with av.open(str(source)) as read, av.open(str(out), "w", options=dict(options)) as write:
            stream = write.add_stream_from_template(read.streams.video[0])
            if attached:
                write.add_attachment("payload.ttf", "application/x-truetype-font", attached)
            for packet in read.demux(video=0):
                if packet.size:
                    packet.stream = stream
                    write.mux(packet)
        return out

    return made


def repeated(name: str, count: int, rate: int) -> Maker:
    """One tiny picture that often."""

    def made(folder: Path) -> Path:
        source = film("one.mkv", Made("mjpeg", "matroska", pixels="yuvj420p"), 1, 16, 16)(folder)
        with av.open(str(source)) as read, av.open(str(folder / name), "w") as write:
            stream = write.add_stream_from_template(read.streams.video[0])
            data = bytes(next(read.demux(video=0)))
            for number in range(count):
                packet = av.Packet(data)
                packet.stream, packet.time_base, packet.is_keyframe = stream, Fraction(1, rate), True
                packet.pts = packet.dts = number
                write.mux(packet)
        return folder / name

    return made


def beside(name: str, sound: bool, pictures: int = 1) -> Maker:
    """A film with several streams of pictures and perhaps sound."""

    def made(folder: Path) -> Path:
        with av.open(str(folder / name), "w") as write:
            write.metadata.update({"location": "+48.1372+011.5755/", "com.apple.quicktime.make": "Phone"})
            streams: list[Any] = [write.add_stream("libx264", rate=30) for _ in range(pictures)]
            heard: Any = write.add_stream("aac", rate=48000, layout="mono") if sound else None
            for stream in streams:
                stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
            for number in range(10):
                _picture(write, streams, number)
                if heard:
                    _tone(write, heard, number)
            for stream in [*streams, *([heard] if heard else [])]:
                write.mux(stream.encode())
        return folder / name

    return made


def _picture(write: Any, streams: list[Any], number: int) -> None:
    for stream in streams:
        image = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 10 * number, np.uint8), format="rgb24")
        image.pts, image.time_base = number, Fraction(1, 30)
        write.mux(stream.encode(image))


def _tone(write: Any, heard: Any, number: int) -> None:
    frame = av.AudioFrame.from_ndarray(np.zeros((1, 1600), np.float32), "fltp", "mono")
    frame.sample_rate, frame.pts, frame.time_base = 48000, number * 1600, Fraction(1, 48000)
    write.mux(heard.encode(frame))


def nested(depth: int) -> bytes:
    """Boxes in boxes."""
    inner = b""
    for number in range(depth):
        inner = box(b"moov" if number % 2 else b"trak", inner)
    return FTYP + inner


def compressed_index(claimed: int) -> bytes:
    """A QuickTime film whose index is packed, and has so many bytes, it says, once it is unpacked."""
    packed = struct.pack(">I", claimed) + bytes.fromhex("789c030000000001")
    return FTYP + box(b"moov", box(b"cmov", box(b"dcom", b"zlib"), box(b"cmvd", packed)))
