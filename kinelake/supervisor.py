"""Keeps the processes of `kinelake up` running: starts them, starts again what dies, ends them in order.

A child holds the read end of a pipe on stdin that only this process can write to: should this one be killed, the child
sees the pipe's end and drains by itself. What it prints on stdout is its report that it has started.
"""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from subprocess import PIPE, Popen, TimeoutExpired
from typing import IO, Any

import msgspec
import structlog

from jobs.child import how_it_ended, started
from kinelake.allocators import set_for, wanted_by
from kinelake.backoff import Backoff
from kinelake.exit_codes import REFUSED, WRONG_USE
from kinelake.faults import RoleFailed

GIVE_UP_AFTER = 3
"""A role that ends so often before it has ever started keeps `up` from starting."""
HOPELESS = frozenset({WRONG_USE, REFUSED})
"""Exit codes with which one ending before it has ever started does."""
KILL_AFTER_DRAIN_SECONDS = 10.0

log = structlog.get_logger()


@dataclass(frozen=True)
class Child:
    """A role as a command: the arguments of `python -m kinelake`; one with an end of its own runs once."""

    name: str
    arguments: Sequence[str]
    once: bool = False


Start = Callable[[Child], "Popen[bytes]"]


class Supervisor:
    """Looks after children each time `tick` is called; `end` leaves none behind.

    `gone` hears of each one whose process has ended, before it is started again.
    """

    def __init__(
        self,
        children: Sequence[Child],
        start: Start,
        clock: Callable[[], float] = time.monotonic,
        gone: Callable[[Child], None] = lambda _: None,
    ) -> None:
        self._start = start
        self._clock = clock
        self._gone = gone
        self._kept: list[Kept] = []
        for child in children:
            self.add(child)

    def add(self, child: Child) -> None:
        """Looks after one more."""
        self._kept.append(Kept(child, self._start, self._clock, self._gone))

    def tick(self) -> None:
        """Starts what should run and does not. Raises RoleFailed for a child that never gets to start."""
        for kept in self._kept:
            kept.tick()

    def reports(self) -> dict[str, Mapping[str, Any]] | None:
        """What the children reported, by name; None until all have."""
        roles = [kept for kept in self._kept if not kept.child.once]
        found = {kept.child.name: kept.report for kept in roles if kept.report is not None}
        return found if len(found) == len(roles) else None

    def pids(self) -> dict[str, int]:
        """The processes that run now."""
        return {kept.child.name: kept.process.pid for kept in self._kept if kept.process is not None}

    def end(self, drain_seconds: float) -> None:
        """Asks every child to drain and waits; kills what has not drained in time."""
        running = [kept for kept in self._kept if kept.process is not None]
        for kept in running:
            kept.terminate()
        deadline = self._clock() + drain_seconds + KILL_AFTER_DRAIN_SECONDS
        for kept in running:
            kept.wait(max(0.0, deadline - self._clock()))


class Kept:
    """One child and what is known of it."""

    def __init__(self, child: Child, start: Start, clock: Callable[[], float], gone: Callable[[Child], None]) -> None:
        self.child = child
        self.process: Popen[bytes] | None = None
        self.report: Mapping[str, Any] | None = None
        self._start = start
        self._clock = clock
        self._gone = gone
        self._backoff = Backoff()
        self._due = self._began = clock()
        self._done = False
        self._line = b""

    def tick(self) -> None:
        """Starts the child when it is due, reads its report, notes its end."""
        if self.process is None:
            if self._clock() >= self._due and not self._done:
                self._begin()
        else:
            self._read(self.process)
            code = self.process.poll()
            if code is not None:
                self._ended(self.process, code)

    def terminate(self) -> None:
        """Asks the child to drain."""
        if self.process is not None:
            self.process.terminate()

    def wait(self, seconds: float) -> None:
        """Waits until the child is gone; kills it after that time."""
        if self.process is None:
            return
        try:
            self.process.wait(seconds)
        except TimeoutExpired:
            log.error("role_killed", name=self.child.name, why="it did not drain in time")
            self.process.kill()
            self.process.wait()
        self._close(self.process)

    def _begin(self) -> None:
        self._began = self._clock()
        self.process = self._start(self.child)
        os.set_blocking(_pipe(self.process.stdout).fileno(), False)

    def _read(self, process: "Popen[bytes]") -> None:
        *lines, self._line = (self._line + (_pipe(process.stdout).read() or b"")).split(b"\n")
        for line in lines:
            self.report = _reported(line) or self.report

    def _ended(self, process: "Popen[bytes]", code: int) -> None:
        self._close(process)
        if self.child.once:
            self._done = True
            if code:
                log.error("role_failed", name=self.child.name, how=how_it_ended(code))
            return
        wait, how = self._backoff.after(self._clock() - self._began), how_it_ended(code)
        if self.report is None and code in HOPELESS:
            raise RoleFailed(f"{self.child.name} cannot start as things are, its error is above: it {how}")
        if self.report is None and self._backoff.failures >= GIVE_UP_AFTER:
            raise RoleFailed(
                f"{self.child.name} ended {GIVE_UP_AFTER} times before it started, at last it {how}; its error is above"
            )
        log.warning("role_ended", name=self.child.name, how=how, again_in_seconds=wait)
        self._due = self._clock() + wait

    def _close(self, process: "Popen[bytes]") -> None:
        for pipe in (process.stdin, process.stdout):
            _pipe(pipe).close()
        self.process, self._line = None, b""
        self._gone(self.child)


def start_role(environment: Mapping[str, str]) -> Start:
    """How a child becomes a process: this Python, in a session of its own, so that Ctrl-C reaches the parent alone.

    Flows have their allocators set: they need not start again for them.
    """

    def start(child: Child) -> "Popen[bytes]":
        arguments = [*child.arguments, "--supervised"]
        streams = {"stdin": PIPE, "stdout": PIPE, "bufsize": 0}
        own = {**os.environ, **environment}
        if wanted_by(child.arguments):
            set_for(own)
        return started("kinelake", arguments, own, start_new_session=True, **streams)

    return start


def _reported(line: bytes) -> Mapping[str, Any] | None:
    """A line of stdout as a report; a library that prints something is told of and does no harm."""
    try:
        return msgspec.json.decode(line, type=dict[str, Any])
    except msgspec.DecodeError:
        log.warning("not_a_report", line=line[:200].decode(errors="replace"))
        return None


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None, "children are started with pipes"
    return pipe
