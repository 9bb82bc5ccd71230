"""Work in a process of its own: its memory goes with it, and what it does to the heap does not stay with the worker."""

import faulthandler
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import parent_process
from time import monotonic
from typing import Any, TypeVar

from jobs.child import how_it_ended, spawned
from jobs.faults import WorkFailed, WorkStopped
from jobs.work import Progress, Stopping

T = TypeVar("T")
LOOK_SECONDS = 0.2
END_SECONDS = 5.0


def run_apart(stopping: Stopping, work: Callable[..., T], *arguments: Any, progress: Progress | None = None) -> T:
    """The result of `work(*arguments)`, which must be importable and picklable; its exceptions come through.

    Where `progress` is given the work gets one too, as `progress=`, and what it tells that one comes to this one.

    Raises:
        WorkStopped: `stopping` was set first; the process is gone.
        WorkFailed: the process died; its last words are on stderr, which it shares with this one.
    """
    process, ours = spawned(_work, (work, arguments, progress is not None))
    try:
        result: T = _result(ours, stopping, progress)
        return result
    except EOFError:
        process.join(END_SECONDS)
        raise WorkFailed(f"the process of {work.__name__} {how_it_ended(process.exitcode)}") from None
    finally:
        process.terminate()
        process.join(END_SECONDS)
        process.kill()
        process.join()


def _result(ours: Connection, stopping: Stopping, progress: Progress | None) -> Any:
    while isinstance(outcome := _heard(ours, stopping), _Told):
        if progress is not None:
            progress(outcome.fraction, outcome.words)
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def _heard(ours: Connection, stopping: Stopping) -> Any:
    while not ours.poll(LOOK_SECONDS):
        if stopping.is_set():
            raise WorkStopped("the worker was told to stop")
    return ours.recv()


def _work(theirs: Connection, work: Callable[..., Any], arguments: tuple[Any, ...], tells: bool) -> None:
    faulthandler.enable()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        outcome = work(*arguments, **({"progress": _Teller(theirs)} if tells else {}))
    except Exception as error:
        outcome = error
    theirs.send(outcome)


@dataclass(frozen=True, slots=True)
class _Told:
    fraction: float
    words: str


class _Teller:
    """A Progress at the other end of the pipe; from any thread, and no more often than anybody listens."""

    def __init__(self, theirs: Connection) -> None:
        self._theirs = theirs
        self._lock = threading.Lock()
        self._next = 0.0

    def __call__(self, fraction: float, words: str = "") -> None:
        with self._lock:
            if monotonic() >= self._next:
                self._next = monotonic() + LOOK_SECONDS
                self._theirs.send(_Told(fraction, words))


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
