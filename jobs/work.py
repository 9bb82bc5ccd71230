"""What a kind of job is: its name, its lane, how often it comes round, and the work, which sees a `Context`.

Delivery: at least once. A worker that dies leaves its jobs to others when their leases run out, so work is such that
doing it twice is harmless; what it publishes has ids that make a repeat one effect.

What the work raises decides what becomes of the job:

    WorkStopped   it goes back as it was, the attempt does not count (only where `stopping` is set)
    Terminal      failed, at once
    Transient     tried again after a while, failed at the third attempt
    anything else the same as Transient: nobody has judged yet whether it passes, so three attempts bound what it costs
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from control.jobs import Job
from event_log import Position, Record
from jobs.lake import Lake, Settings
from jobs.lane import Lane


class Stopping(Protocol):
    """The wish that work ends."""

    def is_set(self) -> bool:
        """Whether it should end now."""
        ...


class Progress(Protocol):
    """Hears how far the work is."""

    def __call__(self, fraction: float, words: str = "") -> None:
        """Says that so much is done (0 to 1), in words where there are any; as often as one likes."""
        ...


@dataclass(frozen=True)
class Context:
    """What one attempt of a job is given.

    `stopping` is set when the worker ends or has lost the lease: work of more than a few seconds looks at it and raises
    WorkStopped. `publish(topic, records)` puts records on the log and returns their positions once they are durable;
    it raises what a Publisher does, and WorkStopped once the lease is lost.
    """

    job: Job
    lake: Lake
    clock: Callable[[], datetime]
    stopping: Stopping
    progress: Progress
    publish: Callable[[str, Sequence[Record]], list[Position]]


Work = Callable[[Context], None]
"""Does the job; raises what kept it from being done."""


def _once() -> Iterable[str]:
    return ("",)


@dataclass(frozen=True)
class Kind:
    """A kind of job. One that comes round is queued `every` so often, once for each key that it is `about`.

    Where the settings leave no sense in it, `every` is None for them, and it does not come round.
    """

    name: str
    work: Work
    lane: Lane = Lane.UPKEEP
    every: Callable[[Settings], timedelta | None] | None = None
    about: Callable[[], Iterable[str]] = _once
