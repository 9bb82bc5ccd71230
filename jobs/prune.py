"""Prunes the tables' logs: settled tables have no flow that would, and a flow may be away."""

from collections.abc import Mapping
from datetime import datetime

import structlog
from prometheus_client import Gauge

from jobs.lake import Lake
from jobs.tables import of_each_table
from schemas.shared.columns import Table
from sinks.files import TableFiles
from sinks.settling import settlings
from sinks.table_log import Pruned, prune

LOG_FILES = Gauge("kinelake_table_log_files", "Files in the _delta_log of a table.", ["table"])

MANY_LOG_FILES = 1500
"""More than a day of the fastest trickle leaves: something keeps the log from being pruned."""

log = structlog.get_logger()


def prune_logs(lake: Lake, now: datetime) -> Mapping[str, Pruned]:
    """What went and what is left, by table."""
    return of_each_table(lake, lambda table: _pruned(lake, table, now))


def needed_version(lake: Lake, table: Table) -> int | None:
    """The version of a table that settling will ask for next, however long ago that was."""
    found = [settling.needed(lake.tables) for settling in settlings().values()]
    return next((needed[table.name] for needed in found if table.name in needed), None)


def _pruned(lake: Lake, table: Table, now: datetime) -> Pruned:
    # opened as a writer does, so that a table of an earlier version is taken over
    TableFiles.open(lake.location, table)
    done = prune(lake.location.uri(table.name), lake.sink_options.vacuum_hours, now, needed_version(lake, table))
    LOG_FILES.labels(table.name).set(done.left)
    if done.left > MANY_LOG_FILES:
        log.warning("table_log_long", table=table.name, files=done.left)
    return done
