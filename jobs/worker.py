"""The worker: leases jobs one after the other, keeps their leases while they run, and queues what comes round.

Delivery: at least once. A worker that dies leaves its job to the next one when the lease runs out, so work is such
that doing it twice is harmless.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

import structlog

from control import Control, ControlUnavailable, Job, LeaseLost
from jobs.schedule import Recurring, enqueue_due
from schemas.shared.faults import KinelakeError

IDLE_SECONDS = 1.0
LEASE_SECONDS = 90.0
RENEW_SECONDS = 30.0

Work = Callable[[Job], None]
"""Does the job; raises what kept it from being done."""

log = structlog.get_logger()


class Worker:
    """One process's worker."""

    def __init__(
        self,
        control: Control,
        work: Mapping[str, Work],
        recurring: Sequence[Recurring],
        owner: str,
        clock: Callable[[], datetime],
        stopping: threading.Event,
    ) -> None:
        self._control = control
        self._work = work
        self._recurring = recurring
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
        enqueue_due(self._control.jobs, self._recurring, self._clock())
        job = self._control.jobs.lease(self._work.keys(), self._owner, self._clock(), LEASE_SECONDS)
        if job is None:
            return False
        with self._kept(job):
            failure = self._failure(job)
        self._end(job, failure)
        return True

    def _failure(self, job: Job) -> str | None:
        """Does the job; why it failed, None when it did not."""
        try:
            self._work[job.kind](job)
        except KinelakeError as error:
            return str(error)
        except Exception as error:
            log.exception("job_failed", kind=job.kind, job=job.id)
            return type(error).__name__
        return None

    def _end(self, job: Job, failure: str | None) -> None:
        try:
            if failure is None:
                self._control.jobs.finish(job, self._clock())
            else:
                log.warning("job_not_done", kind=job.kind, job=job.id, attempt=job.attempt, reason=failure)
                self._control.jobs.fail(job, failure, self._clock())
        except LeaseLost as error:
            log.warning("lease_lost", kind=job.kind, reason=str(error))

    @contextmanager
    def _kept(self, job: Job) -> Iterator[None]:
        """Renews the lease while the block runs."""
        ended = threading.Event()
        keeper = threading.Thread(target=self._renew, args=(job, ended), name="lease", daemon=True)
        keeper.start()
        try:
            yield
        finally:
            ended.set()
            keeper.join()

    def _renew(self, job: Job, ended: threading.Event) -> None:
        while not ended.wait(RENEW_SECONDS):
            try:
                self._control.jobs.renew(job, self._clock(), LEASE_SECONDS)
            except ControlUnavailable as error:
                log.warning("lease_not_renewed", kind=job.kind, reason=str(error))
            except LeaseLost:
                return
