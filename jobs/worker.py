"""The worker: leases jobs, one at a time for each place in a lane, and queues what comes round.

What becomes of a job when its work raises is said in `jobs.work`.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import closing
from datetime import datetime
from functools import partial

import structlog
from tenacity import Retrying, retry_if_exception_type, sleep_using_event, stop_after_delay, stop_when_event_set
from tenacity.wait import wait_fixed

from control.faults import ControlUnavailable, LeaseLost
from control.jobs import RETRY_SECONDS, Job
from event_log import Position, Record
from jobs.faults import NothingToDo, WorkStopped
from jobs.lake import Lake
from jobs.lane import Lane
from jobs.lease import LEASE_SECONDS, Lease
from jobs.outbox import Outbox
from jobs.schedule import Recurring, Schedule, recurring
from jobs.work import Context, Kind, Work
from schemas.shared.faults import Terminal, Transient

IDLE_SECONDS = 1.0

End = Callable[[Job, datetime], Job]
"""What becomes of a job; raises LeaseLost, ControlUnavailable."""

log = structlog.get_logger()


class Place:
    """Does one job of its kinds after the other."""

    def __init__(
        self,
        lake: Lake,
        kinds: Mapping[str, Work],
        rounds: Sequence[Recurring],
        owner: str,
        clock: Callable[[], datetime],
        stopping: threading.Event,
    ) -> None:
        self._lake = lake
        self._jobs = lake.control.jobs
        self._kinds = kinds
        self._schedule = Schedule(rounds)
        self._owner = owner
        self._clock = clock
        self._stopping = stopping

    def run(self) -> None:
        """Works until `stopping` is set; while the control store is away it waits for it."""
        while not self._stopping.is_set():
            if not self._step():
                self._stopping.wait(IDLE_SECONDS)

    def _step(self) -> bool:
        try:
            return self.work_once()
        except ControlUnavailable as error:
            log.warning("control_away", reason=str(error))
            return False

    def work_once(self) -> bool:
        """Queues what is due and does one job; false when there is none."""
        self._schedule.enqueue_due(self._jobs, self._clock())
        job = self._jobs.lease(self._kinds.keys(), self._owner, self._clock(), LEASE_SECONDS)
        if job is None:
            return False
        lease = Lease(self._jobs, job, self._clock, self._stopping)
        with lease.kept():
            end = self._done(job, lease)
        self._end(job, end)
        return True

    def _done(self, job: Job, lease: Lease) -> End:
        """Does the work; what is to become of the job."""
        with closing(Outbox(self._lake.log_options)) as outbox:
            publish = partial(_publish, outbox, lease)
            context = Context(job, self._lake, self._clock, lease, lease.progress, publish)
            return self._outcome(context)

    def _outcome(self, context: Context) -> End:
        try:
            self._kinds[context.job.kind](context)
        except WorkStopped as stopped:
            return self._jobs.release if context.stopping.is_set() else self._failed(context.job, str(stopped))
        except Terminal as error:
            return self._given_up(context.job, str(error))
        except Transient as error:
            return self._failed(context.job, str(error))
        except Exception as error:
            log.exception("job_failed", kind=context.job.kind, job=context.job.id)
            return self._failed(context.job, type(error).__name__)
        return self._jobs.finish

    def _given_up(self, job: Job, reason: str) -> End:
        log.error("job_given_up", kind=job.kind, job=job.id, key=job.key, reason=reason)
        return lambda held, now: self._jobs.give_up(held, reason, now)

    def _failed(self, job: Job, reason: str) -> End:
        log.warning("job_not_done", kind=job.kind, job=job.id, key=job.key, attempt=job.attempt, reason=reason)
        wait_seconds = RETRY_SECONDS * 2 ** (job.attempt - 1)
        return lambda held, now: self._jobs.fail(held, reason, now, wait_seconds)

    def _end(self, job: Job, end: End) -> None:
        """Tells the store, for as long as the lease holds: what took minutes is not done again for a short outage."""
        patient = Retrying(
            retry=retry_if_exception_type(ControlUnavailable),
            wait=wait_fixed(IDLE_SECONDS),
            stop=stop_after_delay(LEASE_SECONDS) | stop_when_event_set(self._stopping),
            sleep=sleep_using_event(self._stopping),
            reraise=True,
        )
        try:
            patient(lambda: end(job, self._clock()))
        except LeaseLost as error:
            log.warning("lease_lost", kind=job.kind, job=job.id, reason=str(error))


def _publish(outbox: Outbox, lease: Lease, topic: str, records: Sequence[Record]) -> list[Position]:
    if lease.lost:
        raise WorkStopped("the lease is lost: another worker may publish the same")
    return outbox.publish(topic, records)


class Worker:
    """One process's places: `places` says how many each lane has."""

    def __init__(
        self,
        lake: Lake,
        kinds: Iterable[Kind],
        places: Mapping[Lane, int],
        owner: str,
        clock: Callable[[], datetime],
        stopping: threading.Event,
    ) -> None:
        every = tuple(kinds)
        lanes = {lane: [kind for kind in every if kind.lane is lane] for lane in places}
        self._stopping = stopping
        self._places = [
            Place(
                lake,
                {kind.name: kind.work for kind in found},
                recurring(found, lake.settings),
                owner,
                clock,
                stopping,
            )
            for lane, found in lanes.items()
            if found
            for _ in range(places[lane])
        ]
        if not self._places:
            raise NothingToDo(f"no kind of job runs in {', '.join(places)}: name another lane, or give it workers")

    def run(self) -> None:
        """Works until `stopping` is set and every job has ended or is given back; raises what broke a place."""
        with ThreadPoolExecutor(len(self._places), "worker") as threads:
            running = [threads.submit(place.run) for place in self._places]
            wait(running, return_when=FIRST_EXCEPTION)
            self._stopping.set()
        for place in running:
            place.result()
