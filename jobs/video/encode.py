"""Pictures to H.264 in MP4: yuv420p, index in front, nothing of the original's metadata or sound."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import av
import cv2
import numpy as np
from av.container import InputContainer, OutputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from av.video.stream import VideoStream

from jobs.video.film import Film, Picture

OPTIONS: Final = {"preset": "ultrafast", "qp": "26", "bf": "0"}
"""A slower preset takes 6 ms more for a picture of 1080p, and makes files a fifth smaller. No B frames: a packet's
decoding time is its showing time, so parts can be put one behind the other."""
FINEST: Final = Fraction(1, 90_000)


class Encoder:
    """One file being written: pictures of the film's upright size, an odd side padded by one line."""

    def __init__(self, path: Path, film: Film, threads: int) -> None:
        self._film = film
        self._base = max(film.time_base, FINEST)
        self._container = av.open(str(path), "w", format="mp4")
        self._stream = _stream(self._container, film, self._base, threads)
        self._first: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._container:
            if error is None and self._first is not None:
                self._write(None)

    def add(self, stamp: int, picture: Picture) -> None:
        """One picture, (height, width, 3) RGB; the first one's stamp is the file's 0."""
        self._first = stamp if self._first is None else self._first
        image = VideoFrame.from_ndarray(_planes(picture), format="yuv420p")
        image.pts = round((stamp - self._first) * self._film.time_base / self._base)
        image.time_base = self._base
        self._write(image)

    def _write(self, image: VideoFrame | None) -> None:
        for packet in self._stream.encode(image):
            packet.duration = max(1, round(1 / (self._film.rate * self._base)))
            self._container.mux(packet)


def _stream(container: OutputContainer, film: Film, base: Fraction, threads: int) -> VideoStream:
    rate = Fraction(film.rate).limit_denominator(1001)
    stream = container.add_stream("libx264", rate=rate, options=dict(OPTIONS))
    context = stream.codec_context
    context.width, context.height = film.width + film.width % 2, film.height + film.height % 2
    context.pix_fmt = "yuv420p"
    context.time_base = base
    context.thread_count = threads
    # What OpenCV's conversion makes.
    context.colorspace, context.color_range = Colorspace.ITU601, ColorRange.MPEG
    context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
    return stream


def _planes(picture: Picture) -> Picture:
    """The picture as Y, U and V below each other, with even sides."""
    height, width = picture.shape[:2]
    even: Any = picture
    if height % 2 or width % 2:
        even = cv2.copyMakeBorder(picture, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
    return np.asarray(cv2.cvtColor(even, cv2.COLOR_RGB2YUV_I420), np.uint8)


def join(parts: Sequence[tuple[Path, Fraction]], out: Path) -> None:
    """Files of one encoder's settings, each with the second that it begins at, as one file with its index in front."""
    with av.open(str(out), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        stream: VideoStream | None = None
        for path, begin in parts:
            with av.open(str(path)) as part:
                source = part.streams.video[0]
                stream = stream or container.add_stream_from_template(source)
                _append(container, stream, part, begin)


def _append(container: OutputContainer, stream: VideoStream, part: InputContainer, begin: Fraction) -> None:
    for packet in part.demux(part.streams.video[0]):
        if packet.dts is None or packet.pts is None or packet.time_base is None:
            continue
        shift = round(begin / packet.time_base)
        packet.pts, packet.dts, packet.stream = packet.pts + shift, packet.dts + shift, stream
        container.mux(packet)
