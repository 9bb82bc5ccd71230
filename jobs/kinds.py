"""The kinds of jobs: those of the room, a file and a line here each, and those that streams bring.

A stream's own stand in `jobs.<stream>` as KINDS.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta

import structlog

from control.erasures import JOB as ERASE
from control.erasures import PURGE
from jobs.blobs import sweep
from jobs.compact import compact_full
from jobs.erasure.erase import erase
from jobs.faults import NothingYet
from jobs.lake import Settings
from jobs.lane import Lane
from jobs.log_expiry import expire_log
from jobs.maxmind.kinds import KINDS as OF_MAXMIND
from jobs.options import JobOptions
from jobs.prune import prune_logs
from jobs.purge import purge
from jobs.retention import retain
from jobs.settle import settle
from jobs.vacuum import vacuum
from jobs.work import Context, Kind
from schemas.shared.discovery import declared_in
from sinks.settling import settlings

KEEP_JOBS = timedelta(days=30)
"""How long what a job did can be looked up."""

log = structlog.get_logger()


def settling(context: Context) -> None:
    """A stream's settling; the stream is the job's key."""
    try:
        done = settle(context.lake, context.job.key, context.clock())
        log.info("settled", stream=context.job.key, **vars(done))
    except NothingYet as reason:
        log.debug("nothing_to_settle", stream=context.job.key, reason=str(reason))


def compacting(context: Context) -> None:
    """Tables with too many small files."""
    compact_full(context.lake, context.stopping)


def pruning(context: Context) -> None:
    """What no reader needs of the tables' logs."""
    prune_logs(context.lake, context.clock())


def vacuuming(context: Context) -> None:
    """Files that no recent version uses."""
    vacuum(context.lake, context.stopping, context.clock())


def retaining(context: Context) -> None:
    """Rows and ended jobs that are old enough to go."""
    retain(context.lake, context.clock())
    context.lake.control.jobs.forget(context.clock() - KEEP_JOBS)


def sweeping(context: Context) -> None:
    """Blobs that nothing refers to."""
    sweep(context.lake, context.clock(), context.stopping)


def expiring(context: Context) -> None:
    """Messages of the embedded log that are in the tables and old enough to go."""
    expire_log(context.lake, context.clock())


def _every(setting: str, unit: timedelta = timedelta(seconds=1)) -> Callable[[Settings], timedelta]:
    return lambda settings: unit * getattr(settings.room(JobOptions), setting)


HOUR = timedelta(hours=1)

OWN = (
    Kind("settle", settling, every=_every("settle_every_seconds"), about=settlings),
    Kind("compact", compacting, every=_every("compact_every_seconds")),
    Kind("prune", pruning, every=_every("prune_every_seconds")),
    Kind("expire_log", expiring, every=_every("log_expiry_every_seconds")),
    Kind("retain", retaining, every=_every("retention_every_hours", HOUR)),
    Kind("vacuum", vacuuming, every=_every("vacuum_every_hours", HOUR)),
    Kind("sweep_blobs", sweeping, every=_every("blob_sweep_every_hours", HOUR)),
    Kind(ERASE, erase, Lane.ERASURE, every=_every("erase_every_seconds")),
    Kind(PURGE, purge, Lane.ERASURE, every=_every("erase_every_seconds")),
)


def kinds() -> Sequence[Kind]:
    """Every kind there is."""
    return (*OWN, *OF_MAXMIND, *(kind for found in declared_in("jobs", "KINDS").values() for kind in found))
