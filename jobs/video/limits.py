"""What a video may be: the limits of uploads, and how long and how large the work on one may get."""

from enum import StrEnum
from typing import Final

from motion.request import Activity, Request

MEBIBYTE: Final = 1024 * 1024
GIBIBYTE: Final = 1024 * MEBIBYTE
MAX_BYTES: Final = 500 * MEBIBYTE
MAX_LONG_SIDE: Final = 4096
MAX_PIXELS: Final = 9_000_000
MAX_SECONDS: Final = 600.0
MAX_RATE: Final = 240.0
MAX_FRAMES: Final = 36_000
MOST_PACKETS: Final = 160_000
"""Frames that are counted: ten minutes at 240 a second, and some."""
FAST_RATE: Final = 60.0
MAX_FAST_SECONDS: Final = 60.0
RATE_TOLERANCE: Final = 1.02
"""Phones note 240 fps as 240.2, and their clocks drift."""

CONTAINERS: Final = ("mov", "mp4", "m4v", "matroska", "webm", "avi")
CODECS: Final = frozenset({"h264", "hevc", "vp8", "vp9", "av1", "mpeg4", "mjpeg"})

PROBE_CPU_SECONDS: Final = 20
PROBE_WALL_SECONDS: Final = 60.0
PROBE_BYTES: Final = GIBIBYTE

ANALYSED_FRAMES_PER_SECOND: Final = 30
SLOWEST: Final = 20
MIN_TIMEOUT_SECONDS: Final = 120.0


class Limit(StrEnum):
    """What a file can break, as messages and answers name it."""

    FILE = "regular file"
    READABLE = "readable file"
    BYTES = "500 MiB"
    VIDEO = "video"
    CONTAINER = "container"
    CODEC = "codec"
    LONG_SIDE = "long side 4096"
    PIXELS = "9 megapixels"
    SECONDS = "10 minutes"
    RATE = "240 frames per second"
    FRAMES = "36000 frames"
    FAST_SECONDS = "60 seconds above 60 frames per second"
    PROBE_TIME = "20 seconds of reading"
    PROBE_MEMORY = "1 GiB of memory"


def above(rate: float, limit: float) -> bool:
    """Whether a frame rate is above a limit by more than clocks are off."""
    return rate > limit * RATE_TOLERANCE


def slowed(rate: float, request: Request) -> float:
    """How many times slower than life the video runs: 1 unless `capture_fps` says that it was filmed faster."""
    return 1.0 if request.capture_fps is None else max(1.0, request.capture_fps / rate)


def keeps_its_rate(request: Request) -> bool:
    """Running, jumps and lifts are over in a few frames; mobility is slow."""
    return request.activity is not Activity.MOBILITY


def step(rate: float, request: Request) -> int:
    """Every how many-th frame is analysed, so that mobility stays at FAST_RATE or below; `rate` as lived."""
    if keeps_its_rate(request):
        return 1
    return max(1, -int(-rate // (FAST_RATE * RATE_TOLERANCE)))


def timeout_seconds(frames: int) -> float:
    """How long an analysis of so many frames may take before it is given up."""
    return max(MIN_TIMEOUT_SECONDS, SLOWEST * frames / ANALYSED_FRAMES_PER_SECOND)
