"""One server process: start and wait until it answers, stop, kill -9."""

import contextlib
import os
import pwd
import random
import socket
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Self, TypedDict

import psutil
import tenacity

START_SECONDS = 180
STOP_SECONDS = 30
PORTS = range(15_000, 30_000)


class NotReady(Exception):
    """The server does not answer yet."""


class Server(ABC):
    """A server with its data in `directory`; what it prints goes to `directory`/server.log."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def command(self) -> Sequence[str]:
        """The program and its arguments."""

    @abstractmethod
    def check(self) -> None:
        """Return when the server answers; raise NotReady while it does not."""

    def process_environment(self) -> dict[str, str] | None:
        """The environment of the process; None is our own."""
        return None

    def user(self) -> str | None:
        """Whom the process runs as; None is ourselves."""
        return None

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the process unless it runs; return once it answers."""
        if not self.running:
            self._spawn()
        self._await_ready()

    def stop(self) -> None:
        """End the process as an operator would; kill it where it does not end."""
        if self.running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.terminate()
        self.kill()

    def terminate(self) -> int:
        """End the process with SIGTERM; its exit code. Raises TimeoutExpired where it does not end."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(STOP_SECONDS)

    def kill(self) -> None:
        """End the process and its children with SIGKILL, at once."""
        if self._process is None or not self.running:
            return
        family = [*psutil.Process(self._process.pid).children(recursive=True), psutil.Process(self._process.pid)]
        for process in reversed(family):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.wait()
        psutil.wait_procs(family, timeout=STOP_SECONDS)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def _spawn(self) -> None:
        with (self.directory / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                self.command(),
                cwd=self.directory,
                env=self.process_environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **identity(self.user()),
            )

    @tenacity.retry(
        retry=tenacity.retry_if_exception_type(NotReady),
        stop=tenacity.stop_after_delay(START_SECONDS),
        wait=tenacity.wait_fixed(0.05),
        reraise=True,
    )
    def _await_ready(self) -> None:
        if not self.running:
            printed = (self.directory / "server.log").read_text(errors="replace")
            raise RuntimeError(f"{type(self).__name__} ended while starting:\n{printed[-4000:]}")
        self.check()


class Identity(TypedDict):
    """The arguments of Popen that say whom a process runs as."""

    user: str | None
    group: int | None
    extra_groups: list[int] | None


def identity(user: str | None) -> Identity:
    """Another user in that user's own group only, or ourselves for None."""
    if user is None:
        return Identity(user=None, group=None, extra_groups=None)
    return Identity(user=user, group=pwd.getpwnam(user).pw_gid, extra_groups=[])


def free_port() -> int:
    """A free port below the range that outgoing connections draw theirs from, which no other call is ever given.

    A client that tries to reach a killed server on a port of that range may connect to itself and hold the port. Before
    it is used a port is nobody's: processes of xdist draw from ports of their own.
    """
    for port in _ports():
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no port is left")


@cache
def _ports() -> Iterator[int]:
    """Those of this process, in an order of its own."""
    mine = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    some = range(PORTS.start + mine, PORTS.stop, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))
    return iter(random.sample(some, len(some)))
