"""Frames to H.264 in MP4, each shown until the next one comes; what shows nothing new is left out, its time is kept."""

from fractions import Fraction
from types import TracebackType
from typing import Final, Self

import av
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from jobs.video.assembly.changes import changed
from jobs.video.assembly.pictures import Planes

BASE: Final = Fraction(1, 90_000)
"""The video's unit of time in seconds, that of MPEG: no frame rate there is gets lost in it."""
OPTIONS: Final = {"preset": "ultrafast", "crf": "26", "bf": "0", "g": "100"}
"""As jobs.video.encode has it and why; a hundred frames at most are gone through to show any of them."""
MP4: Final = {"movflags": "+faststart"}


class Writer:
    """One video of one size. `kept` counts the frames that are in it."""

    def __init__(self, path: str, size: tuple[int, int]) -> None:
        self.kept = 0
        self._container = av.open(path, "w", format="mp4", options=dict(MP4))
        self._stream = self._container.add_stream("libx264", rate=25, options=dict(OPTIONS))
        context = self._stream.codec_context
        context.width, context.height = size
        context.pix_fmt, context.time_base, context.thread_count = "yuv420p", BASE, 1
        context.colorspace, context.color_range = Colorspace.ITU601, ColorRange.MPEG
        context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
        self._last: tuple[int, Planes] | None = None
        self._end = 0
        self._lasting: dict[int, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._container:
            if kind is None and self._last is not None:
                self._encode(self._end)
                self._write(None)

    def add(self, begin: Fraction, end: Fraction, planes: Planes) -> None:
        """A frame that is shown from `begin` seconds on, and if it is the last one until `end`; they rise."""
        ticks = round(begin / BASE)
        self._end = max(round(end / BASE), ticks + 1)
        if self._last is None:
            self._last = ticks, planes
        elif ticks > self._last[0] and changed(self._last[1], planes):
            self._encode(ticks)
            self._last = ticks, planes

    def _encode(self, until: int) -> None:
        assert self._last is not None, "there is a frame"
        begin, planes = self._last
        frame = VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.pts, frame.time_base = begin, BASE
        self._lasting[begin] = until - begin
        self.kept += 1
        self._write(frame)

    def _write(self, frame: VideoFrame | None) -> None:
        for packet in self._stream.encode(frame):
            assert packet.pts is not None, "every frame had its time"
            packet.duration = self._lasting.pop(packet.pts)
            self._container.mux(packet)
