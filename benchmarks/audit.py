"""The audit log: a million rows of twenty organisations chained as the flow does, then verified, each on one core.

python -m benchmarks.audit [--quick]
"""

import argparse
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from benchmarks.made import bench_folder
from benchmarks.measure import in_process
from benchmarks.report import Figure, finish
from schemas.audit import AUDIT
from schemas.audit.chain import Link, chained
from sinks.audit.verify import verify
from sinks.delta_sink import DeltaSink
from sinks.location import Location
from sinks.options import SinkOptions

ROWS = 1_000_000
QUICK_ROWS = 50_000
COMMITS = 20
ORGANISATIONS = 20
MOST_SECONDS = 20
MOST_MEBIBYTES = 512
AT = datetime(2026, 2, 17, 10, tzinfo=UTC)


class NotWhole(Exception):
    """Verification found fault with what was chained here."""


def entries(first: int, count: int) -> pl.DataFrame:
    """Rows as the flow's head hands them over: ids and texts of a usual length."""
    number = pl.int_range(first, first + count, dtype=pl.Int64)
    text = number.cast(pl.String)
    said = {
        "stream": pl.lit(AUDIT.name), "event_type": pl.lit("entry"), "schema_version": pl.lit(2, pl.Int64),
        "event_id": "00000000-0000-4000-8000-" + text.str.zfill(12), "request_id": text.str.zfill(32),
        "tenant": "organisation-" + (number % ORGANISATIONS).cast(pl.String), "subject": text.str.zfill(64),
        "actor": text.str.zfill(64), "actor_source": pl.lit("header"), "actor_type": pl.lit("user"),
        "occurred_at": pl.lit(AT), "received_at": pl.lit(AT), "received_date": pl.lit(AT.date()),
        "payload_digest": number, "consent_level": pl.lit(0, pl.Int64), "consent_source": pl.lit("token"),
        "gpc": pl.lit(value=False), "action": pl.lit("patient.view"), "resource_type": pl.lit("patient"),
        "resource_id": "patient-" + text, "status": pl.lit("success"), "status_code": pl.lit(200, pl.Int64),
        "metadata": pl.lit('{"fields_accessed":["name","treatment_plans"]}'), "ip_prefix": pl.lit("198.51.100.0/24"),
        "log_partition": pl.lit(0, pl.Int32), "log_offset": number, "log_item": pl.lit(0, pl.Int32),
    }  # fmt: skip
    rows = pl.select(expression.alias(name) for name, expression in said.items())
    return pl.concat([pl.DataFrame(schema=AUDIT.primary.schema), rows], how="diagonal")


def made(ready: Callable[[], None], folder: Path, rows: int) -> dict[str, Any]:
    """The log in some commits; what chaining alone took, in CPU seconds, and the last digests, hex."""
    ready()
    sink = DeltaSink(Location(str(folder)), [AUDIT.primary], AUDIT.name, [0], SinkOptions())
    sink.open()
    links: dict[str, Link] = {}
    seconds, each = 0.0, rows // COMMITS
    for number in range(COMMITS):
        given = entries(number * each, each)
        began = time.process_time()
        chain, links = chained(given, links)
        seconds += time.process_time() - began
        sink.commit({AUDIT.primary.name: chain}, {0: (number + 1) * each}, {0: each})
    return {"seconds": seconds, "heads": {name: (link.number, link.digest.hex()) for name, link in links.items()}}


def verified(ready: Callable[[], None], folder: Path, heads: dict[str, tuple[int, str]]) -> dict[str, Any]:
    """How many rows were found whole."""
    ready()
    links = {name: Link(number, bytes.fromhex(digest)) for name, (number, digest) in heads.items()}
    report = verify(Location(str(folder)), lambda: links, dict)
    if not report.whole:
        raise NotWhole(str(next(each for each in report.organisations if each.broken)))
    return {"rows": sum(each.rows for each in report.organisations)}


def main() -> None:
    """Makes the log, verifies it; prints and keeps the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a small log, to see that it works")
    arguments = parser.parse_args()
    rows = QUICK_ROWS if arguments.quick else ROWS
    core = {min(os.sched_getaffinity(0))}
    with bench_folder() as folder, TemporaryDirectory(dir=folder) as own:
        chain = in_process(made, Path(own), rows, cores=core).measured()
        found = in_process(verified, Path(own), chain.result["heads"], cores=core).measured()
    figures = [
        Figure("chained, rows per core-second", round(rows / chain.result["seconds"]), "rows/s"),
        Figure(f"{found.result['rows']:,} rows verified", round(found.wall, 2), "s", MOST_SECONDS, at_most=True),
        Figure("verification, CPU", round(found.cpu, 2), "s"),
        Figure("verification, memory", round(found.anonymous + found.mapped), "MiB", MOST_MEBIBYTES, at_most=True),
    ]
    finish("audit", figures, {}, arguments.quick)


if __name__ == "__main__":
    main()
