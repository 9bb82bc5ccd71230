"""How a film is divided, so that several cores work on it; by the film alone, so that every machine finds the same."""

import os
from bisect import bisect_left
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from threading import Event
from typing import Final, Self, TypeVar

from jobs.video.film import Film

T = TypeVar("T")
R = TypeVar("R")

MOST: Final = 2
"""Stretches of a film: each has a decoder, a model and an encoder in memory."""
SHORTEST: Final = 40
"""Frames of a stretch, so that entering it costs little."""
WARM: Final = 6
"""Frames that a tracker sees before its stretch."""
REACH: Final = 0.1
"""Of a stretch: how far its begin is moved to a frame that decoding can start at."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The frames with stamps in [begin, end), None being the film's own; decoded from `enter` on."""

    enter: int | None = None
    begin: int | None = None
    end: int | None = None

    def alone(self) -> Self:
        """Entered where it begins."""
        return replace(self, enter=self.begin)


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0))


def side_by_side(work: Callable[[T, Event], R], parts: Sequence[T]) -> list[R]:
    """What `work` makes of every part, in their order; as many at once as there are cores.

    When one fails, or the caller is interrupted, the event is set: the others end with the frame they are at.
    """
    halt = Event()
    with ThreadPoolExecutor(min(len(parts), cores())) as pool:
        try:
            futures = [pool.submit(work, part, halt) for part in parts]
            for ended in wait(futures, return_when=FIRST_EXCEPTION).done:
                ended.result()
            return [future.result() for future in futures]
        finally:
            halt.set()


def stretches(film: Film, step: int = 1) -> list[Stretch]:
    """The film in about equal parts; one where it is short or cannot be entered in its middle.

    A part begins with a frame that is analysed when every `step`-th is.
    """
    count = len(film.stamps)
    parts = max(1, min(MOST, count // (SHORTEST * step)))
    begins = [_begin(film, count * part // parts, count // parts, step) for part in range(1, parts)]
    enters = [film.stamps[max(0, begin - WARM * step)] for begin in begins]
    stamps = [film.stamps[begin] for begin in begins]
    return [Stretch(*each) for each in zip([None, *enters], [None, *stamps], [*stamps, None], strict=True)]


def _begin(film: Film, index: int, length: int, step: int) -> int:
    """The index of the frame that a part begins with: near a key, its warm frames not before that."""
    keys = [bisect_left(film.stamps, key) for key in film.keys]
    nearest = min((key + WARM * step for key in keys), key=lambda key: abs(key - index), default=index)
    chosen = nearest if abs(nearest - index) <= REACH * length else index
    return chosen // step * step
