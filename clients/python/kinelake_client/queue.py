"""Events that are sent in the background, in batches, by a thread of their own."""

import atexit
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from threading import Condition, Event, Thread
from types import TracebackType
from typing import Any, Final, NamedTuple

from .batches import ANALYTICS, ERRORS, MEDIA, Prepared, Stream, prepared
from .batches import MOST_EVENTS as FULL
from .client import Client, Said
from .events import AnalyticsEvent, ErrorReport, MediaEvent
from .exchange import LONGEST_WAIT_SECONDS
from .faults import QueueClosed, Refused, StillWaiting, Unavailable
from .steps import delivering_prepared
from .verdicts import Verdict
from .waiting import MOST_BYTES, MOST_EVENTS, Lane, Waiting

PAUSE_SECONDS: Final = 1.0
AT_EXIT_SECONDS: Final = 10.0

logger = logging.getLogger("kinelake_client")


class Undelivered(NamedTuple):
    """An event that the server will not take, and why."""

    stream: str
    event: Mapping[str, Any]
    verdict: Verdict


def log_undelivered(lost: Undelivered) -> None:
    """Logs the event's id and the reason; nothing else of the event."""
    fields = ", ".join(error.field for error in lost.verdict.errors)
    logger.error("%s event %s given up: %s %s", lost.stream, lost.verdict.event_id, lost.verdict.code, fields)


class Queue:
    """Takes events without waiting, and sends them with `client` from a thread of its own; any thread may call it.

    Coroutines may, too: only `flush` and `close` wait, so await `asyncio.to_thread(queue.flush)`. At most `most_events`
    of together `most_bytes` wait: one more is a QueueFull. They go out as soon as a request is full, or after `pause`
    seconds. While the server is away or busy they stay. What it refuses is told `undelivered`, in the queue's thread,
    by default a line in the log. Events are in memory only: a program that ends without `close` is given ten seconds
    for what waits, and one that is killed loses it. A process that forks makes its queues after that.
    """

    def __init__(
        self,
        client: Client,
        *,
        most_events: int = MOST_EVENTS,
        most_bytes: int = MOST_BYTES,
        pause: float = PAUSE_SECONDS,
        undelivered: Callable[[Undelivered], None] = log_undelivered,
    ) -> None:
        self._client, self._pause, self._undelivered = client, pause, undelivered
        self._waiting: Waiting[Client] = Waiting(most_events, most_bytes)
        self._process = os.getpid()
        self._changed = Condition()
        self._closing = False
        self._now, self._ended = Event(), Event()
        self._thread = Thread(target=self._run, name="kinelake-client", daemon=True)
        self._thread.start()
        atexit.register(self._at_exit)

    def media(self, event: MediaEvent | Said, of: Client | None = None) -> str:
        """Keeps a playback event, of the person of another client where `of` says so; its id.

        Raises BadEvent, QueueFull, QueueClosed, and ConsentRequired where the client's level does not let it be kept.
        """
        return self._put(MEDIA, event, of)

    def track(self, event: AnalyticsEvent | Said, of: Client | None = None) -> str:
        """Keeps what somebody did; like `media`."""
        return self._put(ANALYTICS, event, of)

    def error(self, report: ErrorReport | Said, of: Client | None = None) -> str:
        """Keeps an error report; like `media`."""
        return self._put(ERRORS, report, of)

    def flush(self, seconds: float = 30) -> None:
        """Sends now what waits; raises StillWaiting where some of it does so after these seconds, and keeps it."""
        with self._changed:
            newest = self._waiting.newest
            self._now.set()
            if not self._changed.wait_for(lambda: self._waiting.all_before(newest), seconds):
                raise self._still_waiting(seconds)

    def close(self, seconds: float = 30) -> None:
        """Takes nothing more, sends what waits, and ends; raises StillWaiting with what it could not deliver.

        The client stays open: it is whose it was.
        """
        atexit.unregister(self._at_exit)
        with self._changed:
            self._closing = True
        try:
            self.flush(seconds)
        finally:
            self._ended.set()
            self._now.set()
            self._thread.join(seconds)

    def __len__(self) -> int:
        return len(self._waiting)

    def __enter__(self) -> "Queue":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _put(self, stream: Stream, said: Said, of: Client | None) -> str:
        # without the lock: after a fork it may be held by a thread that is not there
        if self._process != os.getpid() or not self._thread.is_alive():
            raise QueueClosed("the queue does not send any more: make one in this process")
        client = of or self._client
        client.check(stream.level)
        event = prepared(said)
        with self._changed:
            if self._closing:
                raise QueueClosed("the queue was closed")
            self._waiting.put(Lane(client, stream), event)
            if len(self._waiting) >= FULL:
                self._now.set()
        return event.event_id

    def _run(self) -> None:
        while not self._ended.is_set():
            self._now.wait(self._pause)
            self._now.clear()
            self._send_all()

    def _send_all(self) -> None:
        while not self._ended.is_set():
            with self._changed:
                following = self._waiting.batch()
            if following is None:
                return
            lane, batch = following
            answered = self._sent(lane, batch)
            with self._changed:
                self._waiting.done(lane, answered)
                self._changed.notify_all()

    def _sent(self, lane: Lane[Client], batch: list[Prepared]) -> int:
        """How many of the batch's first events have an answer now, whichever it is."""
        try:
            delivered = lane.sender.run(delivering_prepared(lane.stream, batch), self._ended)
        except Unavailable as error:
            self._ended.wait(min(error.retry_after or 0, LONGEST_WAIT_SECONDS))
            verdicts = error.delivered.verdicts if error.delivered else ()
        except Refused as error:
            told = error.delivered.verdicts if error.delivered else ()
            verdicts = [*told, *(_given_up(error, index, batch[index]) for index in range(len(told), len(batch)))]
        else:
            verdicts = delivered.verdicts
        self._tell(lane.stream, batch, verdicts)
        return len(verdicts)

    def _tell(self, stream: Stream, batch: list[Prepared], verdicts: Sequence[Verdict]) -> None:
        for verdict in verdicts:
            if not verdict.accepted:
                try:
                    self._undelivered(Undelivered(stream.name, batch[verdict.index].event, verdict))
                except Exception:
                    logger.exception("what is told of undelivered events failed; the queue goes on")

    def _still_waiting(self, seconds: float) -> StillWaiting:
        return StillWaiting(seconds, [each.event for each in self._waiting.everything()])

    def _at_exit(self) -> None:
        if self._process != os.getpid():
            return
        try:
            self.close(AT_EXIT_SECONDS)
        except StillWaiting as error:
            logger.error("the program ends: %s", error)


def _given_up(error: Refused, index: int, event: Prepared) -> Verdict:
    return Verdict(index, event.event_id, "rejected", error.code, error.errors)
