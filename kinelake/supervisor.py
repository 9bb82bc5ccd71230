"""Keeps the processes of `kinelake up` running: starts them, starts again what dies, ends them in order.

Children hold the read end of a pipe on stdin that only this process can write to: should it be killed, they see its
end and drain by themselves. What they print on stdout is their report that they have started.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import msgspec
import structlog

from kinelake.backoff import Backoff
from kinelake.errors import RoleFailed

GIVE_UP_AFTER = 3
"""A role that ends so often before it has ever started keeps `up` from starting."""
KILL_AFTER_DRAIN_SECONDS = 10.0

log = structlog.get_logger()


@dataclass(frozen=True)
class Child:
    """A role as a command: the arguments of `python -m kinelake`."""

    name: str
    arguments: Sequence[str]


@dataclass
class _Kept:
    child: Child
    backoff: Backoff = field(default_factory=Backoff)
    process: asyncio.subprocess.Process | None = None
    started: asyncio.Event = field(default_factory=asyncio.Event)
    report: Mapping[str, Any] = field(default_factory=dict)


class Supervisor:
    """Runs children until `stop`; use as an async context manager, which ends with every child gone."""

    def __init__(self, children: Sequence[Child], environment: Mapping[str, str], drain_seconds: float) -> None:
        self._kept = [_Kept(child) for child in children]
        self._environment = dict(environment)
        self._drain_seconds = drain_seconds
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> "Supervisor":
        """Starts every child."""
        self._tasks = [asyncio.create_task(self._keep(kept)) for kept in self._kept]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Asks every child to drain, kills what does not, and waits until all are gone."""
        self.stop()
        await asyncio.gather(*(self._end(kept) for kept in self._kept))
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def stop(self) -> None:
        """Nothing is started any more; `wait` returns."""
        self._stopping.set()

    async def started(self) -> dict[str, Mapping[str, Any]]:
        """Waits until every child has reported; gives the reports by name. Raises RoleFailed, or returns {} on stop."""
        await self._until(asyncio.gather(*(kept.started.wait() for kept in self._kept)))
        return {} if self._stopping.is_set() else {kept.child.name: kept.report for kept in self._kept}

    async def wait(self) -> None:
        """Runs until `stop`. Raises RoleFailed if a child cannot be started at all."""
        await self._until(self._stopping.wait())

    async def _until(self, done: Awaitable[Any]) -> None:
        waiting = asyncio.ensure_future(done)
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait([waiting, stopping, *self._tasks], return_when=asyncio.FIRST_COMPLETED)
            for task in self._tasks:
                if task.done():
                    task.result()
        finally:
            for future in (waiting, stopping):
                future.cancel()

    async def _keep(self, kept: _Kept) -> None:
        loop = asyncio.get_running_loop()
        while not self._stopping.is_set():
            began = loop.time()
            code = await self._run(kept)
            if self._stopping.is_set():
                return
            wait = kept.backoff.after(loop.time() - began)
            _refuse_hopeless(kept, code)
            log.warning("role_ended", name=kept.child.name, code=code, again_in_seconds=wait)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), wait)

    async def _run(self, kept: _Kept) -> int:
        kept.process = process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "kinelake",
            *kept.child.arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **self._environment},
            # Ctrl-C in the terminal goes to this process alone, which ends its children in order
            start_new_session=True,
        )
        assert process.stdout is not None
        async for line in process.stdout:
            kept.report = msgspec.json.decode(line)
            kept.started.set()
        return await process.wait()

    async def _end(self, kept: _Kept) -> None:
        process = kept.process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), self._drain_seconds + KILL_AFTER_DRAIN_SECONDS)
        except TimeoutError:
            log.error("role_killed", name=kept.child.name, why="it did not drain in time")
            process.kill()
            await process.wait()


def _refuse_hopeless(kept: _Kept, code: int) -> None:
    if kept.backoff.failures >= GIVE_UP_AFTER and not kept.started.is_set():
        raise RoleFailed(f"{kept.child.name} ended {GIVE_UP_AFTER} times (exit {code}) before it started; see its error above")
