"""Takes what lies in the WAL over into the file, beside the thread that commits: publishers would wait for that.

SQLite does it in a commit by itself, of thousands of pages at once (CHECKPOINT_PAGES); it finds little left to do.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import structlog

from event_log.embedded.database import connect, translated
from event_log.options import MEBIBYTE

CHECKPOINT_BYTES = MEBIBYTE
"""Of records between two: the disk is busy for some milliseconds, which the next commits hardly feel."""

log = structlog.get_logger()


class Checkpoints:
    """Checkpoints of one file, one at a time; `wrote` is for one thread."""

    def __init__(self, path: Path, busy_seconds: float) -> None:
        self._path = path
        self._busy_seconds = busy_seconds
        self._bytes = 0
        self._running: Future[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="event-log-checkpoint")

    def wrote(self, size: int) -> None:
        """So many bytes of records were handed to a commit: from time to time a checkpoint begins."""
        self._bytes += size
        if self._bytes >= CHECKPOINT_BYTES and (self._running is None or self._running.done()):
            self._bytes = 0
            self._running = self._thread.submit(self._checkpoint)

    def stop(self) -> None:
        """Returns when none is running any more."""
        self._thread.shutdown()

    def _checkpoint(self) -> None:
        try:
            with translated(self._path), closing(connect(self._path, self._busy_seconds)) as connection:
                # waits for nobody, and nobody for it
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        except Exception:  # whatever it was: all of it is in the WAL, and a later commit takes it over
            log.exception("log_not_checkpointed")
