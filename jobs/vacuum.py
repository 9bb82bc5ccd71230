"""Vacuums tables: files that no version of the last hours uses go, failed commits' among them."""

import threading
from collections.abc import Mapping

import structlog

from jobs.apart import run_apart
from jobs.lake import Lake
from jobs.tables import existing_tables
from sinks import upkeep

log = structlog.get_logger()


def vacuum(lake: Lake, stopping: threading.Event) -> Mapping[str, int]:
    """Files removed, by table."""
    removed = {
        table.name: run_apart(stopping, upkeep.vacuum, lake.location, table, lake.sink_options.vacuum_hours)
        for table in existing_tables(lake)
    }
    log.info("vacuumed", files=sum(removed.values()))
    return removed
