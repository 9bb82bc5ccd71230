"""Rounds of jobs, each in a process of its own, which may die by kill -9: `python -m tests.kit.erasing DATA`.

For each line `KIND KEY HOURS EFFECTS` that it reads a child begins, HOURS ahead of the clock, that kills itself once so
many effects of an erasure on tables, control, log and blobs have begun or ended; 0 lets it live. What became of it is
printed. Importing is what a start costs, and is done once for all of them.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any
from unittest.mock import patch

from blob_store.store import BlobStore
from control.consent_records import ConsentRecords
from control.erasures import Erasures
from control.store import Control
from event_log.embedded.admin import SqliteAdmin
from jobs.erasure import tables
from jobs.kinds import kinds
from jobs.outbox import Outbox
from jobs.work import Context
from kinelake.installation import Installation
from kinelake.settings import load
from sinks import erased_versions
from sinks.files import TableFiles
from sinks.table_log import TableLog
from tests.kit.site import ROOT, Site

EFFECTS: tuple[tuple[Any, str], ...] = (
    (TableFiles, "exchange"),
    (tables, "clean_version"),
    (erased_versions, "_remove"),
    (TableLog, "remove"),
    (Erasures, "begin_purge"),
    (Erasures, "note"),
    (Erasures, "finish"),
    (ConsentRecords, "forget"),
    (SqliteAdmin, "blank"),
    (BlobStore, "delete_below"),
)
"""Where something changes for good; before and after each the process may die."""

DONE = 0


class Rounds:
    """The process that has the children, and what is asked of it."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def one(self, hours: float = 0, effects: int = 0, kind: str = "erase", key: str = "erase") -> int:
        """A round of a job; the status of its child, negative where it died by that signal."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(kind, key, hours, effects, file=self._process.stdin, flush=True)
        return int(self._process.stdout.readline())


@contextmanager
def rounds(site: Site) -> Iterator[Rounds]:
    """Rounds over a site."""
    command = [sys.executable, "-m", "tests.kit.erasing", str(site.data)]
    pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=site.environment, cwd=ROOT, **pipes) as process:
        yield Rounds(process)
        assert process.stdin is not None
        process.stdin.close()


def main(data: str) -> None:
    """Until there is no more line."""
    for line in sys.stdin:
        kind, key, hours, effects = line.split()
        child = os.fork()
        if child == 0:
            # what the job logs is no answer
            os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
            one_round(data, kind, key, timedelta(hours=float(hours)), int(effects))
            os._exit(DONE)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def one_round(data: str, kind: str, key: str, ahead: timedelta, effects: int) -> None:
    """The job, once."""
    (work,) = (each.work for each in kinds() if each.name == kind)

    def clock() -> datetime:
        return datetime.now(UTC) + ahead

    installation = Installation(load({"data": data}, dict(os.environ)))
    with closing(installation), closing(Control.open(str(installation.settings.control_url), clock)) as control:
        lake = replace(installation.lake, control=control)
        job = control.jobs.enqueue(kind, key, {})
        with closing(Outbox(lake.log_options)) as outbox, dying(effects):
            work(Context(job, lake, clock, Event(), lambda *_: None, outbox.publish))


@contextmanager
def dying(effects: int) -> Iterator[None]:
    """The process dies when so many effects have begun or ended; never for 0."""
    left = effects

    def counted() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def watched(effect: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            counted()
            done = effect(*given, **named)
            counted()
            return done

        return call

    with ExitStack() as patches:
        for owner, name in EFFECTS:
            patches.enter_context(patch.object(owner, name, watched(getattr(owner, name))))
        yield


if __name__ == "__main__":
    main(sys.argv[1])
