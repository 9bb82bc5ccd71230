"""Films as strangers upload them: which are refused and by which words, which are taken, and how those taken then end.

The numbers and colours of `tests.kit.films` show nobody, so an analysis of what is taken never finds a person.
"""

import struct
from fractions import Fraction
from pathlib import Path
from typing import Final, NamedTuple

from motion.request import Activity
from tests.kit.crafted_films import (
    EBML,
    FTYP,
    address,
    alias,
    beside,
    box,
    changed,
    compressed_index,
    cut,
    nested,
    noisy,
    referring,
    remuxed,
    repeated,
    replaced,
)
from tests.kit.films import Made
from tests.kit.odd_films import (
    Maker,
    concatenation,
    content,
    eleven_minutes,
    film,
    headless,
    huge_header,
    many_samples,
    no_frames,
    packed,
    picture,
    playlist,
    sound,
)

BEGINS: Final = "begins like none of mp4, mov, m4v, webm, mkv, avi"
UNREADABLE: Final = "not a video that can be read"
NO_FRAMES: Final = "holds no frames"
NO_STREAM: Final = "no moving pictures"
ENDLESS: Final = b"\x01" + b"\xff" * 7 + b"\x1f\x43\xb6\x75"
NO_PICTURE: Final = "not one picture"
TURNED: Final = (0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30)

HEVC: Final = (("x265-params", "log-level=none"),)
AV1: Final = (("preset", "12"), ("svtav1-params", "lp=1"))


def short(name: str, codec: str = "libx264", container: str = "mp4", pixels: str = "yuv420p", **more: object) -> Maker:
    """A third of a second."""
    options = HEVC if codec == "libx265" else AV1 if codec == "libsvtav1" else ()
    how = Made(codec, container, pixels=pixels, **{"options": options, **more})  # type: ignore[arg-type]
    return film(name, how, 10)


def seen(name: str, codec: str, container: str, width: int, height: int) -> Maker:
    return film(name, Made(codec, container, pixels="yuvj420p"), 1, width, height)


MKV: Final = film("a.mkv", Made(format="matroska"), 10)
AVI: Final = short("a.avi", "mpeg4", "avi")
FASTSTART: Final = remuxed(
    film("a.mov", Made("mjpeg", "mov", pixels="yuvj420p"), 90), "a.mov", {"movflags": "faststart"}
)

UNEVEN: Final = (0, 33, 50, 120, 150, 155, 230, 260, 280, 320)

NO_FILM: Final[dict[str, tuple[Maker, str]]] = {
    "nothing": (content("a.mp4", b""), "is empty"),
    "one byte": (content("a.mp4", b"\0"), BEGINS),
    "text": (content("a.mp4", b"not a film\n" * 100), BEGINS),
    "a page": (content("a.mp4", b"<!doctype html><html><body>404</body></html>"), BEGINS),
    "zeros": (content("a.mp4", bytes(100_000)), BEGINS),
    "an archive": (packed, BEGINS),
    "a program": (content("a.mp4", b"\x7fELF\x02\x01\x01" + bytes(500)), BEGINS),
    "a picture": (picture, BEGINS),
    "a moving gif": (film("a.gif", Made("gif", "gif", pixels="rgb8")), BEGINS),
    "a playlist": (playlist, BEGINS),
    "a list of files": (concatenation, BEGINS),
    "a manifest": (content("a.mp4", b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"/>'), BEGINS),
    "a session description": (content("a.mp4", b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n"), BEGINS),
    "a transport stream": (film("a.ts", Made(format="mpegts"), 10), BEGINS),
    "flash": (film("a.flv", Made(format="flv"), 10), BEGINS),
    "a bare stream": (film("a.mp4", Made(format="h264"), 10), BEGINS),
    "sound as RIFF": (content("a.avi", b"RIFF\x24\0\0\0WAVEfmt " + bytes(500)), BEGINS),
    "sound alone": (sound, NO_STREAM),
    "a beginning and nothing": (content("a.mp4", FTYP), UNREADABLE),
    "a beginning and noise": (content("a.mp4", FTYP + bytes(range(256)) * 40), UNREADABLE),
    "cut before its index": (headless, UNREADABLE),
    "no frames": (no_frames, UNREADABLE),
    "nothing but noise for pictures": (changed(film("a.mp4", count=10), noisy(0, 1)), NO_PICTURE),
    "268 million frames in the index": (many_samples, NO_FRAMES),
    "an index of 2 GiB": (content("a.mp4", FTYP + struct.pack(">I", 2**31 - 1) + b"moov" + bytes(500)), NO_STREAM),
    "an index of 2^62 bytes": (
        content("a.mp4", FTYP + struct.pack(">I", 1) + b"moov" + struct.pack(">Q", 2**62) + bytes(500)),
        NO_STREAM,
    ),
    "an index that unpacks to 4 GiB": (content("a.mov", compressed_index(2**32 - 1)), "more than 1 GiB of memory"),
    "10,000 boxes in each other": (content("a.mp4", nested(10_000)), UNREADABLE),
    "a segment of 2^56 bytes": (content("a.mkv", EBML + b"\x01" + b"\x7f" * 7 + bytes(500)), UNREADABLE),
    "elements without an end": (content("a.mkv", EBML + ENDLESS * 500), NO_STREAM),
    "pictures in another file": (referring(alias("/etc/passwd")), NO_FRAMES),
}
"""What is none, whatever it is called: the words that say so."""

ABOVE: Final[dict[str, tuple[Maker, str]]] = {
    "lossless": (film("a.mkv", Made("ffv1", "matroska"), 2), "codec ffv1 is not one of"),
    "from a studio": (film("a.mov", Made("prores", "mov", pixels="yuv422p10le"), 2), "codec prores is not one of"),
    "uncompressed": (film("a.avi", Made("rawvideo", "avi"), 2), "codec rawvideo is not one of"),
    "theora": (changed(AVI, replaced(b"FMP4", b"theo")), "codec theora is not one of"),
    "mpeg2": (short("a.mkv", "mpeg2video", "matroska"), "codec mpeg2video is not one of"),
    "windows media": (short("a.avi", "wmv2", "avi"), "codec wmv2 is not one of"),
    "8K": (seen("a.mkv", "mjpeg", "matroska", 7680, 4320), "7680 × 4320: the long side is above 4096"),
    "12 megapixels": (seen("a.mkv", "mjpeg", "matroska", 4000, 3000), "4000 × 3000: more than 9 megapixels"),
    "pixels wider than a screen": (
        film("a.mp4", Made(aspect=Fraction(40)), 2, width=128),
        "the long side is above 4096",
    ),
    "480 frames a second": (film("a.mp4", Made(rate=480)), "480 frames per second are more than 240"),
    "eleven minutes": (eleven_minutes, "660 seconds are more than 10 minutes"),
}
"""Films that break a limit of all activities: the words that name it."""


class OfActivity(NamedTuple):
    """Who films what, and the words that say why it is not taken."""

    activity: Activity
    exercise: str
    make: Maker
    words: str


_FAST: Final = repeated("a.mkv", 7000, 100)
_TOO_FAST: Final = "70 seconds at 100 frames per second; 60 are taken"
ABOVE_OF_ACTIVITY: Final = {
    "running above a minute": OfActivity(Activity.RUNNING, "", _FAST, _TOO_FAST),
    "jumps above a minute": OfActivity(Activity.JUMPING, "Drop Jump", _FAST, _TOO_FAST),
    "lifts above a minute": OfActivity(Activity.WEIGHTLIFTING, "snatch", _FAST, _TOO_FAST),
    "40,000 frames": OfActivity(
        Activity.RUNNING, "", repeated("a.mkv", 40_000, 120), "40000 frames to analyse are more than 36000"
    ),
}

PLAIN_FILMS: Final[dict[str, Maker]] = {
    "h264 mp4": short("a.mp4"),
    "h264 m4v": changed(short("a.mp4"), replaced(b"ftypisom", b"ftypM4V ")),
    "hevc mkv": short("a.mkv", "libx265", "matroska"),
    "vp8 webm": short("a.webm", "libvpx", "webm"),
    "vp9 webm": short("a.webm", "libvpx-vp9", "webm"),
    "av1 mp4": film("a.mp4", Made("libsvtav1", options=AV1), 10, 128, 128),
    "mpeg4 avi": AVI,
    "mjpeg mov": short("a.mov", "mjpeg", "mov", "yuvj420p"),
}
"""Every codec and every container."""

_PACKED: Final[dict[str, tuple[str, ...]]] = {
    "libx264": ("mp4", "mov", "matroska", "avi"),
    "libx265": ("mp4", "mov", "matroska"),
    "mpeg4": ("mp4", "mov", "matroska", "avi"),
    "mjpeg": ("mov", "matroska", "avi"),
    "libvpx": ("webm", "matroska", "avi"),
    "libvpx-vp9": ("webm", "matroska", "mp4"),
    "libsvtav1": ("mp4", "matroska", "webm"),
}


def packed_in(codec: str, container: str) -> Maker:
    """A third of a second, in a size that every codec can write."""
    options = HEVC if codec == "libx265" else AV1 if codec == "libsvtav1" else ()
    pixels = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    return film("a.film", Made(codec, container, pixels=pixels, options=options), 10, 128, 128)


PACKED_FILMS: Final[dict[str, Maker]] = {
    f"{codec} in {container}": packed_in(codec, container)
    for codec, containers in _PACKED.items()
    for container in containers
}
"""Every codec in every container that it is put in."""

ODD_FILMS: Final[dict[str, Maker]] = {
    "rates that vary": film(
        "a.mp4", Made(base=Fraction(1, 1000), stamps=[0, 33, 50, 120, 150, 155, 230, 260, 280, 320]), 10
    ),
    "gaps": film("a.mp4", Made(stamps=[*range(5), *range(300, 305)]), 10),
    "times below zero": film("a.mov", Made(format="mov", stamps=range(-5, 5)), 10),
    "turned": film("a.mp4", Made(matrix=TURNED), 10),
    "97 × 131": film("a.mp4", Made(pixels="yuv444p"), 10, 97, 131),
    "ten bits": short("a.mp4", "libx265", pixels="yuv420p10le"),
    "see-through": short("a.webm", "libvpx-vp9", "webm", "yuva420p"),
    "interlaced": short("a.mp4", options=(("x264-params", "interlaced=1"),)),
    "frames that look ahead": short("a.mp4", options=(("bf", "4"), ("b-pyramid", "normal"))),
    "in fragments": remuxed(film("a.mp4", count=10), "a.mp4", {"movflags": "frag_keyframe+empty_moov"}),
    "written live, without sizes": remuxed(MKV, "a.mkv", {"live": "1"}),
    "a font attached": remuxed(MKV, "a.mkv", attached=b"\0\1\0\0" + bytes(5000)),
    "two pictures": beside("a.mp4", sound=False, pictures=2),
    "a place and sound": beside("a.mov", sound=True),
    "a size that is a lie": huge_header,
    "240 frames a second": film("a.mp4", Made(rate=240), 20),
    "a box of junk before its index": changed(
        film("a.mp4", count=10), lambda data: data.__setitem__(slice(len(data), None), box(b"junk", bytes(5000)))
    ),
    "pictures at an address": referring(address("http://127.0.0.1:9/a.mov")),
}
"""What is taken, odd as it is."""

FAILING: Final[dict[str, tuple[Maker, str]]] = {
    "nobody in it": (film("a.mp4", count=60), "no_person"),
    "one frame": (film("a.mp4", count=1), "too_short"),
    "5 frames a second": (film("a.mp4", Made(rate=5), 20), "frame_rate"),
    "cut in the middle": (changed(FASTSTART, cut), "no_person"),
    "mkv cut in the middle": (
        changed(film("a.mkv", Made("mjpeg", "matroska", pixels="yuvj420p"), 90), cut),
        "no_person",
    ),
    "noise in the middle": (changed(film("a.mp4", count=60), noisy(0.4, 0.6)), "no_person"),
    "noise to the end": (changed(film("a.mp4", count=60), noisy(0.5, 1)), "too_short"),
}
"""Films that are taken and whose session fails: the reason. What can be decoded of a damaged one is analysed."""


def made(make: Maker, folder: Path) -> bytes:
    """The film's bytes."""
    return make(folder).read_bytes()
