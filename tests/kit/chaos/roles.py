"""The roles of an installation as processes that are killed and started again; nothing of ours looks after them."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from tests.kit.forked import Forked

PAUSE_AFTER_FAILURE = 0.5
END_SECONDS = 60


class Role:
    """One command of `kinelake`, kept running until `end`; `exits` are the codes it ended with by itself."""

    def __init__(self, name: str, arguments: Sequence[str], environment: Mapping[str, str], printed: Path) -> None:
        self.name = name
        self.exits: list[int] = []
        self.killed = 0
        self._arguments = arguments
        self._environment = {**os.environ, **environment}
        self._printed = printed
        self._process: Forked | None = None
        self._away = 0.0
        self._ending = False
        self._runs = asyncio.Event()
        self._ended = asyncio.Event()

    @property
    def output(self) -> str:
        """All it has printed."""
        return self._printed.read_text(errors="replace")

    def keep(self) -> asyncio.Task[None]:
        """Start it, and again whenever it has died, until `end`, also where that comes before the task has begun."""
        self._ending = False
        return asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        while not self._ending:
            await self._once()
            await asyncio.sleep(self._away)

    async def kill(self, away: float) -> None:
        """SIGKILL to the process that runs, or to the next one; the one after it starts `away` seconds later."""
        await self._runs.wait()
        assert self._process is not None
        self._away = away
        self._process.kill()
        await self._ended.wait()
        self.killed += 1

    def end(self) -> None:
        """SIGTERM, and no start again."""
        self._ending = True
        if self._runs.is_set() and self._process is not None:
            self._process.terminate()

    async def _once(self) -> None:
        self._process = Forked(self._arguments, self._environment, self._printed)
        self._ended.clear()
        self._runs.set()
        code = await asyncio.to_thread(self._process.wait)
        self._runs.clear()
        self._ended.set()
        if code != -signal.SIGKILL and not self._ending:
            self.exits.append(code)
            self._away = PAUSE_AFTER_FAILURE


@asynccontextmanager
async def running(roles: Sequence[Role]) -> AsyncIterator[None]:
    """The roles while the block runs; afterwards none is left behind."""
    keepers = [role.keep() for role in roles]
    try:
        yield
    finally:
        for role in roles:
            role.end()
        async with asyncio.timeout(END_SECONDS):
            await asyncio.gather(*keepers)
