"""Many flows in one process: each in a thread of its own, with its own waits and its own end.

A Bytewax dataflow of one worker runs in the thread that calls it and shares nothing with another's. What ends one
flow therefore ends that flow: Terminal for good, anything else until it has been waited for. Whoever hosts them takes
the signals, since Python delivers those to the main thread only.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

import structlog

from flows.faults import FlowNotRunning
from schemas.shared.faults import KinelakeError, Terminal

STARTING = "is starting"

Started = Callable[[], None]
Flow = Callable[[Started], None]
"""Runs until the host stops, telling when reading begins; raises what ended it otherwise."""

_log = structlog.get_logger()


class Wait(Protocol):
    """How long to wait before a flow is started again."""

    def after(self, ran_seconds: float) -> float:
        """Seconds, after a run of that length."""
        ...


class Host:
    """Runs flows by name; `told` hears of every change of what keeps some of them from running."""

    def __init__(
        self, names: Iterable[str], wait: Callable[[], Wait], told: Callable[[Mapping[str, str]], None]
    ) -> None:
        self._wait = wait
        self._told = told
        self._changing = threading.Lock()
        self._troubles = dict.fromkeys(names, STARTING)
        self._ended: list[Terminal] = []

    def check(self, name: str) -> None:
        """Readiness of one flow: raises FlowNotRunning with the reason."""
        with self._changing:
            trouble = self._troubles.get(name)
        if trouble is not None:
            raise FlowNotRunning(trouble)

    def run(self, flows: Mapping[str, Flow], stopping: threading.Event) -> None:
        """Returns when `stopping` is set and all have drained; raises what ended the last one if none can go on."""
        threads = [
            threading.Thread(target=self._keep, args=(name, flow, stopping), name=f"flow {name}")
            for name, flow in flows.items()
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if len(self._ended) == len(flows):
            raise self._ended[-1]

    def _keep(self, name: str, flow: Flow, stopping: threading.Event) -> None:
        wait = self._wait()
        while not stopping.is_set():
            began = time.monotonic()
            try:
                flow(lambda: self._note(name, None))
            except Terminal as error:
                self._end(name, error)
                return
            # Panics inside polars are no Exceptions; a thread that ended without a word would be missed by nobody.
            except BaseException as error:
                seconds = wait.after(time.monotonic() - began)
                self._fails(name, error, seconds)
                stopping.wait(seconds)

    def _end(self, name: str, error: Terminal) -> None:
        _log.error("flow ended; the others go on", flow=name, error=type(error).__name__, reason=str(error))
        self._ended.append(error)
        self._note(name, f"cannot go on until this is mended and the flows are started again: {error}")

    def _fails(self, name: str, error: BaseException, seconds: float) -> None:
        ours = isinstance(error, KinelakeError)
        reason = str(error) if ours else f"{type(error).__name__}, see the log"
        _log.error("flow starts again", flow=name, in_seconds=seconds, reason=reason, exc_info=None if ours else error)
        self._note(name, f"starts again soon: {reason}")

    def _note(self, name: str, trouble: str | None) -> None:
        with self._changing:
            if trouble is None:
                self._troubles.pop(name, None)
            else:
                self._troubles[name] = trouble
            self._told(dict(self._troubles))
