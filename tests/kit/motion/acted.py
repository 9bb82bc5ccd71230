"""The process that has a film, acted: what happens in it, and what it leaves, is the test's."""

from collections.abc import Callable
from threading import Event
from typing import Any

from jobs.motion import spool
from jobs.motion.messages import records
from jobs.motion.task import LANDMARKS, PICTURES, SESSIONS, VIDEO, Broken, Found, Task
from jobs.motion.version import ANALYSIS_VERSION
from jobs.work import Progress
from tests.kit.motion.told import THREAD, person

FRAMES = person("squat from the left").body.raw.times.size


class Acted:
    """Leaves the analysis of a synthetic person; `meanwhile` happens in the middle of it."""

    def __init__(self) -> None:
        self.meanwhile: Callable[[Task], Found | Broken | None] = lambda task: None
        self.version = ANALYSIS_VERSION
        self.tasks: list[Task] = []

    def __call__(self, stopping: Event, work: object, task: Task, *, progress: Progress, **_: Any) -> Found | Broken:
        self.tasks.append(task)
        progress(0.5, "pose")
        return self.meanwhile(task) or self._found(task)

    def _found(self, task: Task) -> Found:
        (task.folder / VIDEO).write_bytes(b"overlay")
        (task.folder / PICTURES).mkdir()
        (task.folder / PICTURES / "1-bottom.png").write_bytes(b"picture")
        analysis = person("squat from the left")
        said = records(task.filmed, analysis, self.version, task.at, [THREAD])
        spool.write(task.folder / LANDMARKS, said.landmarks)
        return Found(spool.write(task.folder / SESSIONS, said.sessions))


def raising(error: Exception) -> Callable[[Task], None]:
    """What happens in a process that ends so."""

    def meanwhile(_: Task) -> None:
        raise error

    return meanwhile
