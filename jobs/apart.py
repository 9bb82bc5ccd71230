"""Work in a process of its own: its memory goes with it, and what it does to the heap does not stay with the worker."""

import faulthandler
import os
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import parent_process
from typing import Any, TypeVar

from jobs.child import how_it_ended, spawned
from jobs.faults import WorkFailed, WorkStopped

T = TypeVar("T")
LOOK_SECONDS = 0.2
END_SECONDS = 5.0


def run_apart(stopping: threading.Event, work: Callable[..., T], *arguments: Any) -> T:
    """The result of `work(*arguments)`, which must be importable and picklable; its exceptions come through.

    Raises:
        WorkStopped: `stopping` was set first; the process is gone.
        WorkFailed: the process died; its last words are on stderr, which it shares with this one.
    """
    process, ours = spawned(_work, (work, arguments))
    try:
        result: T = _result(ours, stopping)
        return result
    except EOFError:
        process.join(END_SECONDS)
        raise WorkFailed(f"the process of {work.__name__} {how_it_ended(process.exitcode)}") from None
    finally:
        process.terminate()
        process.join(END_SECONDS)
        process.kill()
        process.join()


def _result(ours: Connection, stopping: threading.Event) -> Any:
    while not ours.poll(LOOK_SECONDS):
        if stopping.is_set():
            raise WorkStopped("the worker was told to stop")
    outcome = ours.recv()
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def _work(theirs: Connection, work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    faulthandler.enable()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        outcome = work(*arguments)
    except Exception as error:
        outcome = error
    theirs.send(outcome)


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
