"""Memory of a process and all its descendants, while a block runs."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

SAMPLE_SECONDS = 0.1


@contextmanager
def peak_mebibytes() -> Iterator[Callable[[], float]]:
    """Gives a function that says the most resident memory so far, in MiB; pages that processes share count in each."""
    most = [_resident(os.getpid())]
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(SAMPLE_SECONDS):
            most[0] = max(most[0], _resident(os.getpid()))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield lambda: most[0] / 1024
    finally:
        ended.set()
        watcher.join()


def _resident(process: int) -> int:
    """KiB of a process and what it started; 0 where it has ended meanwhile."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
        children = [child for task in Path(f"/proc/{process}/task").iterdir() for child in _children(task)]
    except (FileNotFoundError, ProcessLookupError):
        return 0
    own = next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")), 0)
    return own + sum(_resident(child) for child in children)


def _children(task: Path) -> list[int]:
    return [int(child) for child in (task / "children").read_text().split()]
