"""Compacts tables: small files of a day become few sorted ones; safe beside writers and readers."""

import threading
from collections.abc import Mapping

import structlog

from jobs.apart import run_apart
from jobs.lake import Lake
from jobs.tables import existing_tables
from sinks import upkeep
from sinks.upkeep import Compacted

log = structlog.get_logger()


def compact_full(lake: Lake, stopping: threading.Event) -> Mapping[str, Compacted]:
    """Compacts the tables with more active files than the setting allows."""
    return _compact(lake, stopping, every=False)


def compact_all(lake: Lake, stopping: threading.Event) -> Mapping[str, Compacted]:
    """Compacts every table that exists; what each run did, by table."""
    return _compact(lake, stopping, every=True)


def _compact(lake: Lake, stopping: threading.Event, every: bool) -> Mapping[str, Compacted]:
    options = lake.sink_options
    done = {}
    for table in existing_tables(lake):
        if every or upkeep.needs_compaction(lake.location, table, options):
            done[table.name] = run_apart(stopping, upkeep.compact, lake.location, table, options)
            log.info("compacted", table=table.name, files=done[table.name].files_after)
    return done
