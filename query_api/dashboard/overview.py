"""How the installation does, as the home page shows it; whoever serves the dashboard says where it comes from."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

KEPT_SECONDS = 5.0
"""Looking reads the log's ends and tables' versions: not for every page that is loaded."""


@dataclass(frozen=True)
class FlowHealth:
    """A stream's flow: how fresh its tables are, what waits, and what the sum leaves over (0 when all is found).

    `freshness_seconds` is None before the flow has said anything; `unaccounted` items are in no part of the sum.
    """

    stream: str
    freshness_seconds: float | None
    lag: int
    in_flight: int
    unaccounted: int


@dataclass(frozen=True)
class RoleHealth:
    """A process; alive when it was heard of lately."""

    role: str
    instance: str
    alive: bool
    seen_at: datetime


@dataclass(frozen=True)
class Overview:
    """The installation at one moment; nothing in it is one organisation's."""

    at: datetime
    flows: Sequence[FlowHealth]
    roles: Sequence[RoleHealth]
    problems: Sequence[str]


class Kept:
    """The overview of at most five seconds ago; for several threads at once, one of which looks."""

    def __init__(self, look: Callable[[], Overview], clock: Callable[[], float] = time.monotonic) -> None:
        self._look = look
        self._clock = clock
        self._lock = threading.Lock()
        self._found: tuple[float, Overview] | None = None

    def __call__(self) -> Overview:
        """Looks where the last look is too old."""
        with self._lock:
            if self._found is None or self._clock() - self._found[0] > KEPT_SECONDS:
                self._found = self._clock(), self._look()
            return self._found[1]
