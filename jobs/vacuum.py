"""Vacuums tables: old versions go, and files that no younger one uses, failed commits' among them."""

from collections.abc import Mapping
from datetime import datetime

import structlog

from jobs.apart import run_apart
from jobs.lake import Lake
from jobs.prune import needed_version
from jobs.tables import of_each_table
from jobs.work import Stopping
from schemas.shared.columns import Table
from sinks import upkeep
from sinks.upkeep import Vacuumed

log = structlog.get_logger()


def vacuum(lake: Lake, stopping: Stopping, now: datetime) -> Mapping[str, Vacuumed]:
    """Files removed, by table."""
    removed = of_each_table(lake, lambda table: _vacuum(lake, stopping, table, now))
    log.info(
        "vacuumed",
        files=sum(each.data_files for each in removed.values()),
        log_files=sum(each.log_files for each in removed.values()),
    )
    return removed


def _vacuum(lake: Lake, stopping: Stopping, table: Table, now: datetime) -> Vacuumed:
    hours, needed = lake.sink_options.vacuum_hours, needed_version(lake, table)
    return run_apart(stopping, upkeep.vacuum, lake.location, table, hours, now, needed)
