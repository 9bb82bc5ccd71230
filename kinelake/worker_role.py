"""The role that does jobs."""

import os
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from jobs.kinds import kinds
from jobs.lane import Lane
from jobs.options import JobOptions
from jobs.worker import Worker
from kinelake.drained import ready_tables
from kinelake.installation import Installation
from kinelake.quiet_role import log_check, quiet_role
from kinelake.role import instance, now
from schemas.shared.stream import streams

NICENESS: Final = 10
"""Beside the other roles of one machine: what comes in goes before upkeep."""


def run_worker(installation: Installation, supervised: bool, lanes: Collection[Lane] = tuple(Lane)) -> None:
    """Does the jobs of some lanes until it is told to stop; what runs then is finished or given back.

    Raises NothingToDo where no job runs in these lanes, LogNotDrained over tables that version 0.1 has not filled yet.
    """
    ready_tables(installation)
    with quiet_role(installation, "worker", supervised, log_check(installation, list(streams()))) as role:
        worker = Worker(installation.lake, kinds(), places(installation, lanes), instance(), now, role.stopping)
        role.started()
        if supervised:
            give_way()
        worker.run()


def give_way() -> None:
    """Lowers the priority of every thread that runs; those that they start inherit it.

    Not before the role has started: `kinelake up` is ready when all roles are, and the others leave a start little.
    """
    niceness = os.nice(NICENESS)
    for thread in _threads():
        # one may have ended meanwhile
        with suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, thread, niceness)


def _threads() -> Iterable[int]:
    """Their ids; where threads have no priority of their own, 0 for the process."""
    tasks = Path("/proc/self/task")
    return [int(task.name) for task in tasks.iterdir()] if tasks.exists() else [0]


def places(installation: Installation, lanes: Collection[Lane]) -> dict[Lane, int]:
    """How many jobs of each lane this process does at once."""
    options = installation.settings.room(JobOptions)
    films = {Lane.FILM: options.film_workers, Lane.ASSEMBLY: options.assembly_workers}
    most = {Lane.UPKEEP: 1, Lane.FETCH: 1, Lane.ERASURE: 1, **films}
    return {lane: most[lane] for lane in lanes}
