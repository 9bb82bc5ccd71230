"""A film made here: half a minute of a light over water, as HLS with two renditions; no film lies in the project."""

import math
import os
import shutil
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from threading import Lock
from typing import Any, Final

import av
import cv2
import numpy as np
from numpy.typing import NDArray

RATE: Final = 24
SECONDS: Final = 30
SEGMENT_SECONDS: Final = 2
MASTER: Final = "master.m3u8"
RENDITIONS: Final = {"low": (320, 180, 250_000), "high": (640, 360, 900_000)}
"""Name → width, height, bit/s."""
VERSION: Final = "1"
"""Another film needs another folder."""

_making = Lock()


def film(parent: Path) -> Path:
    """The folder of the film, made on first use; it appears by one rename."""
    folder = parent / f"film-{VERSION}"
    with _making:
        if not folder.exists():
            made = Path(tempfile.mkdtemp(dir=parent))
            try:
                write(made)
                os.rename(made, folder)
            except BaseException:
                shutil.rmtree(made)
                raise
    return folder


def write(folder: Path) -> None:
    """Both renditions and the playlist that names them."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:6"]
    for name, (width, height, bitrate) in RENDITIONS.items():
        _rendition(folder, name, width, height, bitrate)
        lines += [f"#EXT-X-STREAM-INF:BANDWIDTH={bitrate},RESOLUTION={width}x{height}", f"{name}.m3u8"]
    (folder / MASTER).write_text("\n".join(lines) + "\n")


def _rendition(folder: Path, name: str, width: int, height: int, bitrate: int) -> None:
    every = {"hls_time": str(SEGMENT_SECONDS), "hls_playlist_type": "vod"}
    segments = {"hls_segment_filename": str(folder / f"{name}-%02d.ts")}
    with av.open(str(folder / f"{name}.m3u8"), "w", format="hls", options={**every, **segments}) as container:
        stream: Any = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = width, height, "yuv420p", bitrate
        stream.codec_context.gop_size = RATE * SEGMENT_SECONDS
        stream.options = {"preset": "ultrafast", "maxrate": str(bitrate), "bufsize": str(bitrate), "sc_threshold": "0"}
        for number, picture in enumerate(_pictures(width, height)):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def _pictures(width: int, height: int) -> Iterator[NDArray[np.uint8]]:
    """Night over water, a light that swings, and the second that it is."""
    shade = np.linspace(0, 1, height)[:, None, None]
    sky = np.broadcast_to(np.array([14, 30, 54]) + shade * np.array([12, 60, 70]), (height, width, 3))
    for number in range(RATE * SECONDS):
        at = number / RATE
        picture = np.ascontiguousarray(sky.astype(np.uint8))
        swing = math.sin(2 * math.pi * at / 5)
        place = (round(width * (0.5 + 0.34 * swing)), round(height * (0.34 + 0.14 * swing * swing)))
        cv2.line(picture, (width // 2, 0), place, (92, 132, 150), max(1, height // 180), cv2.LINE_AA)
        cv2.circle(picture, place, height // 12, (255, 209, 102), -1, cv2.LINE_AA)
        for row in range(6):
            _wave(picture, row, at)
        text = f"0:{int(at):02d}"
        cv2.putText(picture, text, (height // 20, height // 8), 0, height / 400, (220, 232, 240), 1, cv2.LINE_AA)
        yield picture


def _wave(picture: NDArray[np.uint8], row: int, at: float) -> None:
    height, width = picture.shape[:2]
    x = np.arange(0, width + 8, 8)
    y = height * (0.66 + 0.06 * row) + height / 60 * np.sin(x / width * 9 + at * (1.2 + 0.2 * row) + row)
    line = np.stack([x, y], 1).round().astype(np.int32)
    cv2.polylines(picture, [line], False, (64, 148 + 12 * row, 170 + 8 * row), max(1, height // 150), cv2.LINE_AA)
