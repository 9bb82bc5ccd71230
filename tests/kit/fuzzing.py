"""How a fuzz test runs: so many cases, each within its time, and no more memory in the second half of them.

`KINELAKE_TEST_FUZZ_FACTOR` multiplies the cases.
"""

import gc
import inspect
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Literal

import psutil
from hypothesis import HealthCheck, settings

FACTOR = int(os.environ.get("KINELAKE_TEST_FUZZ_FACTOR", "1"))

MOST_SECONDS = 1.0
"""Of the processor, for one case; a first one compiles and imports."""

MOST_GROWTH = 32 * 2**20
"""Bytes resident. Hypothesis remembers a little of every case, so that they grow with the factor."""

OLDEST = 2
"""The generation whose collection looks at every object: what thousands of tests before left makes it seconds."""

# What the cases share keeps nothing of one of them: that is what the memory tells.
_UNCHECKED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]


class Collections:
    """Seconds of the processor that went into collecting everything the process holds, whoever made it."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._began = 0.0

    def _seen(self, phase: Literal["start", "stop"], info: dict[str, int]) -> None:
        if info["generation"] < OLDEST:
            return
        if phase == "start":
            self._began = time.thread_time()
        else:
            self.seconds += time.thread_time() - self._began

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Those meanwhile."""
        gc.callbacks.append(self._seen)
        try:
            yield
        finally:
            gc.callbacks.remove(self._seen)


COLLECTIONS = Collections()


class Watch:
    """The cases of one test: the time of each, the memory at half of them and at each one after."""

    def __init__(self, cases: int, seconds: float) -> None:
        self._half = cases // 2
        self._seconds = seconds
        self._seen = 0
        self._memory = 0

    @contextmanager
    def case(self) -> Iterator[None]:
        """One case; not this one's time is what other processes and whole collections take."""
        began = time.thread_time() - COLLECTIONS.seconds
        with COLLECTIONS.counted():
            yield
        took = time.thread_time() - COLLECTIONS.seconds - began
        assert took < self._seconds, f"{took:.2f} s for one case"
        self._weigh()

    def _weigh(self) -> None:
        self._seen += 1
        if self._seen < self._half:
            return
        resident = psutil.Process().memory_info().rss
        self._memory = self._memory or resident
        grown = resident - self._memory
        assert grown < MOST_GROWTH * FACTOR, f"{grown >> 20} MiB more after {self._seen - self._half} cases"


def fuzzed(cases: int, seconds: float = MOST_SECONDS) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Stands below `given`: runs the test on so many cases, times the factor, and watches each of them."""
    total = cases * FACTOR

    def decorate(test: Callable[..., Any]) -> Callable[..., Any]:
        watch = Watch(total, seconds)

        @wraps(test)
        def plain(*values: Any, **named: Any) -> None:
            with watch.case():
                test(*values, **named)

        @wraps(test)
        async def awaited(*values: Any, **named: Any) -> None:
            with watch.case():
                await test(*values, **named)

        watched = awaited if inspect.iscoroutinefunction(test) else plain
        return settings(max_examples=total, suppress_health_check=_UNCHECKED, deadline=None)(watched)

    return decorate
