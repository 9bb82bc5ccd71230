"""What would hold up every other answer, done in a process of its own: one piece after the other, and few wait."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final, Protocol, TypeVar

from schemas.shared.faults import Transient
from web.problems import unavailable

T = TypeVar("T")
MOST_WAITING: Final = 8
RETRY_SECONDS: Final = 5


class Apart(Protocol):
    """Does work in a process apart. The work and all that it is given can be pickled."""

    def __call__(self, work: Callable[..., T], *arguments: Any) -> T:
        """Its result; its exceptions come through. Raises Transient where it was not done, or took too long."""


class NobodyApart(Transient):
    """Nothing that does work in a process apart was handed over."""


def nobody(work: Callable[..., T], *arguments: Any) -> T:
    """What stands for an Apart where there is none; raises NobodyApart."""
    raise NobodyApart("documents are not made here: these queries were made without a process apart")


class InTurn:
    """Used from one event loop; `stop` at the end."""

    def __init__(self, apart: Apart, most_waiting: int = MOST_WAITING) -> None:
        self._apart = apart
        self._most = most_waiting
        self._waiting = 0
        self._threads = ThreadPoolExecutor(1, "apart")

    async def __call__(self, work: Callable[..., T], *arguments: Any) -> T:
        """The result once it is its turn; raises the 503 where too many wait already."""
        if self._waiting >= self._most:
            raise unavailable("busy", "Too many documents are being made; try again after Retry-After.", RETRY_SECONDS)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._threads, partial(self._apart, work, *arguments)
            )
        finally:
            self._waiting -= 1

    def stop(self) -> None:
        """Once what was begun is done."""
        self._threads.shutdown()
