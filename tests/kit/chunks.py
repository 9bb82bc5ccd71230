"""Pictures and pieces of video as clients send them, honest ones and such that were made to do harm."""

import io
import struct
import zlib
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
SIZE = 64, 48
"""Width and height of what is drawn here unless said otherwise."""


def plain(colour: tuple[int, int, int], size: tuple[int, int] = SIZE) -> Picture:
    """(height, width, 3) RGB of one colour."""
    return np.full((size[1], size[0], 3), colour, np.uint8)


def encoded(picture: Picture, format: str = "jpg") -> bytes:
    """A picture file: jpg, png or webp."""
    done, content = cv2.imencode(f".{format}", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    assert done
    return bytes(content)


def film(
    pictures: Sequence[Picture],
    codec: str = "libx264",
    container: str = "mp4",
    rate: int = 10,
    begin: Fraction = Fraction(0),
    options: dict[str, str] | None = None,
    sound: str | None = None,
) -> bytes:
    """A video file of these pictures; its first one is shown at `begin` seconds."""
    file = io.BytesIO()
    made = (
        {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
        if container == "mp4"
        else {"cluster_time_limit": "300"}
    )
    with av.open(file, "w", format=container, options=made if options is None else options) as out:
        stream: Any = out.add_stream(
            codec, rate=rate, options={"g": "3", "bf": "0"} if codec == "libx264" else {"g": "3"}
        )
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        # as in tests.kit.films: threads of libvpx may wait for each other for ever
        stream.codec_context.thread_count = 1
        heard: Any = None if sound is None else out.add_stream(sound, rate=48_000)
        for number, picture in enumerate(pictures):
            frame = VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number + round(begin * rate), Fraction(1, rate)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
        if heard is not None:
            _silence(out, heard, Fraction(len(pictures), rate))
    return file.getvalue()


def _silence(out: Any, heard: Any, seconds: Fraction) -> None:
    for number in range(round(seconds * 48_000 / 960)):
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 960), np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, number * 960, Fraction(1, 48_000)
        out.mux(heard.encode(frame))
    out.mux(heard.encode(None))


def boxes(content: bytes) -> list[bytes]:
    """An MP4 cut before each fragment: its header, and one piece a fragment."""
    cuts, at = [0], 0
    while at < len(content):
        if content[at + 4 : at + 8] == b"moof":
            cuts.append(at)
        at += struct.unpack_from(">I", content, at)[0]
    return [content[begin:end] for begin, end in zip(cuts, [*cuts[1:], at], strict=True)]


def clusters(content: bytes) -> list[bytes]:
    """A WebM cut before each of its clusters."""
    first, *others = content.split(b"\x1f\x43\xb6\x75")
    return [first, *(b"\x1f\x43\xb6\x75" + other for other in others)]


def shown(path: Path | str) -> list[tuple[float, tuple[int, int, int]]]:
    """Of each frame of a video when it begins, and its mean colour, RGB; what lasts longest is told by the next."""
    found = []
    with av.open(str(path)) as container:
        for frame in container.decode(container.streams.video[0]):
            mean = frame.to_ndarray(format="rgb24").mean(axis=(0, 1))
            found.append((round(float(frame.time or 0), 4), (round(mean[0]), round(mean[1]), round(mean[2]))))
    return found


def seconds(path: Path | str) -> float:
    """How long a video lasts, by its container."""
    with av.open(str(path)) as container:
        return float((container.duration or 0) / av.time_base)


def claiming(jpeg: bytes, width: int, height: int) -> bytes:
    """A JPEG whose header claims another size."""
    at = next(at for at in range(len(jpeg)) if jpeg[at : at + 2] in (b"\xff\xc0", b"\xff\xc2"))
    return jpeg[: at + 5] + struct.pack(">HH", height, width) + jpeg[at + 9 :]


def png(width: int, height: int, data: bytes, *chunks: bytes, depth: int = 8, kind: int = 0) -> bytes:
    """A PNG of these compressed rows, however many they are."""
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (png_chunk(b"IHDR", header), *chunks, png_chunk(b"IDAT", data), png_chunk(b"IEND", b""))
    )


def png_chunk(name: bytes, content: bytes) -> bytes:
    """One part of a PNG."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def zeros(count: int) -> bytes:
    """At least so many zero bytes, compressed a thousand times; the checksum at the end is not theirs."""
    packing = zlib.compressobj(9)
    begin = packing.compress(b"") + packing.flush(zlib.Z_FULL_FLUSH)
    # after a full flush nothing refers to what was before, so what comes may be repeated
    block = packing.compress(bytes(2**20)) + packing.flush(zlib.Z_FULL_FLUSH)
    return begin + block * -(-count // 2**20) + packing.flush()


def hostile() -> dict[str, bytes]:
    """Thirty chunks that were made to do harm, by what they are; none of them is a picture that is taken."""
    jpeg, webp = encoded(plain((200, 30, 30))), encoded(plain((30, 200, 30)), "webp")
    small = encoded(plain((30, 30, 200)), "png")
    page = b"<html><script>alert(1)</script></html>"
    sides = ((30_000, 30_000), (65_500, 65_500), (65_500, 1_000), (6_001, 6_001))
    return {
        **{f"jpeg that claims {w} x {h}": claiming(jpeg, w, h) for w, h in sides},
        **{f"png that claims {w} x {h}": png(w, h, zeros(2**20)) for w, h in sides},
        "png of 30,000 x 30,000 that is all there": png(30_000, 30_000, zeros(30_000 * 30_001)),
        "png of 2^31 - 1 wide": png(2**31 - 1, 1, zeros(2**20)),
        "png of no width": png(0, 10, zeros(100)),
        "png of 16 bits and 100 megapixels": png(10_000, 10_000, zeros(2**20), depth=16, kind=6),
        "png whose rows are missing": png(5_000, 5_000, zeros(10)),
        "png whose colour profile unpacks to a gigabyte": png(8, 8, b"", png_chunk(b"iCCP", b"x\0\0" + zeros(2**30))),
        "png whose text unpacks to a gigabyte": png(8, 8, b"", png_chunk(b"zTXt", b"x\0\0" + zeros(2**30))),
        "webp that claims 16,383 x 16,383": webp_claiming(16_383),
        **{f"jpeg cut at {share}": jpeg[: int(len(jpeg) * share)] for share in (0.05, 0.3, 0.6, 0.95)},
        **{f"png cut at {share}": small[: int(len(small) * share)] for share in (0.3, 0.6)},
        **{f"webp cut at {share}": webp[: int(len(webp) * share)] for share in (0.3, 0.9)},
        "page behind a jpeg's first bytes": b"\xff\xd8\xff\xe0" + page,
        "page behind a png's first bytes": b"\x89PNG\r\n\x1a\n" + page,
        "page behind a webp's first bytes": b"RIFF" + struct.pack("<I", len(page) + 4) + b"WEBP" + page,
        "archive behind a jpeg's first bytes": b"\xff\xd8\xff\xe1" + b"PK\x03\x04" * 1000,
        "noise behind a jpeg's first bytes": b"\xff\xd8\xff" + np.random.default_rng(7).bytes(100_000),
        "noise": np.random.default_rng(8).bytes(1000),
    }


def webp_claiming(side: int) -> bytes:
    """A lossless WebP (RFC 9649, 3) whose header claims a square of that side."""
    bits = 0x2F | ((side - 1) << 8) | ((side - 1) << 22)
    data = struct.pack("<Q", bits)[:5] + bytes(1000)
    body = b"WEBPVP8L" + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body
