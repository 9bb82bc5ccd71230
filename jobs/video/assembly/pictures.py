"""From the bytes of a picture to the planes of a video frame: (height · 3/2, width) uint8, Y above U above V.

What a stranger calls a picture is unpacked by decoders that know their format, one picture each, with a limit on
pixels; what breaks one is a broken picture and nothing else.
"""

from collections.abc import Mapping
from typing import Final, cast

import av
import numpy as np
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from numpy.typing import NDArray

from jobs.video.assembly.limits import LONGEST_SIDE, MOST_PIXELS

Planes = NDArray[np.uint8]

BLACK: Final = (16, 128)
"""Brightness and colour of black in the range of video (ITU-R BT.601)."""
DECODERS: Final[Mapping[bytes, str]] = {b"\xff\xd8\xff": "mjpeg", b"\x89PNG": "png", b"RIFF": "webp"}
PNG_PARTS: Final = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
"""What of a PNG its picture is made of (W3C PNG, 11); profiles and texts can be packed a thousand times."""
# a picture that is cut off is an error to them, and not one whose rest is grey
OPTIONS: Final = {"max_pixels": str(MOST_PIXELS), "err_detect": "explode"}


def decoded(content: bytes) -> VideoFrame | None:
    """The picture in these bytes; None where there is none, or none that is within the limits."""
    codec = next((name for magic, name in DECODERS.items() if content.startswith(magic)), None)
    if codec is None:
        return None
    context = cast(VideoCodecContext, av.CodecContext.create(codec, "r"))
    context.options = dict(OPTIONS)
    picture = av.Packet(_bare(content) if codec == "png" else content)
    try:
        frames = [*context.decode(picture), *context.decode(None)]
    except (FFmpegError, MemoryError):
        return None
    return frames[0] if frames and frames[0].width * frames[0].height <= MOST_PIXELS else None


def _bare(png: bytes) -> bytes:
    """The picture without what the file says beside it, which the decoder would unpack."""
    kept, at = [png[:8]], 8
    while at < len(png):
        end = at + 12 + int.from_bytes(png[at : at + 4])
        if png[at + 4 : at + 8] in PNG_PARTS:
            kept.append(png[at:end])
        at = end
    return b"".join(kept)


def size_for(width: int, height: int) -> tuple[int, int]:
    """The video's width and height by its first picture's: no side above the limit, none odd."""
    scale = min(1.0, LONGEST_SIDE / max(width, height))
    return max(2, round(width * scale) // 2 * 2), max(2, round(height * scale) // 2 * 2)


class Fitting:
    """Brings pictures to one size, whole and in their proportions, with black beside them where they are narrower."""

    def __init__(self, size: tuple[int, int]) -> None:
        self._width, self._height = size
        self._reformatter = VideoReformatter()

    def planes(self, frame: VideoFrame) -> Planes:
        """The picture as a frame of the video."""
        # a picture that is odd by one line is not framed for it
        if abs(frame.width - self._width) <= 1 and abs(frame.height - self._height) <= 1:
            return self._scaled(frame, self._width, self._height)
        scale = min(self._width / frame.width, self._height / frame.height)
        width, height = (max(2, round(side * scale) // 2 * 2) for side in (frame.width, frame.height))
        return self._framed(self._scaled(frame, width, height))

    def _scaled(self, frame: VideoFrame, width: int, height: int) -> Planes:
        scaled = self._reformatter.reformat(
            frame,
            width,
            height,
            "yuv420p",
            dst_colorspace=Colorspace.ITU601,
            dst_color_range=ColorRange.MPEG,
            threads=1,
        )
        return np.asarray(scaled.to_ndarray(), np.uint8)

    def _framed(self, picture: Planes) -> Planes:
        whole = np.full((self._height * 3 // 2, self._width), BLACK[1], np.uint8)
        whole[: self._height] = BLACK[0]
        for target, source in zip(_views(whole), _views(picture), strict=True):
            top, left = ((outer - inner) // 2 for outer, inner in zip(target.shape, source.shape, strict=True))
            target[top : top + source.shape[0], left : left + source.shape[1]] = source
        return whole


def _views(planes: Planes) -> tuple[Planes, Planes, Planes]:
    """Y, U and V as views of the planes."""
    height, width = planes.shape[0] * 2 // 3, planes.shape[1]
    blue, red = planes[height:].reshape(2, height // 2, width // 2)
    return planes[:height], blue, red
