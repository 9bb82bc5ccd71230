"""Roles and commands as processes that begin with all their modules read: that is two thirds of the CPU of a start.

The fork server of multiprocessing reads them, once for all roles of a process of tests. Each role is a process like any
other: it has memory, files, surroundings and arguments of its own, and dies by kill -9. A copy of the project, the
PYTHONPATH of a process, has a fork server of its own. What starts roles itself is started by `subprocess`.
"""

import atexit
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from multiprocessing import forkserver
from multiprocessing.connection import wait
from multiprocessing.forkserver import ForkServer
from pathlib import Path
from subprocess import CompletedProcess, TimeoutExpired
from tempfile import TemporaryDirectory
from threading import Lock
from unittest.mock import patch

from jobs.child import surrounded
from kinelake import cli
from kinelake.allocators import ALLOCATORS

ROOT = Path(__file__).parents[2]
READ = (
    "control.migrating",
    "jobs.kinds",
    "kinelake.example.traffic",
    "kinelake.flow_role",
    "kinelake.http_roles",
    "kinelake.replay",
    "kinelake.worker_role",
    __name__,
)

_ONE_AT_A_TIME = Lock()
"""multiprocessing looks at all processes whenever one is started, and each tells only once how it ended."""


class Forked:
    """A role's process, under the names that `subprocess.Popen` gives things.

    Args:
        arguments: what stands behind the command's name.
        environment: all of the process's variables.
        printed: the file that its stdout is appended to, and its stderr.
        main: what it runs, a function of a module.
        complaints: the file that its stderr is appended to instead.
        folder: where it works.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        printed: Path,
        main: Callable[[], None] = cli.main,
        complaints: Path | None = None,
        folder: Path = ROOT,
    ) -> None:
        files = (printed, complaints or printed)
        told = (main, list(arguments), {**environment, **ALLOCATORS}, files, folder)
        with _ONE_AT_A_TIME, _served(environment.get("PYTHONPATH", "")):
            self._process = multiprocessing.get_context("forkserver").Process(target=_run, args=told)
            self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid
        _RUNNING.add(self)

    @property
    def returncode(self) -> int | None:
        """The exit code, negative after a signal; None while it runs."""
        return self.poll()

    def poll(self) -> int | None:
        """The exit code, negative after a signal; None while it runs."""
        with _ONE_AT_A_TIME:
            code = self._process.exitcode
        if code is not None:
            _RUNNING.discard(self)
        return code

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, once it has ended; raises TimeoutExpired."""
        wait([self._process.sentinel], timeout)
        code = self.poll()
        if code is None:
            raise TimeoutExpired(f"process {self.pid}", timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        """Nothing where it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """SIGTERM; nothing where it has ended."""
        with _ONE_AT_A_TIME:
            self._process.terminate()

    def kill(self) -> None:
        """SIGKILL; nothing where it has ended."""
        with _ONE_AT_A_TIME:
            self._process.kill()


_RUNNING: set[Forked] = set()


@atexit.register
def _leave_none() -> None:
    """multiprocessing waits at the end for what a failed test has left."""
    for process in _RUNNING:
        process.kill()


@contextmanager
def _served(code: str) -> Iterator[None]:
    """Processes are forked from the server that has read the modules of that folder, or the project's own for ""."""
    # allocators read their settings when the fork server starts: a flow finds them in force
    surroundings = {**ALLOCATORS, **({"PYTHONPATH": code, "PYTHONSAFEPATH": "1"} if code else {})}
    path = [code, *sys.path] if code else sys.path
    connect = _server(code).connect_to_new_process
    with (
        surrounded(surroundings),
        patch.object(sys, "path", path),
        patch.object(forkserver, "connect_to_new_process", connect),
    ):
        yield


@cache
def _server(code: str) -> ForkServer:
    """The one of a folder: multiprocessing itself knows of one only."""
    server = ForkServer()
    server.set_forkserver_preload(list(READ))
    return server


def ran(
    *arguments: object, environment: Mapping[str, str] = os.environ, folder: Path = ROOT, seconds: float = 120
) -> "CompletedProcess[str]":
    """What a command prints in a folder and how it ends; raises TimeoutExpired."""
    words = [str(each) for each in arguments]
    with TemporaryDirectory() as kept:
        printed, complaints = Path(kept, "stdout"), Path(kept, "stderr")
        process = Forked(words, environment, printed, complaints=complaints, folder=folder)
        try:
            code = process.wait(seconds)
        finally:
            process.kill()
        return CompletedProcess(words, code, printed.read_text(), complaints.read_text())


def _run(
    main: Callable[[], None],
    arguments: Sequence[str],
    environment: Mapping[str, str],
    files: tuple[Path, Path],
    folder: Path,
) -> None:
    for own, file in zip((sys.stdout, sys.stderr), files, strict=True):
        with file.open("ab") as output:
            os.dup2(output.fileno(), own.fileno())
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["kinelake", *arguments]
    main()
