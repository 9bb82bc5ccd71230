"""A sliding window of requests for each address: how many came within any second, refused ones too.

Counted in a process's own memory: where several share the traffic, each is given its share of the limit. `limits` was
looked at for this: its store in memory grows without bound and takes no clock.
"""

import time
from collections import OrderedDict, deque
from collections.abc import Callable

WINDOW_SECONDS = 1.0
MOST_ADDRESSES = 100_000


class SlidingWindow:
    """At most `requests` of one name within any second; used from one event loop.

    What it remembers is what came within the last second, at most `requests` moments each of at most `most` names;
    beyond them the name that has been silent longest is forgotten.
    """

    def __init__(
        self, requests: int, monotonic: Callable[[], float] = time.monotonic, most: int = MOST_ADDRESSES
    ) -> None:
        self.requests = requests
        self._monotonic = monotonic
        self._most = most
        self._came: OrderedDict[str, deque[float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._came)

    def spend(self, name: str) -> float:
        """Counts a request now; 0 where it fits, else the seconds of silence until one does."""
        now = self._monotonic()
        came = self._came.pop(name, None) or deque(maxlen=self.requests)
        self._came[name] = came
        while came and now - came[0] >= WINDOW_SECONDS:
            came.popleft()
        fits = len(came) < self.requests
        came.append(now)
        self._forget(now)
        return 0.0 if fits else came[0] + WINDOW_SECONDS - now

    def _forget(self, now: float) -> None:
        """Who has been silent for a window, and beyond the bound who has been silent longest."""
        while len(self._came) > self._most or now - next(iter(self._came.values()))[-1] >= WINDOW_SECONDS:
            self._came.popitem(last=False)
