"""The kinds of work and what does each: a new kind is a file of this room and a line here."""

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from control import Job
from jobs.compact import compact_full
from jobs.faults import NothingYet
from jobs.lake import Lake
from jobs.log_expiry import expire_log
from jobs.options import JobOptions
from jobs.prune import prune_logs
from jobs.retention import retain
from jobs.schedule import Recurring
from jobs.settle import settle
from jobs.vacuum import vacuum
from jobs.worker import Work

KEEP_JOBS = timedelta(days=30)
"""How long what a job did can be looked up."""

log = structlog.get_logger()


def works(lake: Lake, clock: Callable[[], datetime], stopping: threading.Event) -> Mapping[str, Work]:
    """Kind → what does it."""

    def settling(_: Job) -> None:
        try:
            log.info("settled", **vars(settle(lake, clock())))
        except NothingYet as reason:
            log.debug("nothing_to_settle", reason=str(reason))

    def compacting(_: Job) -> None:
        compact_full(lake, stopping)

    def vacuuming(_: Job) -> None:
        vacuum(lake, stopping, clock())

    def pruning(_: Job) -> None:
        prune_logs(lake, clock())

    def retaining(_: Job) -> None:
        retain(lake, clock())
        lake.control.jobs.forget(clock() - KEEP_JOBS)

    def expiring(_: Job) -> None:
        expire_log(lake, clock())

    return {
        "settle": settling,
        "compact": compacting,
        "prune": pruning,
        "vacuum": vacuuming,
        "retain": retaining,
        "expire_log": expiring,
    }


def recurring(options: JobOptions, settle_every_seconds: float) -> Sequence[Recurring]:
    """What comes round by itself."""
    return (
        Recurring("settle", timedelta(seconds=settle_every_seconds)),
        Recurring("compact", timedelta(seconds=options.compact_every_seconds)),
        Recurring("prune", timedelta(seconds=options.prune_every_seconds)),
        Recurring("expire_log", timedelta(seconds=options.log_expiry_every_seconds)),
        Recurring("retain", timedelta(hours=options.retention_every_hours)),
        Recurring("vacuum", timedelta(hours=options.vacuum_every_hours)),
    )
