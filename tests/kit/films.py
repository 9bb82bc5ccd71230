"""Small videos that the tests make themselves."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from jobs.video.film import Picture

WALKER = "sports2d_demo/demo.mp4"
BALANCER = "pose2sim_balancing/cam01.mp4"
"""Films of the test material."""

NO_TURN = (65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30)


@dataclass(frozen=True)
class Made:
    """How a film is written; `stamps` in `base`, one per picture; `options` are the codec's."""

    codec: str = "libx264"
    format: str = "mp4"
    rate: int = 30
    base: Fraction | None = None
    stamps: Sequence[int] | None = None
    matrix: Sequence[int] | None = None
    aspect: Fraction | None = None
    gop: int = 12
    pixels: str = "yuv420p"
    metadata: tuple[tuple[str, str], ...] = ()
    options: tuple[tuple[str, str], ...] = ()


PLAIN = Made()


def written(path: Path, pictures: Iterable[Picture], how: Made = PLAIN) -> Path:
    """A film of these pictures."""
    with av.open(str(path), "w", format=how.format) as container:
        container.metadata.update(dict(how.metadata))
        stream: Any = None
        for number, picture in enumerate(pictures):
            if stream is None:
                stream = container.add_stream(how.codec, rate=how.rate)
                stream.height, stream.width = picture.shape[:2]
                stream.pix_fmt = how.pixels
                stream.codec_context.time_base = how.base or Fraction(1, how.rate)
                stream.codec_context.gop_size = how.gop
                # libvpx's threads wait for each other in a loop, now and then for ever: pictures are too small for any
                stream.codec_context.thread_count = 1
                stream.options = dict(how.options)
                if how.aspect:
                    stream.codec_context.sample_aspect_ratio = how.aspect
                if how.matrix:
                    stream.set_display_matrix(how.matrix)
            image = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=how.pixels)
            image.pts = how.stamps[number] if how.stamps else number
            image.time_base = how.base or Fraction(1, how.rate)
            container.mux(stream.encode(image))
        if stream is not None:
            container.mux(stream.encode())
    return path


def numbered(count: int, width: int = 64, height: int = 48) -> Iterator[Picture]:
    """Pictures whose grey says their number, modulo 60: 4 per picture, so that a codec does not blur it away."""
    for number in range(count):
        yield np.full((height, width, 3), 10 + 4 * (number % 60), np.uint8)


def number_of(picture: Picture) -> int:
    """Which of `numbered` a picture is."""
    return round((float(picture[4:-4, 4:-4].mean()) - 10) / 4)


def cornered(width: int = 64, height: int = 48) -> Picture:
    """Black, but red in the upper left and green in the upper right quarter."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[: height // 2, : width // 2, 0] = 255
    picture[: height // 2, width // 2 :, 1] = 255
    return picture
