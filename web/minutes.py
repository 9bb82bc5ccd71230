"""How much of a budget a name has used within its minute, in this process's memory; used from one event loop."""

import time
from collections.abc import Callable
from math import ceil

from msgspec import Struct

MINUTE_SECONDS = 60
MOST_NAMES = 100_000
"""About 250 bytes each; beyond them the name whose minute began first is forgotten."""


class _Minute(Struct):
    ends_at: float
    used: int = 0


class Minutes:
    """At most `most` of each name within a minute, which begins with the first of it."""

    def __init__(
        self, most: int, monotonic: Callable[[], float] = time.monotonic, most_names: int = MOST_NAMES
    ) -> None:
        self.most = most
        self._monotonic = monotonic
        self._most_names = most_names
        self._minutes: dict[str, _Minute] = {}

    def __len__(self) -> int:
        return len(self._minutes)

    def spend(self, name: str, count: int = 1) -> int:
        """Counts so many; 0 where there was room for at least one, else the whole seconds until there is."""
        now = self._monotonic()
        minute = self._minutes.get(name)
        if minute is None or now >= minute.ends_at:
            minute = self._begun(name, now)
        if minute.used >= self.most:
            return min(MINUTE_SECONDS, max(1, ceil(minute.ends_at - now)))
        minute.used += count
        return 0

    def spent(self, name: str) -> int:
        """The same without counting."""
        return self.spend(name, 0)

    def _begun(self, name: str, now: float) -> _Minute:
        self._minutes.pop(name, None)
        if len(self._minutes) >= self._most_names:
            del self._minutes[next(iter(self._minutes))]
        begun = self._minutes[name] = _Minute(now + MINUTE_SECONDS)
        return begun
