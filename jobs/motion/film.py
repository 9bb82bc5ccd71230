"""A film to its analysis, overlay, pictures and messages, in this process."""

import os
import signal
from functools import partial
from time import process_time
from typing import Final

from jobs.motion import spool
from jobs.motion.messages import records
from jobs.motion.names import picture_name
from jobs.motion.task import LANDMARKS, PICTURES, SESSIONS, VIDEO, Task
from jobs.motion.version import ANALYSIS_VERSION
from jobs.video.album import album
from jobs.video.chain import Stage, run
from jobs.video.limits import timeout_seconds
from jobs.video.timed import Timed
from jobs.work import Progress
from motion.analysis import Analysis
from motion.documents import Thread, all_threads
from motion.documents.pictures import phase_names
from motion.documents.threads import RULES_VERSION
from motion.request import Request
from schemas.motion.findings import ThreadSaid

GIVES_WAY: Final = 5
"""How much nicer it is than its worker, which stands back itself beside other roles: a film may take longer, an answer
may not. Much nicer it would stand still wherever something else has work to do."""
WALL_TIMES: Final = 10
"""How much longer it may last by the clock on the wall, which runs on while others have the machine."""
SHARES: Final = {Stage.PROBE: (0.0, 0.01), Stage.POSE: (0.01, 0.62), Stage.ANALYSIS: (0.62, 0.63)}
"""Where in the whole each stage begins and ends, as measured; drawing, the last, leaves some to storing."""
DRAWING: Final = (0.63, 0.97)


class Watched:
    """The chain's progress as a share of the whole; once there are frames to count the process has its time for them.

    It stands back from then on, and not while it is looked into the film: that has its own limits of seconds.
    """

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._frames = 0

    def __call__(self, done: int, total: int, stage: Stage) -> None:
        """Stages that do not count frames say 0 of 0."""
        if total > self._frames:
            self._begin(total)
        begin, end = SHARES.get(stage, DRAWING)
        self._progress(begin + (end - begin) * (done / total if total else 0.0), str(stage))

    def _begin(self, frames: int) -> None:
        if not self._frames:
            os.nice(GIVES_WAY)
        self._frames = frames
        signal.setitimer(signal.ITIMER_REAL, WALL_TIMES * timeout_seconds(frames))


def found(task: Task, progress: Progress) -> bytes:
    """Leaves everything in the task's folder; the key of its messages.

    Raises what `chain.run` does, and TookTooLong.
    """
    request = Request.model_validate(task.request)
    watched = Timed(Watched(progress), process_time)
    analysis = run(task.film, request, task.folder / VIDEO, watched, partial(album, task.folder / PICTURES))
    said = records(
        task.filmed, analysis, ANALYSIS_VERSION, task.at, _threads(task, analysis), _pictures(task, analysis)
    )
    spool.write(task.folder / LANDMARKS, said.landmarks)
    return spool.write(task.folder / SESSIONS, said.sessions)


def _pictures(task: Task, analysis: Analysis) -> dict[tuple[int, str], str]:
    return {phase: picture_name(task.filmed.session_id, name) for phase, name in phase_names(analysis).items()}


def _threads(task: Task, analysis: Analysis) -> list[ThreadSaid]:
    return list(map(_said, all_threads(analysis, task.filmed.session_id)))


def _said(thread: Thread) -> ThreadSaid:
    return ThreadSaid(
        thread_id=thread.id,
        kind=thread.kind.value,
        metric=thread.metric,
        language=thread.language.value,
        measurement_system=thread.measurement_system.value,
        rules_version=RULES_VERSION,
        text=thread.said.text,
        references=list(thread.said.references),
    )
