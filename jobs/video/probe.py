"""Whether a file is a video that is taken, found out in a process of its own; `python -m jobs.video.probe FILE`.

The process reads every packet and decodes one picture; nothing else looks at a file before this did.
"""

import json
import os
import stat
import sys
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from jobs.video.decode import decoded, opened, pictured, prepare
from jobs.video.faults import VideoRefused
from jobs.video.film import Film, Turn
from jobs.video.limits import (
    CODECS,
    FAST_RATE,
    MAX_BYTES,
    MAX_FAST_SECONDS,
    MAX_FRAMES,
    MAX_LONG_SIDE,
    MAX_PIXELS,
    MAX_RATE,
    MAX_SECONDS,
    MOST_PACKETS,
    Limit,
    above,
    keeps_its_rate,
    slowed,
    step,
)
from jobs.video.sandbox import OUT_OF_MEMORY, answer, confine
from motion.request import Request

SPARE_SECONDS: Final = 1.0
"""Above a limit of seconds: a camera that is stopped after ten minutes stops a little late."""


def probe(path: Path | str, request: Request | None = None) -> Film:
    """The film in a file, within the limits of uploads; with a request, those of its activity too.

    Raises:
        VideoRefused: it is no video, or breaks a limit, which is named.
        ProbeDied: it could not be looked at.
    """
    _check_file(Path(path))
    found = answer("jobs.video.probe", [str(path)])
    if "limit" in found:
        raise VideoRefused(Limit(found["limit"]), found["message"])
    film = _film(found)
    if request is not None:
        _check_request(film, request)
    return film


def _film(found: dict[str, Any]) -> Film:
    parsed = {
        "stored": tuple(found["stored"]),
        "turn": Turn(**found["turn"]),
        "time_base": Fraction(found["time_base"]),
        "stamps": tuple(found["stamps"]),
        "keys": tuple(found["keys"]),
    }
    return Film(**{**found, **parsed})


def _check_file(path: Path) -> None:
    try:
        about = os.stat(path)
    except OSError as error:
        raise VideoRefused(Limit.READABLE, f"cannot read {path.name}: {error.strerror}") from None
    if not stat.S_ISREG(about.st_mode):
        raise VideoRefused(Limit.FILE, f"{path.name} is not a regular file")
    if not os.access(path, os.R_OK):
        raise VideoRefused(Limit.READABLE, f"cannot read {path.name}: permission denied")
    if about.st_size > MAX_BYTES:
        raise VideoRefused(Limit.BYTES, f"{path.name} is larger than 500 MiB")


def _check_request(film: Film, request: Request) -> None:
    every = step(film.rate * slowed(film.rate, request), request)
    if film.frames / every > MAX_FRAMES:
        raise VideoRefused(Limit.FRAMES, f"{film.frames // every} frames to analyse are more than {MAX_FRAMES}")
    if keeps_its_rate(request) and above(film.rate, FAST_RATE) and film.seconds > MAX_FAST_SECONDS + SPARE_SECONDS:
        raise VideoRefused(
            Limit.FAST_SECONDS, f"{film.seconds:.0f} seconds at {film.rate:.0f} frames per second; 60 are taken"
        )


def read(path: str) -> Film:
    """The film, read in this process.

    Raises:
        VideoRefused: as `probe`.
        MemoryError: the process's limit.
    """
    try:
        with opened(path) as container:
            stream = pictured(container)
            if stream is None:
                raise VideoRefused(Limit.VIDEO, "the file holds no moving pictures")
            _check_stream(stream)
            return _of_stream(path, container, stream)
    except MemoryError:
        raise
    except FFmpegError as error:
        raise VideoRefused(Limit.VIDEO, f"the file is not a video that can be read: {error.strerror}") from None


def _check_stream(stream: VideoStream) -> None:
    codec = stream.codec_context.name if stream.codec_context else "unknown"
    family = {"libdav1d": "av1", "libaom-av1": "av1", "libvpx": "vp8", "libvpx-vp9": "vp9"}.get(codec, codec)
    if family not in CODECS:
        raise VideoRefused(Limit.CODEC, f"codec {family} is not one of {', '.join(sorted(CODECS))}")
    _check_size(stream.codec_context.width, stream.codec_context.height)


def _check_size(width: int, height: int) -> None:
    if max(width, height) > MAX_LONG_SIDE:
        raise VideoRefused(Limit.LONG_SIDE, f"{width} × {height}: the long side is above {MAX_LONG_SIDE}")
    if width * height > MAX_PIXELS:
        raise VideoRefused(Limit.PIXELS, f"{width} × {height}: more than 9 megapixels")


def _of_stream(path: str, container: InputContainer, stream: VideoStream) -> Film:
    base = stream.time_base or Fraction(1, 1000)
    packets = _packets(container, stream)
    if not packets:
        raise VideoRefused(Limit.VIDEO, "the file holds no frames")
    known = np.unique(np.array([stamp for stamp, _ in packets if stamp is not None], np.int64))
    rate = _rate(known, base, stream)
    seconds = (float((known[-1] - known[0]) * base) if known.size > 1 else (len(packets) - 1) / rate) + 1 / rate
    _check_times(rate, seconds)
    sure = known.size == len(packets) and container.format.name != "avi"
    image = _first_image(path)
    aspect = float(stream.sample_aspect_ratio or 1)
    stored = (max(1, round(image.width * aspect)), image.height)
    _check_size(*stored)
    return Film(
        path=path,
        stored=stored,
        turn=_turn(image),
        rate=rate,
        seconds=seconds,
        frames=len(packets),
        time_base=base,
        stamps=tuple(known.tolist()) if sure else (),
        keys=tuple(sorted(stamp for stamp, key in packets if key and stamp is not None)) if sure else (),
    )


def _packets(container: InputContainer, stream: VideoStream) -> list[tuple[int | None, bool]]:
    """(stamp, whether decoding can start there) of every frame, up to where the container is damaged."""
    packets: list[tuple[int | None, bool]] = []
    try:
        for packet in container.demux(stream):
            if packet.size and not packet.is_discard:
                packets.append((packet.pts, packet.is_keyframe))
            if len(packets) > MOST_PACKETS:
                raise VideoRefused(Limit.FRAMES, f"more than {MOST_PACKETS} frames")
    except MemoryError:
        raise
    except FFmpegError:
        # What stands before the damage is analysed.
        return packets
    return packets


def _rate(known: NDArray[np.int64], base: Fraction, stream: VideoStream) -> float:
    if known.size > 1:
        return 1 / (float(np.median(np.diff(known))) * float(base))
    return float(stream.average_rate or stream.guessed_rate or 30)


def _check_times(rate: float, seconds: float) -> None:
    if above(rate, MAX_RATE):
        raise VideoRefused(Limit.RATE, f"{rate:.0f} frames per second are more than {MAX_RATE:.0f}")
    if seconds > MAX_SECONDS + SPARE_SECONDS:
        raise VideoRefused(Limit.SECONDS, f"{seconds:.0f} seconds are more than 10 minutes")


def _first_image(path: str) -> VideoFrame:
    with opened(path) as container:
        stream = pictured(container)
        if stream is not None:
            prepare(stream)
            for image in decoded(container, stream):
                return image
    raise VideoRefused(Limit.VIDEO, "not one picture of the file can be decoded")


def _turn(image: VideoFrame) -> Turn:
    told: Any = image.side_data
    matrices = [data for data in told if data.type is Type.DISPLAYMATRIX]
    return Turn.of_matrix(np.frombuffer(bytes(matrices[0]), np.int32, 9)) if matrices else Turn()


def main(path: str) -> None:
    """Writes the film, or the limit that it breaks, to stdout as JSON."""
    confine()
    try:
        film = read(path)
        found: dict[str, Any] = asdict(film) | {"time_base": str(film.time_base)}
    except VideoRefused as refused:
        found = {"limit": refused.limit, "message": refused.message}
    except MemoryError:
        sys.exit(OUT_OF_MEMORY)
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
