"""CPU and anonymous memory of a process and all that it started, while it runs."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

SAMPLE_SECONDS = 0.1


class Watched:
    """What a tree of processes has taken so far."""

    def __init__(self, pid: int) -> None:
        self._top = psutil.Process(pid)
        self.peak = 0.0

    def cpu(self) -> float:
        """Seconds, of those that still run."""
        return sum(sum(process.cpu_times()[:2]) for process in self._tree())

    def sample(self) -> None:
        """Keeps the most anonymous memory that was seen, in MiB, as `peak`."""
        self.peak = max(self.peak, sum(_anonymous(process.pid) for process in self._tree()) / 1024)

    def _tree(self) -> list[psutil.Process]:
        return [self._top, *self._top.children(recursive=True)]


@contextmanager
def watched(pid: int) -> Iterator[Watched]:
    """Samples the memory of a process that outlives the block."""
    found, ended = Watched(pid), threading.Event()

    def watch() -> None:
        while not ended.wait(SAMPLE_SECONDS):
            found.sample()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        ended.set()
        thread.join()


def _anonymous(pid: int) -> int:
    """KiB; 0 where it has ended meanwhile."""
    with suppress(FileNotFoundError, ProcessLookupError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1])
    return 0
