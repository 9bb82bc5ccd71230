"""Has a video made by a process of its own, which is handed one piece after the other and asks nobody for more."""

import signal
from collections.abc import Callable, Iterable
from fractions import Fraction
from time import monotonic
from typing import IO, Final, Literal

import msgspec
import structlog

from jobs.child import ONE_THREAD, Ended, fed, how_it_ended
from jobs.faults import WorkFailed, WorkStopped
from jobs.video.assembly.limits import CPU_SECONDS, WALL_SECONDS
from jobs.video.assembly.made import RECORD, TOO_LARGE, Made
from jobs.video.faults import NotAssembled
from jobs.video.sandbox import OUT_OF_MEMORY
from jobs.work import Stopping

MODULE: Final = "jobs.video.assembly"

REFUSED: Final = {
    OUT_OF_MEMORY: "to make the video takes more than 1 GiB of memory",
    TOO_LARGE: "the video, or the pieces that it is joined from, are more than 4 GiB",
    -signal.SIGXCPU: f"to make the video takes more than {CPU_SECONDS} seconds of a processor",
}

log = structlog.get_logger()


def assemble(
    kind: Literal["image", "video"],
    pieces: Iterable[tuple[int, bytes]],
    rate: Fraction,
    out: IO[bytes],
    stopping: Stopping,
) -> Made:
    """The video of these pieces, written to an open file; `rate` is pictures a second, of images.

    Raises:
        NotAssembled: not one piece shows anything, or a limit was reached, which the message names.
        WorkFailed: the process died of something else; its last words are in the log line child_died.
        WorkStopped: `stopping` was set.
    """
    records = (part for index, piece in pieces for part in (RECORD.pack(index, len(piece)), piece))
    arguments = [kind, str(rate), str(out.fileno())]
    ended = fed(MODULE, arguments, ONE_THREAD, records, _going_on(stopping), [out.fileno()])
    if ended.code:
        raise _death(ended)
    made = msgspec.json.decode(ended.output, type=Made)
    if not made.pictures:
        raise NotAssembled(f"nothing of it can be shown: {made.broken} of its pieces are broken or no pictures")
    return made


def _going_on(stopping: Stopping) -> Callable[[], None]:
    end = monotonic() + WALL_SECONDS

    def go_on() -> None:
        if stopping.is_set():
            raise WorkStopped("the worker was told to stop")
        if monotonic() > end:
            raise NotAssembled(f"to make the video takes more than {WALL_SECONDS:g} seconds")

    return go_on


def _death(ended: Ended) -> NotAssembled | WorkFailed:
    if ended.code in REFUSED:
        return NotAssembled(REFUSED[ended.code])
    how = how_it_ended(ended.code)
    log.error("child_died", module=MODULE, how=how, last_words=ended.last_words)
    return WorkFailed(f"the process that makes the video {how}; its last words are in the log line child_died")
