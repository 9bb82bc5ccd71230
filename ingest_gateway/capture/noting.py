"""What requests wrote is noted in control before their 2xx: many at once, in one transaction after the other.

While a transaction is on its way the next writes gather, so there are no more of them than control can do.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from control.capture_sessions import CaptureSession
from control.capture_writes import CaptureWrite, CaptureWrites, Change
from control.written_offsets import Written
from event_log import Position

Placed: TypeAlias = tuple[str, Sequence[Position]]
"""A stream, and where a request's messages lie on its log."""


Noted: TypeAlias = Mapping[str, CaptureSession]
"""The sessions that changed, by their ids."""


class _Waiting(NamedTuple):
    write: CaptureWrite
    noted: "asyncio.Future[Noted]"


class Noting:
    """One per process, used from its event loop only."""

    def __init__(self, writes: CaptureWrites) -> None:
        self._writes = writes
        self._waiting: list[_Waiting] = []
        self._at_work: asyncio.Task[None] | None = None

    async def __call__(self, write: CaptureWrite) -> Noted:
        """Returns when it is durable: the sessions that changed, as they stand now (`CaptureWrites.note`).

        Raises ControlUnavailable: it may have been noted or not.
        """
        loop = asyncio.get_running_loop()
        waiting = _Waiting(write, loop.create_future())
        self._waiting.append(waiting)
        if self._at_work is None or self._at_work.done() or self._at_work.get_loop() is not loop:
            # a loop that was closed in the middle of its work never ends it
            self._at_work = asyncio.create_task(self._work())
        return await waiting.noted

    async def _work(self) -> None:
        while self._waiting:
            these, self._waiting = self._waiting, []
            try:
                found = await asyncio.to_thread(self._writes.note, [each.write for each in these])
            except Exception as error:
                _failed(these, error)
            else:
                _done(these, found)


def write_of(session_id: str, project_id: str, placed: Iterable[Placed], change: Change | None = None) -> CaptureWrite:
    """What a request wrote, for readers of its session and of its project."""
    scopes = f"session:{session_id}", f"project:{project_id}"
    written = [
        Written(scope, stream, position.partition, position.offset + 1)
        for stream, positions in placed
        for position in positions
        for scope in scopes
    ]
    return CaptureWrite(written, change)


def _failed(these: Iterable[_Waiting], error: Exception) -> None:
    for each in these:
        if not each.noted.done():
            each.noted.set_exception(error)


def _done(these: Iterable[_Waiting], found: Noted) -> None:
    for each in these:
        if not each.noted.done():
            each.noted.set_result(found)
