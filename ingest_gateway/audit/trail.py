"""The audit trail as rows on the log: whoever tells it something never waits, and no answer hangs on it.

Delivery: at least once while the log answers within the room there is, each row with an id of its own, so once in the
table. What finds no room, or is not published by the end, is dropped and counted.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Final

import structlog
from prometheus_client import Counter

from event_log import Publisher, Record
from ingest_gateway.audit.folding import Fold, Folding
from ingest_gateway.audit.rows import Told, row_of
from ingest_gateway.taking.identifiers import TimeOrderedIds
from schemas.audit import STREAMS
from schemas.shared.faults import KinelakeError, Terminal
from schemas.shared.times import microseconds
from web.audit_trail import AdminAction, Noted, Refusal
from web.metrics import EVENTS

MOST_WAITING: Final = 10_000
"""Rows that may wait for the log; of refusals fewer, as `_room` says."""
MOST_AT_ONCE: Final = 500
LOOK_SECONDS: Final = 1.0
"""Between two looks whether a minute with folded refusals has ended."""
RETRY_SECONDS: Final = 1.0

DROPPED = Counter("kinelake_audit_rows_dropped", "Rows of the audit trail that did not come onto the log.")

log = structlog.get_logger()


class TrailEnded(Terminal):
    """Nothing publishes the audit's rows any more; what the process is told is kept until there is no room."""


class PublishedTrail:
    """An AuditTrail; `running` publishes what it is told. Belongs to one event loop."""

    topics = STREAMS
    """Streams that it publishes to."""

    def __init__(
        self, publisher: Publisher, clock: Callable[[], datetime], retry_seconds: float = RETRY_SECONDS
    ) -> None:
        self._publisher = publisher
        self._clock = clock
        self._retry_seconds = retry_seconds
        self._noted = Noted()
        self._ids = TimeOrderedIds()
        self._folding = Folding()
        self._waiting: deque[tuple[int, Told]] = deque()
        self._told = asyncio.Event()
        self._ending = asyncio.Event()
        self._publishing: asyncio.Task[None] | None = None

    def refused(self, refusal: Refusal) -> None:
        """A request was refused: a row, or part of one where there are many."""
        self._noted.refused(refusal)
        now = self._now()
        self._fold(now)
        if self._folding.alone(refusal, now):
            self._keep(now, refusal)
        self._told.set()

    def acted(self, action: AdminAction) -> None:
        """Something was carried out: a row."""
        self._noted.acted(action)
        self._keep(self._now(), action)
        self._told.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Publishes until the end, then once more what is still waiting, folds of the running minute included."""
        self._publishing = publishing = asyncio.create_task(self._publish_all())
        publishing.add_done_callback(_ended)
        try:
            yield
        finally:
            self._ending.set()
            self._told.set()
            await publishing

    async def check(self) -> None:
        """A readiness check: raises TrailEnded where nothing publishes."""
        if self._publishing is None or self._publishing.done():
            raise TrailEnded("no audit row is published any more; see the log for audit_trail_ended, and restart")

    async def _publish_all(self) -> None:
        while not self._ending.is_set():
            await self._something()
            self._fold(self._now())
            await self._send()
        self._keep_all(self._folding.all())
        await self._send()

    async def _something(self) -> None:
        """Returns when there is something new, or a minute may have ended."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS if self._folding.waiting else None):
                await self._told.wait()
        self._told.clear()

    async def _send(self) -> None:
        """Publishes what waits; while the log is away it goes on trying, until the end has come."""
        while self._waiting:
            told = [self._waiting.popleft() for _ in range(min(MOST_AT_ONCE, len(self._waiting)))]
            for topic, records in self._by_topic(told).items():
                await self._settle(topic, records)

    def _by_topic(self, told: Iterable[tuple[int, Told]]) -> dict[str, list[Record]]:
        found: dict[str, list[Record]] = {}
        for at, each in told:
            topic, record = row_of(each, at, self._ids.next)
            found.setdefault(topic, []).append(record)
        return found

    async def _settle(self, topic: str, records: Sequence[Record]) -> None:
        """Until they are on the log, never will be, or the end has come; tried again they have the same ids."""
        while True:
            try:
                await self._publisher.publish(topic, records)
                EVENTS.labels(topic, "accepted").inc(len(records))
                return
            except KinelakeError as error:
                log.warning("audit_rows_not_published", topic=topic, rows=len(records), reason=str(error))
                if isinstance(error, Terminal) or self._ending.is_set():
                    break
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), self._retry_seconds)
        self._drop(len(records))
        if self._ending.is_set():
            # the rest would wait for the same log
            self._drop(len(self._waiting))
            self._waiting.clear()

    def _fold(self, now: int) -> None:
        self._keep_all(self._folding.ended(now))

    def _keep_all(self, told: Iterable[Told]) -> None:
        for each in told:
            self._keep(self._now(), each)

    def _keep(self, at: int, told: Told) -> None:
        if len(self._waiting) < _room(told):
            self._waiting.append((at, told))
        else:
            self._drop(1)

    def _drop(self, rows: int) -> None:
        DROPPED.inc(rows)

    def _now(self) -> int:
        return microseconds(self._clock())


def _room(told: Told) -> int:
    """How many rows may wait beside it: strangers leave room for organisations, and refusals for what was done."""
    if isinstance(told, AdminAction):
        return MOST_WAITING
    tenant = told.tenant if isinstance(told, Fold) else told.sender.tenant
    return MOST_WAITING * 3 // 4 if tenant else MOST_WAITING // 2


def _ended(publishing: "asyncio.Task[None]") -> None:
    """Nobody waits for it before the end of the process: what ends it early is said at once."""
    if not publishing.cancelled() and publishing.exception() is not None:
        log.error("audit_trail_ended", error=type(publishing.exception()).__name__)


TRAIL = PublishedTrail
"""What every HTTP role tells refusals and actions to."""
