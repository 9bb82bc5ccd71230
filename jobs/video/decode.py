"""From a file to upright pictures with their times; the container's times, and no protocol but the file itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from jobs.video.film import Film, Picture
from jobs.video.limits import CONTAINERS, MAX_PIXELS

OPEN_OPTIONS: Final = {"protocol_whitelist": "file", "format_whitelist": ",".join(CONTAINERS)}


@contextmanager
def opened(path: Path | str) -> Iterator[InputContainer]:
    """The file's container; playlists, lists of files, devices and addresses are none.

    Raises:
        av.error.FFmpegError: it is not one of CONTAINERS.
    """
    with av.open(f"file:{Path(path).absolute()}", options=OPEN_OPTIONS, metadata_errors="ignore") as container:
        yield container


def pictured(container: InputContainer) -> VideoStream | None:
    """The first stream of moving pictures; a cover is none."""
    return next((s for s in container.streams.video if not s.disposition & s.disposition.attached_pic), None)


@dataclass(frozen=True, slots=True)
class Frame:
    """One decoded frame: its time in the film's `time_base`, and the picture when it is asked for."""

    stamp: int
    film: Film
    image: VideoFrame
    reformatter: VideoReformatter

    def picture(self) -> Picture:
        """(height, width, 3) RGB, upright, square pixels, contiguous."""
        width, height = self.film.stored
        rgb = self.reformatter.reformat(self.image, width, height, "rgb24", threads=1)
        return self.film.turn(np.asarray(rgb.to_ndarray(), np.uint8))


def frames(film: Film, begin: int | None = None, end: int | None = None, *, threads: int = 1) -> Iterator[Frame]:
    """The frames whose stamps are in [begin, end), rising: a frame no later than the one before it is left out.

    What cannot be decoded is left out as well. `begin` wants a film whose stamps are known. With `threads` above 1
    decoding runs ahead, beside whatever the caller does.
    """
    last: int | None = None
    reformatter = VideoReformatter()
    for image in _images(film, begin, threads):
        stamp = _stamp(image, film, last)
        if end is not None and stamp >= end:
            return
        if last is not None and stamp <= last:
            continue
        last = stamp
        if begin is None or stamp >= begin:
            yield Frame(stamp, film, image, reformatter)


def _stamp(image: VideoFrame, film: Film, last: int | None) -> int:
    """The frame's time; one that has none comes one interval after the last."""
    if image.pts is not None:
        return image.pts
    return 0 if last is None else last + max(1, round(1 / (film.rate * film.time_base)))


def _images(film: Film, begin: int | None, threads: int) -> Iterator[VideoFrame]:
    """All images, or those from a frame on that is not after `begin`."""
    with opened(film.path) as container:
        stream = pictured(container)
        assert stream is not None, "the probe found one"
        prepare(stream, threads)
        if begin is not None:
            container.seek(begin, stream=stream)
        images = decoded(container, stream)
        first = next(images, None)
        if begin is not None and (first is None or first.pts is None or first.pts > begin):
            # The container's index led behind it.
            yield from _images(film, None, threads)
        elif first is not None:
            yield first
            yield from images


def prepare(stream: VideoStream, threads: int = 1) -> None:
    """Sets how the stream is decoded: by so many threads, and no picture above the limit even in its middle."""
    stream.codec_context.options = {"max_pixels": str(2 * MAX_PIXELS)}
    stream.codec_context.thread_count = threads
    stream.thread_type = "FRAME" if threads > 1 else "SLICE"


def decoded(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """All that can be decoded: a damaged packet costs its own frames, a damaged container what comes after.

    Raises MemoryError: that is no damage, though the library counts it among its own errors.
    """
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except MemoryError:
            raise
        except FFmpegError:
            packet = None
        try:
            images = stream.decode(packet)
        except MemoryError:
            raise
        except FFmpegError:
            images = []
        yield from images
        if packet is None or packet.size == 0:
            return
