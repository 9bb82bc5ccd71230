"""A worker some days later, so that what came in today is settled: `python -m tests.kit.settling TABLE ARGUMENT…`.

It goes no further in the middle of settling, when the parts of TABLE are to be exchanged and those of the tables before
it are. With `-` for TABLE it settles all. One that is killed leaves its jobs to others within seconds.
"""

import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from subprocess import Popen
from threading import Event
from typing import Any
from unittest.mock import patch

import polars as pl

from jobs import settle, worker
from jobs.lake import Lake
from kinelake.cli import app
from sinks.capture.settle import MERGES
from sinks.files import TableFiles
from sinks.location import Location
from sinks.merged_days import MERGED
from tests.kit.running import waiting
from tests.kit.site import ROOT, Site

DAYS = 3
LEASE_SECONDS = 2.0
NOWHERE = "-"
HERE = "in the middle of settling"


def run(table: str, arguments: list[str]) -> None:
    """The command, until it is told to end."""
    complete_until, exchange = settle._complete_until, TableFiles.exchange

    def later(lake: Lake, stream: str) -> datetime:
        return complete_until(lake, stream) + timedelta(days=DAYS)

    def exchanged(
        own: TableFiles, paths: Collection[str], rows: pl.DataFrame, noted: Mapping[str, int], **how: Any
    ) -> None:
        if own.declared.name == table and MERGED in noted:
            print(HERE, flush=True)
            Event().wait()
        exchange(own, paths, rows, noted, **how)

    with (
        patch.object(settle, "_complete_until", later),
        patch.object(TableFiles, "exchange", exchanged),
        patch.object(worker, "LEASE_SECONDS", LEASE_SECONDS),
        patch.object(sys, "argv", ["kinelake", *arguments]),
    ):
        app()


@contextmanager
def settling(site: Site, table: str = NOWHERE) -> Iterator["Popen[bytes]"]:
    """That worker's process; killed at the end of the block where it still is there."""
    python, flag, _, *command = site.command("worker --lane upkeep")
    with site.printed("worker").open("ab") as output:
        process = Popen(
            [python, flag, "tests.kit.settling", table, *command],
            stdout=output, stderr=output, env=site.environment, cwd=ROOT,
        )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def in_the_middle(site: Site, process: "Popen[bytes]") -> bool:
    """Waits until it goes no further; False where it has ended instead."""
    told = site.printed("worker")
    return waiting(lambda: HERE in told.read_text() or process.poll() is not None) and process.poll() is None


def settled(site: Site) -> list[str]:
    """The tables of capture whose parts of some day are together, in the order in which that is done."""
    location = Location(str(site.effective.settings.tables_url))
    files = [TableFiles.reading(location, table) for table, _ in MERGES]
    return [each.declared.name for each in files if each.transaction(MERGED) >= 0]


if __name__ == "__main__":
    run(sys.argv[1], sys.argv[2:])
