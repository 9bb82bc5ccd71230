"""Work that comes round by itself: a job is queued once the last one of its kind is old enough."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from control.jobs import Jobs


@dataclass(frozen=True)
class Recurring:
    """A kind of job and the time from the beginning of one to the beginning of the next."""

    kind: str
    every: timedelta


def enqueue_due(jobs: Jobs, recurring: Sequence[Recurring], now: datetime) -> None:
    """Queues what is due. Of several workers that find the same, one adds the job and the others get that one."""
    for each in recurring:
        last = next(iter(jobs.list(kind=each.kind, limit=1)), None)
        if last is None or (last.ended_at is not None and last.created_at + each.every <= now):
            jobs.enqueue(each.kind, each.kind, {})
