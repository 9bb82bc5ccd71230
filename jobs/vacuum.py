"""Vacuums tables: old versions go, and files that no younger one uses, failed commits' among them."""

from collections.abc import Mapping
from datetime import datetime

import structlog

from jobs.apart import run_apart
from jobs.lake import Lake
from jobs.prune import needed_version
from jobs.tables import existing_tables, of_each
from jobs.work import Stopping
from schemas.shared.faults import Terminal
from sinks import upkeep
from sinks.upkeep import Vacuumed

log = structlog.get_logger()


def vacuum(lake: Lake, stopping: Stopping, now: datetime) -> Mapping[str, Vacuumed]:
    """Files removed, by table; one that does not fit holds up no other.

    Raises the Terminal error of the last of those, when all the others are done.
    """
    tables = [(table, needed_version(lake, table)) for table in existing_tables(lake)]
    # one process for all of them: to start it takes longer than to vacuum a small table
    hours = lake.sink_options.vacuum_hours
    done = run_apart(stopping, upkeep.vacuum_each, lake.location, tables, hours, now) if tables else {}
    removed = of_each((table for table, _ in tables), lambda table: _removed(done[table.name]))
    log.info(
        "vacuumed",
        files=sum(each.data_files for each in removed.values()),
        log_files=sum(each.log_files for each in removed.values()),
    )
    return removed


def _removed(outcome: Vacuumed | Terminal) -> Vacuumed:
    if isinstance(outcome, Terminal):
        raise outcome
    return outcome
