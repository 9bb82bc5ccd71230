"""How the installation does, as the home page shows it; whoever serves the dashboard says where it comes from."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

KEPT_SECONDS = 5.0
"""Looking reads the log's ends and tables' versions: not for every page that is loaded."""
OLDEST_SECONDS = 60.0
"""An overview that is older says nothing of now: a page waits for the next one."""

log = structlog.get_logger()


@dataclass(frozen=True)
class FlowHealth:
    """A stream's flow: how fresh its tables are, what waits, and what the sum leaves over (0 when all is found).

    `freshness_seconds` is None before the flow has said anything; `unaccounted` items are in no part of the sum.
    """

    stream: str
    freshness_seconds: float | None
    lag: int
    in_flight: int
    unaccounted: int


@dataclass(frozen=True)
class RoleHealth:
    """A process; alive when it was heard of lately."""

    role: str
    instance: str
    alive: bool
    seen_at: datetime


@dataclass(frozen=True)
class Overview:
    """The installation at one moment; nothing in it is one organisation's."""

    at: datetime
    flows: Sequence[FlowHealth]
    roles: Sequence[RoleHealth]
    problems: Sequence[str]


class Kept:
    """The newest overview; once it is five seconds old the next is made beside it. For one event loop."""

    def __init__(self, look: Callable[[], Awaitable[Overview]], clock: Callable[[], float] = time.monotonic) -> None:
        self._look = look
        self._clock = clock
        self._found: Overview | None = None
        self._looked_at = -math.inf
        self._looking: asyncio.Task[Overview] | None = None

    async def __call__(self) -> Overview:
        """Waits for a look only where the last one is too old to be shown; raises what that one raises."""
        age = self._clock() - self._looked_at
        if self._looking is None and age > KEPT_SECONDS:
            self._looking = asyncio.create_task(self._renewed())
            self._looking.add_done_callback(_noted)
        if self._looking is None or (self._found is not None and age <= OLDEST_SECONDS):
            assert self._found is not None, "looked at within seconds"
            return self._found
        # one page that is given up does not end the look that others wait for
        return await asyncio.shield(self._looking)

    async def _renewed(self) -> Overview:
        began = self._clock()
        try:
            self._found = await self._look()
            self._looked_at = began
            return self._found
        finally:
            self._looking = None


def _noted(looking: "asyncio.Task[Overview]") -> None:
    """Nobody may have waited for a look that failed."""
    error = None if looking.cancelled() else looking.exception()
    if error is not None:
        log.error("overview_failed", exc_info=error)
