"""Who waits for new messages is woken by one thread for each file and process, however many readers there are.

It looks at the times of the WAL, where those are new asks SQLite whether another connection has committed, and only
then which topics have moved: a message of one topic does not wake the readers of another.
"""

import os
import sqlite3
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import ClassVar

from event_log.embedded.database import connect, translated
from schemas.shared.faults import KinelakeError

LOOK_SECONDS = 0.05
"""Only who has read everything waits for it, so no backlog does; a hundred looks a second took a 30th of a core."""
RACY_SECONDS = 3
"""File times are coarse: a WAL changed so recently may have changed again without showing it."""
TRY_AGAIN_SECONDS = 0.1
BUSY_SECONDS = 2
EXTENTS = "SELECT topic, total(start_offset), total(next_offset) FROM partitions GROUP BY topic"


class Watch:
    """Looks at one file while anybody holds it; get it by `held`, give it back by `release`."""

    _by_path: ClassVar[dict[Path, "Watch"]] = {}
    _changing = threading.Lock()

    def __init__(self, path: Path) -> None:
        self._path = path
        self._holders = 0
        self._ended = threading.Event()
        self._states: dict[str, tuple[float, float]] = {}
        self._failures = 0
        self._waiting: defaultdict[str, threading.Condition] = defaultdict(threading.Condition)
        self._thread = threading.Thread(target=self._run, name="event-log-watch", daemon=True)

    @classmethod
    def held(cls, path: Path) -> "Watch":
        """The watch of this process over that file."""
        with cls._changing:
            watch = cls._by_path.setdefault(path, cls(path))
            watch._holders += 1
            if watch._holders == 1:
                watch._thread.start()
            return watch

    def release(self) -> None:
        """The last one to give it back ends it."""
        with self._changing:
            self._holders -= 1
            last = self._holders == 0
            if last:
                del self._by_path[self._path]
        if last:
            self._ended.set()
            self._thread.join()

    def state(self, topic: str) -> object:
        """What `wait` compares with: take it before looking for messages, and none that comes later is missed."""
        return self._states.get(topic), self._failures

    def wait(self, topic: str, state: object, seconds: float) -> None:
        """Return when the topic has moved since that state, or the file cannot be read; at most so many seconds."""
        changed = self._waiting[topic]
        with changed:
            changed.wait_for(lambda: self.state(topic) != state, seconds)

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                with translated(self._path):
                    self._look()
            except KinelakeError:
                # The readers ask the file themselves and say what is wrong with it.
                self._failures += 1
                self._wake(list(self._waiting))
            self._ended.wait(TRY_AGAIN_SECONDS)

    def _look(self) -> None:
        """Until the end or an error: tell each topic that has moved."""
        connection = connect(self._path, BUSY_SECONDS)
        written: tuple[float, int] | None = None
        seen: int | None = None
        try:
            while not self._ended.wait(LOOK_SECONDS):
                before = written
                written = self._written()
                if written == before and _at_rest(written):
                    continue
                (version,) = connection.execute("PRAGMA data_version").fetchone()
                if version != seen:
                    self._moved(connection)
                    seen = version
        finally:
            connection.close()

    def _written(self) -> tuple[float, int]:
        """When the WAL was last written, and its size; SQLite keeps the file while this connection is open."""
        found = os.stat(f"{self._path}-wal")
        return found.st_mtime, found.st_size

    def _moved(self, connection: sqlite3.Connection) -> None:
        before = self._states
        self._states = {topic: (start, end) for topic, start, end in connection.execute(EXTENTS)}
        self._wake([topic for topic, state in self._states.items() if state != before.get(topic)])

    def _wake(self, topics: list[str]) -> None:
        for topic in topics:
            with self._waiting[topic]:
                self._waiting[topic].notify_all()


def _at_rest(written: tuple[float, int] | None) -> bool:
    """Whether the WAL was last written so long ago that its time would show another change."""
    return written is not None and time.time() - written[0] > RACY_SECONDS
