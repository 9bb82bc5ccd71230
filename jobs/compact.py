"""Compacts tables: small files of a day become few sorted ones; safe beside writers and readers."""

from collections.abc import Mapping

import structlog
from prometheus_client import Gauge

from jobs.apart import run_apart
from jobs.lake import Lake
from jobs.tables import declared_tables
from jobs.work import Stopping
from schemas.shared.columns import Table
from sinks import upkeep
from sinks.files import TableFiles
from sinks.upkeep import Compacted

ACTIVE_FILES = Gauge(
    "kinelake_table_active_files", "Files of a table's newest version.", ["table"], multiprocess_mode="livemostrecent"
)

log = structlog.get_logger()


def compact_full(lake: Lake, stopping: Stopping) -> Mapping[str, Compacted]:
    """Compacts the tables with more small files than the setting allows."""
    return _compact(lake, stopping, every=False)


def compact_all(lake: Lake, stopping: Stopping) -> Mapping[str, Compacted]:
    """Compacts every table that exists; what each run did, by table."""
    return _compact(lake, stopping, every=True)


def _compact(lake: Lake, stopping: Stopping, every: bool) -> Mapping[str, Compacted]:
    due = [table for table in declared_tables().values() if _due(lake, table, every)]
    # one process for all of them: to start it takes as long as to compact a small table
    done = run_apart(stopping, upkeep.compact_each, lake.location, due) if due else {}
    for name, compacted in done.items():
        log.info("compacted", table=name, files=compacted.files_after)
    return done


def _due(lake: Lake, table: Table, every: bool) -> bool:
    """Whether it exists and has to be compacted; its number of files is a metric."""
    # opened once and as a reader does: this comes round every minute, and mostly there is nothing to do
    files = TableFiles.reading(lake.location, table)
    if files.version < 0:
        return False
    ACTIVE_FILES.labels(table.name).set(files.listing().height)
    return every or upkeep.needs_compaction(files, lake.sink_options)
