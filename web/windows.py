"""Fixed windows of requests: who has used how much of a budget, in one process or in all of an installation.

A window begins with its first request and lasts the budget's seconds.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from msgspec import Struct

from control.request_windows import MOST_WINDOWS, Leased, RequestWindows

LEASED_AT_ONCE = 10
SWEEP_SECONDS = 30


class Budget(NamedTuple):
    """So many requests in so many seconds; equal names are one budget."""

    name: str
    requests: int
    seconds: int


class Spent(NamedTuple):
    """How a window stands, and whether the request that was counted fits in it; `reset` in seconds, from now."""

    fits: bool
    requests: int
    remaining: int
    reset: float


class Windows(Protocol):
    """Counts requests; used from one event loop."""

    async def spend(self, budget: Budget) -> Spent:
        """Counts one request."""

    def look(self, budget: Budget) -> Spent:
        """As far as this process knows, without counting."""

    def give_back(self, budget: Budget) -> None:
        """One that was counted should not have been."""


class _Window(Struct):
    """One that runs: `left` is what this process may give out, `elsewhere` what others may yet lease."""

    start: datetime
    left: int
    elsewhere: int = 0


class _Open:
    """The windows that run, by budget, the first to begin first; beyond `most` that one goes."""

    def __init__(self, clock: Callable[[], datetime], most: int) -> None:
        self._clock = clock
        self._most = most
        self._windows: OrderedDict[str, _Window] = OrderedDict()

    def __len__(self) -> int:
        return len(self._windows)

    def get(self, budget: Budget) -> _Window | None:
        found = self._windows.get(budget.name)
        # clocks of two machines differ a little, and one that was set back must not keep a window open
        ended = found is not None and abs(self._age(found)) >= budget.seconds
        return None if ended else found

    def open(self, budget: Budget, window: _Window) -> _Window:
        self._windows.pop(budget.name, None)
        self._windows[budget.name] = window
        if len(self._windows) > self._most:
            self._windows.popitem(last=False)
        return window

    def spent(self, budget: Budget, window: _Window | None, *, fits: bool) -> Spent:
        if window is None:
            return Spent(fits, budget.requests, budget.requests, budget.seconds)
        remaining = min(budget.requests, window.left + window.elsewhere)
        return Spent(fits, budget.requests, remaining, min(budget.seconds, budget.seconds - self._age(window)))

    def _age(self, window: _Window) -> float:
        return (self._clock() - window.start).total_seconds()


class MemoryWindows:
    """Windows of this process alone."""

    def __init__(self, clock: Callable[[], datetime], most: int = MOST_WINDOWS) -> None:
        self._clock = clock
        self._open = _Open(clock, most)

    async def spend(self, budget: Budget) -> Spent:
        """Counts one request."""
        window = self._open.get(budget) or self._open.open(budget, _Window(self._clock(), budget.requests))
        fits = window.left > 0
        window.left -= fits
        return self._open.spent(budget, window, fits=fits)

    def look(self, budget: Budget) -> Spent:
        """As it stands."""
        return self._open.spent(budget, self._open.get(budget), fits=True)

    def give_back(self, budget: Budget) -> None:
        """One that was counted should not have been."""
        window = self._open.get(budget)
        if window is not None:
            window.left = min(budget.requests, window.left + 1)


class SharedWindows:
    """Windows of all processes, in control: each takes some requests at a time and gives them out by itself.

    What a process has taken and does not use is lost to the others until the window ends: at most a tenth of a budget.
    No budget lasts more than `longest` seconds.
    """

    def __init__(
        self, store: RequestWindows, clock: Callable[[], datetime], longest: int, most: int = MOST_WINDOWS
    ) -> None:
        self._store = store
        self._clock = clock
        self._longest = timedelta(seconds=longest)
        self._open = _Open(clock, most)
        self._leasing: dict[str, asyncio.Task[Leased]] = {}
        self._swept_at = clock()

    async def spend(self, budget: Budget) -> Spent:
        """Counts one request; raises ControlUnavailable."""
        while True:
            window = self._open.get(budget)
            if window is not None and window.left:
                window.left -= 1
                return self._open.spent(budget, window, fits=True)
            if window is not None and not window.elsewhere:
                return self._open.spent(budget, window, fits=False)
            await self._lease(budget)

    def look(self, budget: Budget) -> Spent:
        """As far as this process knows."""
        return self._open.spent(budget, self._open.get(budget), fits=True)

    def give_back(self, budget: Budget) -> None:
        """One that was counted should not have been."""
        window = self._open.get(budget)
        if window is not None:
            window.left += 1

    async def _lease(self, budget: Budget) -> None:
        """One question at a time for each budget; who comes meanwhile waits for the same answer."""
        task = self._leasing.get(budget.name)
        if task is None:
            task = self._leasing[budget.name] = asyncio.create_task(self._leased(budget))
            task.add_done_callback(lambda _: self._leasing.pop(budget.name, None))
        # who gives up waiting does not end it for the others
        await asyncio.shield(task)

    async def _leased(self, budget: Budget) -> Leased:
        some = max(1, min(LEASED_AT_ONCE, budget.requests // 10))
        lasting, now = timedelta(seconds=budget.seconds), self._clock()
        leased = await asyncio.to_thread(self._store.lease, budget.name, some, budget.requests, lasting, now)
        self._open.open(budget, _Window(leased.start, leased.granted, leased.left))
        if (now - self._swept_at).total_seconds() >= SWEEP_SECONDS:
            self._swept_at = now
            await asyncio.to_thread(self._store.sweep, now - self._longest)
        return leased
