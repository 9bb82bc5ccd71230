"""A job while it is worked on: its lease is renewed, what the work tells of its progress is noted, its loss is seen."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from time import monotonic

import structlog

from control.faults import ControlUnavailable, LeaseLost
from control.jobs import Job, Jobs

LEASE_SECONDS = 90.0
RENEW_SECONDS = 30.0
TELL_SECONDS = 1.0
"""How often progress is noted at most."""

log = structlog.get_logger()


class Lease:
    """One lease of one job; it is the work's `stopping` too: set when the worker ends, and when the lease is lost."""

    def __init__(
        self,
        jobs: Jobs,
        job: Job,
        clock: Callable[[], datetime],
        stopping: threading.Event,
        ticks: Callable[[], float] = monotonic,
    ) -> None:
        self._jobs = jobs
        self._job = job
        self._clock = clock
        self._stopping = stopping
        self._ticks = ticks
        self._renewed = ticks()
        self._told: tuple[float, str] | None = None
        self._noted: tuple[float, str] | None = None
        self._lost = threading.Event()

    @property
    def lost(self) -> bool:
        """Whether another worker may have the job by now."""
        return self._lost.is_set()

    def is_set(self) -> bool:
        """Whether the work should end."""
        return self.lost or self._stopping.is_set()

    def progress(self, fraction: float, words: str = "") -> None:
        """Remembers how far the work is; it is noted within TELL_SECONDS. Never waits and never fails."""
        self._told = (min(max(fraction, 0.0), 1.0), words)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Renews and notes while the block runs."""
        ended = threading.Event()
        keeper = threading.Thread(target=self._keep, args=(ended,), name="lease", daemon=True)
        keeper.start()
        try:
            yield
        finally:
            ended.set()
            keeper.join()

    def look(self) -> None:
        """Renews the lease if it is time or there is progress to note."""
        if self._told != self._noted or self._ticks() >= self._renewed + RENEW_SECONDS:
            self._renew()

    def _keep(self, ended: threading.Event) -> None:
        while not self.lost and not ended.wait(TELL_SECONDS):
            self.look()

    def _renew(self) -> None:
        told, began = self._told, self._ticks()
        fraction, words = told or (None, None)
        try:
            self._jobs.renew(self._job, self._clock(), LEASE_SECONDS, fraction, words or None)
            self._renewed, self._noted = began, told
        except ControlUnavailable as error:
            log.warning("lease_not_renewed", kind=self._job.kind, job=self._job.id, reason=str(error))
            self._lose(began >= self._renewed + LEASE_SECONDS, "it could not be renewed in time")
        except LeaseLost as error:
            self._lose(True, str(error))

    def _lose(self, lost: bool, reason: str) -> None:
        if lost:
            log.warning("lease_lost", kind=self._job.kind, job=self._job.id, reason=reason)
            self._lost.set()
