"""Work that comes round by itself: a job is queued once the last one of its kind and key is old enough."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from control.jobs import Jobs
from jobs.lake import Settings
from jobs.work import Kind


@dataclass(frozen=True)
class Recurring:
    """A job that comes round, and the time from the beginning of one to the beginning of the next."""

    kind: str
    every: timedelta
    key: str = ""
    """What it is about; empty where the kind says it all."""


class Schedule:
    """Queues what is due. Of several workers that find the same, one adds the job and the others get that one."""

    def __init__(self, recurring: Sequence[Recurring]) -> None:
        self._due: dict[Recurring, datetime | None] = dict.fromkeys(recurring)

    def enqueue_due(self, jobs: Jobs, now: datetime) -> None:
        """Asks the store only about what can be due: another worker's job can but put it off."""
        for each, due in self._due.items():
            if due is None or due <= now:
                self._due[each] = _enqueued(jobs, each, now)


def _enqueued(jobs: Jobs, each: Recurring, now: datetime) -> datetime | None:
    """When the next one can be due; None while the last one is late, and the next is due at its end."""
    key = each.key or each.kind
    last = next(iter(jobs.list(kind=each.kind, key=key, limit=1)), None)
    if last is not None and last.created_at + each.every > now:
        return last.created_at + each.every
    if last is not None and last.ended_at is None:
        return None
    return jobs.enqueue(each.kind, key, {}).created_at + each.every


def recurring(kinds: Iterable[Kind], settings: Settings) -> Sequence[Recurring]:
    """What comes round among the kinds, as often as the settings say."""
    return [
        Recurring(kind.name, every, key)
        for kind in kinds
        if kind.every is not None and (every := kind.every(settings)) is not None
        for key in kind.about()
    ]
