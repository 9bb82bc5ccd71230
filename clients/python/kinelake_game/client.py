"""The client that a game uses: it takes what happens, keeps it, and sends it from a thread of its own."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Condition, Event, Lock, Thread
from typing import Any, Final

import msgspec

from .delivery import MOST_BYTES, MOST_ITEMS, Delivery
from .faults import Busy, ItemTooLarge, Refused
from .queue import Batch, Queue

PAUSE_SECONDS: Final = 5.0
DIVIDED: Final = frozenset({400, 413})
"""What is wrong with a batch as a whole may be right of its halves."""
WITHDRAWN: Final = "consent_required"

logger = logging.getLogger("kinelake_game")


@dataclass(frozen=True)
class Player:
    """Who plays what: said of every item."""

    app_id: str
    build_id: str
    player_id: str


def log_refusal(refused: Refused) -> None:
    """Logs what was given up and why; nothing of the items themselves."""
    logger.error("%d items given up (index %s, field %s): %s", refused.items, refused.index, refused.field, refused)


class Client:
    """Telemetry of one player. Without `consent(True)` it keeps and sends nothing; any thread may call it.

    pause: seconds between two rounds of sending. refused: is told, in the client's own thread, of what the server will
    not take; should it raise, sending ends and the items stay. Methods that take an item return whether it was kept:
    not without consent, and not where the queue is full, which `lost` counts. What the queue's file cannot do in the
    client's own thread ends it with a traceback.

    Raises:
        QueueFailed: the queue's file cannot be read or written.
        ItemTooLarge: an item is larger than a request may be.
    """

    def __init__(
        self,
        player: Player,
        delivery: Delivery,
        queue: Queue,
        pause: float = PAUSE_SECONDS,
        refused: Callable[[Refused], None] = log_refusal,
    ) -> None:
        self.lost = 0
        self._said = {"app_id": player.app_id, "build_id": player.build_id, "player_id": player.player_id}
        self._delivery, self._queue = delivery, queue
        self._pause, self._refused = pause, refused
        self._most = MOST_ITEMS
        self._consent = Lock()
        self._given = False
        self._now, self._withdrawn, self._ended = Event(), Event(), Event()
        self._round = Condition()
        self._thread = Thread(target=self._run, name="kinelake-game", daemon=True)
        self._thread.start()

    def consent(self, given: bool) -> None:
        """What the player says; withdrawn, all that waits is removed and nothing more is sent.

        A request that is on its way in this moment may still arrive.
        """
        with self._consent:
            self._given = given
            if not given:
                self._withdrawn.set()
                self._queue.clear()
            elif self._withdrawn.is_set():
                # a new one: what the old one has to stop may not have looked yet
                self._withdrawn = Event()
        self._now.set()

    def create_player(self, region: str | None = None, hardware: Mapping[str, Any] | None = None) -> bool:
        """The player introduces itself: where from, and on what (`gpu` and `ram` have columns of their own)."""
        return self._put({"event_name": "Create_Player", "region": region, "hardware": hardware}, _now())

    def funnel_step(self, name: str, session_id: str, level_id: str) -> bool:
        """The player reached a step."""
        return self._put({"funnel_step_name": name, "session_id": session_id, "level_id": level_id}, _now())

    def event(
        self,
        name: str,
        session_id: str,
        level_id: str,
        position: Sequence[float] | None = None,
        custom_data: Mapping[str, Any] | None = None,
        input_method: str | None = None,
    ) -> bool:
        """Something happened, at x, y, z in world units if `position` says so."""
        where = {"session_id": session_id, "level_id": level_id, "position": position}
        return self._put(
            {"event_name": name, **where, "custom_data": custom_data, "input_method": input_method}, _now()
        )

    def trajectory(
        self,
        session_id: str,
        positions: Sequence[float],
        start: datetime,
        end: datetime,
        fps: Mapping[str, float] | None = None,
        status: str | None = None,
        input_method: str | None = None,
    ) -> bool:
        """Where the player was: x, y, z of samples at equal distances in time, the first at `start`, the last at `end`.

        fps: `mean`, and `low_5` and `low_1` that 5 % and 1 % of the frames were below.
        """
        times = {"timestamp_start": start.isoformat(), "timestamp_end": end.isoformat()}
        about = {"session_id": session_id, "fps": fps, "status": status, "input_method": input_method}
        return self._put({**about, "positions": positions}, times)

    def flush(self, seconds: float) -> bool:
        """Sends now what waits; whether all of it was sent, or given up, within so many seconds."""
        self._now.set()
        with self._round:
            return self._round.wait_for(lambda: not len(self._queue), seconds)

    def close(self) -> None:
        """Ends the thread after the request it is at; what waits stays on disk for the next start."""
        self._ended.set()
        with self._consent:
            self._withdrawn.set()
        self._now.set()
        self._thread.join()
        self._delivery.close()
        self._queue.close()

    def _put(self, item: Mapping[str, Any], times: Mapping[str, str]) -> bool:
        encoded = msgspec.msgpack.encode({**self._said, **item, **times})
        if len(encoded) > MOST_BYTES:
            raise ItemTooLarge(f"the item has {len(encoded)} bytes, more than {MOST_BYTES}: send it in parts")
        with self._consent:
            if not self._given:
                return False
            kept = self._queue.put(encoded)
            self.lost += not kept
            return kept

    def _run(self) -> None:
        while not self._ended.is_set():
            self._now.wait(self._pause)
            self._now.clear()
            self._send_all()
            with self._round:
                self._round.notify_all()

    def _send_all(self) -> None:
        while (following := self._next()) is not None:
            batch, withdrawn = following
            try:
                self._delivery(batch, withdrawn)
            except Busy:
                return
            except Refused as refused:
                self._give_up(batch, refused)
            else:
                self._queue.done(batch)
                self._most = MOST_ITEMS

    def _next(self) -> tuple[Batch, Event] | None:
        """The batch to send, and what is set once it must not be."""
        with self._consent:
            if not self._given or self._ended.is_set():
                return None
            batch = self._queue.batch(self._most, MOST_BYTES)
            return None if batch is None else (batch, self._withdrawn)

    def _give_up(self, batch: Batch, refused: Refused) -> None:
        """All of it, or the one item that is at fault; what has no such item goes on in halves."""
        if refused.code == WITHDRAWN:
            refused.items = len(self._queue)
            self.consent(False)
        elif refused.index is not None and 0 <= refused.index < len(batch.items):
            refused.items = 1
            self._queue.without(batch, refused.index)
        elif refused.status in DIVIDED and len(batch.items) > 1:
            self._most = len(batch.items) // 2
            return self._queue.divided(batch)
        else:
            refused.items = len(batch.items)
            self._queue.done(batch)
        self._refused(refused)


def _now() -> dict[str, str]:
    return {"timestamp": datetime.now(UTC).isoformat()}
