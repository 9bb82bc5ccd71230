"""The process that has the film: limits on its memory and time, and files in a folder as its results.

A film may be made to do harm to what reads it, and a long one takes a gibibyte: both go with the process.
"""

import os
import resource
import threading
import traceback
from pathlib import Path
from time import sleep
from typing import Final

from jobs.faults import WorkFailed
from jobs.motion.task import Broken, Found, Task
from jobs.video.limits import GIBIBYTE, MAX_FRAMES, timeout_seconds
from jobs.video.sandbox import OUT_OF_MEMORY, confine
from jobs.work import Progress
from schemas.shared.faults import Transient

CPU_SECONDS: Final = 2 * round(timeout_seconds(MAX_FRAMES))
"""The fence behind the limit that each film has of its own, by its number of frames."""
FILE_BYTES: Final = 4 * GIBIBYTE
RESERVED_BYTES: Final = 4 * GIBIBYTE
"""Of address space beyond the memory: libraries reserve what they do not use."""
LOOK_SECONDS: Final = 0.1


def analysed(task: Task, progress: Progress) -> Found | Broken:
    """Does it in this process, which is confined for good, and ends by OUT_OF_MEMORY, SIGALRM or SIGXCPU at a limit.

    Raises what is Transient, and WorkFailed for a fault that is no film's, after telling stderr where it was.
    """
    confine(CPU_SECONDS, task.memory_bytes + RESERVED_BYTES, FILE_BYTES)
    threading.Thread(target=_end_above, args=(task.memory_bytes,), daemon=True).start()
    # whoever starts this process does without what reads films
    from jobs.motion.film import found
    from jobs.video.reasons import INTERNAL, explained, reason_of

    try:
        return Found(found(task, progress))
    except Transient:
        raise
    except Exception as error:
        reason = reason_of(error)
        if reason != INTERNAL:
            return Broken(reason, explained(error))
        traceback.print_exc()
        raise WorkFailed(explained(error)) from None


def _end_above(most_bytes: int) -> None:
    """Ends the process once it has taken more: short of memory, libraries say anything but that."""
    while _resident_bytes() <= most_bytes:
        sleep(LOOK_SECONDS)
    os._exit(OUT_OF_MEMORY)


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
