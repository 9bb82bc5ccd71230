"""The end of an erasure: older versions of the tables go, and what the log still had."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import structlog

from control.erasures import Erasure
from jobs.erasure.log import blank, expired
from jobs.erasure.outside import erase_blobs
from jobs.erasure.passed import in_tables, passed
from jobs.erasure.receipt import Receipts
from jobs.lake import Lake
from jobs.options import JobOptions
from jobs.prune import needed_version
from jobs.tables import declared_tables
from jobs.work import Context
from sinks.erased_versions import forget_before

VERSIONS: Final = "versions"
"""In an erasure's detail: by table the version from which on it is clean."""
LOG_ENDS: Final = "log_ends"
"""In an erasure's detail: where the logs ended when the tables were clean."""

log = structlog.get_logger()


def vacuum_after(lake: Lake) -> timedelta:
    """How long older versions of the tables stay."""
    return timedelta(hours=lake.settings.room(JobOptions).erasure_vacuum_hours)


def finish(context: Context) -> None:
    """Ends every erasure that can end."""
    lake = context.lake
    for erasure in lake.control.erasures.in_state("tables_clean"):
        if _can_end(context, erasure):
            _end(context, erasure)


def _can_end(context: Context, erasure: Erasure) -> bool:
    lake, ends = context.lake, erasure.detail[LOG_ENDS]
    assert erasure.tables_clean_at is not None, "it is noted with the state"
    waited = erasure.tables_clean_at + vacuum_after(lake) <= context.clock()
    return waited and passed(lake, ends) and expired(lake, ends) and not _needed(lake, erasure)


def _needed(lake: Lake, erasure: Erasure) -> bool:
    """Whether settling will still ask for a version from before."""
    tables = declared_tables()
    needed = {name: needed_version(lake, tables[name]) for name in erasure.detail[VERSIONS] if name in tables}
    return any(version is not None and version < erasure.detail[VERSIONS][name] for name, version in needed.items())


def _end(context: Context, erasure: Erasure) -> None:
    lake, receipts = context.lake, Receipts(context.lake.control, [erasure])
    receipts.counted(erasure, "blobs", erase_blobs(lake, erasure))
    # a job that was at work on a session when it went may have said more since
    receipts.counted(erasure, "messages", blank(lake, [erasure], in_tables(lake)))
    receipts.step("log", context.clock())
    log_files, data_files = _forget(lake, erasure)
    receipts.counted(erasure, "log_files", log_files)
    receipts.counted(erasure, "data_files", data_files)
    lake.control.forget_deleted()
    receipts.step("versions", context.clock())
    receipts.finished(context.clock(), LOG_ENDS)
    log.info("erasure_finished", erasure=erasure.id, log_files=log_files, data_files=data_files)


def _forget(lake: Lake, erasure: Erasure) -> Sequence[int]:
    tables = declared_tables()
    gone = [
        forget_before(lake.location, tables[name], version)
        for name, version in erasure.detail[VERSIONS].items()
        if name in tables and lake.location.exists(name)
    ]
    return sum(each.log_files for each in gone), sum(each.data_files for each in gone)
