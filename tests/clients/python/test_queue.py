"""The queue against a plain list: whatever is done to it, and however often its file is opened again."""

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from clients.python.kinelake_game import Queue
from clients.python.kinelake_game.queue import Batch

MOST_ITEMS, MOST_BYTES = 6, 60


class QueueMachine(RuleBasedStateMachine):
    """`waiting` is what the queue should hold, of which the first `begun` are in a batch under `key`."""

    @initialize()
    def opened(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.queue = self._open()
        self.waiting: list[bytes] = []
        self.begun, self.key = 0, ""
        self.keys: set[str] = set()

    def _open(self) -> Queue:
        return Queue(Path(self.folder.name) / "queue", MOST_ITEMS, MOST_BYTES)

    @rule(item=st.binary(min_size=1, max_size=30))
    def put(self, item: bytes) -> None:
        room = len(self.waiting) < MOST_ITEMS and len(b"".join(self.waiting)) + len(item) <= MOST_BYTES
        assert self.queue.put(item) is room
        self.waiting += [item] * room

    def _batch(self, most_items: int = MOST_ITEMS, most_bytes: int = MOST_BYTES) -> Batch | None:
        batch = self.queue.batch(most_items, most_bytes)
        if batch is None or self.begun:
            return batch
        fitting = [
            count
            for count in range(1, min(most_items, len(self.waiting)) + 1)
            if count == 1 or len(b"".join(self.waiting[:count])) <= most_bytes
        ]
        self.begun, self.key = fitting[-1], batch.key
        assert batch.key not in self.keys
        self.keys.add(batch.key)
        return batch

    @rule(most_items=st.integers(1, 8), most_bytes=st.integers(1, 70))
    def batch(self, most_items: int, most_bytes: int) -> None:
        batch = self._batch(most_items, most_bytes)
        if batch is None:
            assert not self.waiting
        else:
            assert (batch.key, list(batch.items)) == (self.key, self.waiting[: self.begun])

    @precondition(lambda self: self.waiting)
    @rule(which=st.sampled_from(("done", "divided", "without")), index=st.integers(0, 5))
    def ended(self, which: str, index: int) -> None:
        batch = self._batch()
        assert batch is not None
        if which == "done":
            self.queue.done(batch)
            del self.waiting[: self.begun]
        elif which == "divided":
            self.queue.divided(batch)
        else:
            self.queue.without(batch, index % self.begun)
            del self.waiting[index % self.begun]
        self.begun = 0

    @rule()
    def clear(self) -> None:
        self.queue.clear()
        self.waiting, self.begun = [], 0

    @rule()
    def opened_again(self) -> None:
        self.queue.close()
        self.queue = self._open()

    @invariant()
    def as_many(self) -> None:
        assert len(self.queue) == len(self.waiting)

    def teardown(self) -> None:
        self.queue.close()
        self.folder.cleanup()


TestQueue = QueueMachine.TestCase
TestQueue.settings = settings(max_examples=20, stateful_step_count=20, deadline=None)
