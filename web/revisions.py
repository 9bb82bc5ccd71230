"""What control says of keys, renewed: whatever anybody changes is known here within a second.

Twice a second, while anybody asks, control is asked whether anything has changed. While it does not answer, nothing is
believed that is older than a second.
"""

import asyncio
from collections.abc import Awaitable, Callable
from math import inf
from typing import Protocol

import structlog

RENEW_SECONDS = 0.5
STALE_SECONDS = 1.0

log = structlog.get_logger()


class Revised(Protocol):
    """A store whose `revision` grows with every change of anybody, and `changes` with those of this process."""

    changes: int

    def revision(self) -> int:
        """As it stands; raises ControlUnavailable."""


class Renewal:
    """One per process and store, used from its event loop only; `changed` is awaited where the revision moved."""

    def __init__(self, store: Revised, changed: Callable[[], Awaitable[None]], monotonic: Callable[[], float]) -> None:
        self.revision: int | None = None
        self._store = store
        self._changed = changed
        self._monotonic = monotonic
        self._changes = 0
        self._asked_at = -inf
        self._looking: asyncio.Task[None] | None = None

    @property
    def due(self) -> bool:
        """Whether `renewed` has anything to do."""
        return self._monotonic() - self._asked_at >= RENEW_SECONDS or self._changes != self._store.changes

    async def renewed(self) -> None:
        """Sees to it that what changed is known, all but the last second's; raises ControlUnavailable."""
        if not self.due:
            return
        stale = self._monotonic() - self._asked_at >= STALE_SECONDS or self._changes != self._store.changes
        if self._looking is None or self._looking.done() or self._looking.get_loop() is not asyncio.get_running_loop():
            self._looking = asyncio.create_task(self._look())
            self._looking.add_done_callback(_heard)
        if stale:
            await asyncio.shield(self._looking)

    async def _look(self) -> None:
        asked_at, changes = self._monotonic(), self._store.changes
        revision = await asyncio.to_thread(self._store.revision)
        if revision != self.revision:
            await self._changed()
        self.revision, self._asked_at, self._changes = revision, asked_at, changes


def _heard(task: "asyncio.Task[None]") -> None:
    """Takes note of a failure that perhaps nobody waits for: the next request asks again, and fails by itself."""
    error = None if task.cancelled() else task.exception()
    if error is not None:
        log.warning("api_key_changes_not_read", reason=str(error))
