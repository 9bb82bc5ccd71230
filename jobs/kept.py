"""A process that is kept for work of some seconds: begun by the first piece, gone a while after the last.

asked ──> running ──> idle ──> gone (IDLE_SECONDS, or PIECES pieces)
            │
            └── dead or too slow: the piece fails, the next one begins another process
"""

import faulthandler
import signal
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from jobs.child import how_it_ended, spawned
from jobs.faults import WorkFailed, WorkTooSlow

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

T = TypeVar("T")
MOST_SECONDS: Final = 30.0
"""For one piece, and for the process to begin."""
IDLE_SECONDS: Final = 120.0
PIECES: Final = 200
"""After so many the memory is given back."""
END_SECONDS: Final = 5.0


class _Running(NamedTuple):
    """The process, where it is asked, and where it answers."""

    process: "SpawnProcess"
    asks: Connection
    answers: Connection


class KeptProcess:
    """Does one piece of work after the other; for several threads at once, which wait for each other."""

    def __init__(self, seconds: float = MOST_SECONDS, idle: float = IDLE_SECONDS, pieces: int = PIECES) -> None:
        self._seconds = seconds
        self._limits = idle, pieces
        self._kept: _Running | None = None
        self._lock = Lock()

    def __call__(self, work: Callable[..., T], *arguments: Any) -> T:
        """`work(*arguments)`, which can be imported and pickled; its exceptions come through.

        Raises:
            WorkTooSlow: it was not done in its time; the process is gone.
            WorkFailed: the process died; its last words are on stderr, which it shares with this one.
        """
        with self._lock:
            outcome = self._outcome(self._running(), work, arguments)
        if isinstance(outcome, Exception):
            raise outcome
        result: T = outcome
        return result

    def end(self) -> None:
        """Ends the process, if there is one."""
        with self._lock:
            self._end()

    def _running(self) -> _Running:
        """The process once it says that it listens, which one that was about to end does not."""
        if self._kept is not None and self._listens(self._kept):
            return self._kept
        self._end()
        read, asks = Pipe(duplex=False)
        process, answers = spawned(_serve, (read, *self._limits))
        read.close()
        self._kept = _Running(process, asks, answers)
        if not self._listens(self._kept):
            raise WorkFailed(f"the process for documents {self._end()}")
        return self._kept

    def _listens(self, running: _Running) -> bool:
        try:
            running.asks.send(None)
            return running.answers.poll(self._seconds) and running.answers.recv() is None
        except (EOFError, OSError):
            return False

    def _outcome(self, running: _Running, work: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        try:
            running.asks.send((work, arguments))
            if running.answers.poll(self._seconds):
                return running.answers.recv()
        except (EOFError, OSError):
            raise WorkFailed(f"the process of {work.__name__} {self._end()}") from None
        self._end(patience=0)
        raise WorkTooSlow(f"{work.__name__} was not done after {self._seconds:g} s")

    def _end(self, patience: float = END_SECONDS) -> str:
        """How it ended, after it was told to."""
        if self._kept is None:
            return "had ended"
        running, self._kept = self._kept, None
        running.asks.close()
        running.process.join(patience)
        running.process.kill()
        running.process.join()
        running.answers.close()
        return how_it_ended(running.process.exitcode)


def _serve(answers: Connection, asks: Connection, idle: float, pieces: int) -> None:
    """The process: answers None with None, and work with its result, as long as there is somebody who asks."""
    faulthandler.enable()
    # a Ctrl-C is its parent's, which ends it in order
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    done = 0
    with suppress(EOFError, BrokenPipeError):
        while done < pieces and asks.poll(idle):
            asked = asks.recv()
            done += asked is not None
            answers.send(None if asked is None else _done(*asked))


def _done(work: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    try:
        return work(*arguments)
    except Exception as error:
        return error
