"""One measured process: wall and CPU seconds, peak anonymous and mapped memory, pinned to chosen cores."""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from kinelake.allocators import set_for

SAMPLE_SECONDS = 0.1


@dataclass
class Measured:
    """What one run took; memory in MiB, at its peak."""

    wall: float
    cpu: float
    anonymous: float
    mapped: float
    result: dict[str, Any] = field(default_factory=dict)


def in_process(work: Callable[..., dict[str, Any]], *args: Any, cores: set[int]) -> "Running":
    """Start `work(ready, *args)` in a process of its own on these cores; it calls `ready()` where the clock starts."""
    # Threads are sized by the cores that the process may use, and polars reads this when it is imported.
    os.environ["POLARS_MAX_THREADS"] = str(len(cores))
    set_for(os.environ)
    context = get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_measured, args=(there, work, cores, args))
    process.start()
    return Running(process, here)


class Running:
    """A run under way."""

    def __init__(self, process: Any, pipe: Connection) -> None:
        self._process = process
        self._pipe = pipe

    def measured(self) -> Measured:
        """Wait for its end."""
        found: Measured = self._pipe.recv()
        self._process.join()
        return found


def _measured(pipe: Connection, work: Callable[..., dict[str, Any]], cores: set[int], args: tuple[Any, ...]) -> None:
    os.sched_setaffinity(0, cores)
    begin = [time.perf_counter(), time.process_time()]
    memory = _Memory()

    def ready() -> None:
        begin[:] = [time.perf_counter(), time.process_time()]

    result = work(ready, *args)
    wall, cpu = time.perf_counter() - begin[0], time.process_time() - begin[1]
    pipe.send(Measured(wall, cpu, *memory.peak(), result))


class _Memory:
    """Samples this process's memory in a thread."""

    def __init__(self) -> None:
        self._peak = [0.0, 0.0]
        threading.Thread(target=self._watch, daemon=True).start()

    def peak(self) -> tuple[float, float]:
        self._sample()
        return self._peak[0], self._peak[1]

    def _watch(self) -> None:
        while True:
            self._sample()
            time.sleep(SAMPLE_SECONDS)

    def _sample(self) -> None:
        with open("/proc/self/status") as file:
            fields = dict(line.split(":", 1) for line in file)
        for i, name in enumerate(("RssAnon", "RssFile")):
            self._peak[i] = max(self._peak[i], int(fields[name].split()[0]) / 1024)
