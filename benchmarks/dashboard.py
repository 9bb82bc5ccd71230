"""The dashboard's pages over HTTP with 10 M media events in the tables, and rows generated for every other stream.

    KINELAKE_BENCH_FOLDER=… python -m benchmarks.dashboard [--quick] [--events N]

The media tables are made through the real log, flow, settling and compaction (benchmarks.made) and linked into a folder
of its own; the other streams' rows are made up here, columns of plain values, in files as compaction leaves them. The
web role runs alone. "First" is a page's first answer of a process; the pages are then asked in turn.
"""

import argparse
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import polars as pl

from benchmarks.made import DAYS, bench_folder, environment, made
from benchmarks.report import Figure, finish, percentile
from benchmarks.service import Service, role
from kinelake.example.people import ORGANISATION
from schemas.shared.columns import Table
from schemas.shared.stream import Stream, streams
from sinks.files import TableFiles
from sinks.location import Location
from sinks.reader import TableReader
from web.development import issue_development_token

EVENTS, QUICK_EVENTS = 10_000_000, 20_000
ROWS, QUICK_ROWS = 1_000_000, 5_000
ROUNDS, QUICK_ROUNDS = 30, 3
PER_SESSION = 20
DISTINCT = 50
MOST_MS = 200
READY_SECONDS = 120
HOME = "/dashboard"
PAGES: Mapping[str, str] = {
    "home": HOME,
    "media": f"{HOME}/media",
    "media, 7 days": f"{HOME}/media?period=7d",
    "media, 7 days, one country": f"{HOME}/media?period=7d&country_code=RO",
    "map": f"{HOME}/media/map.svg",
    "audit": f"{HOME}/audit",
    "security": f"{HOME}/security",
    "analytics": f"{HOME}/analytics",
    "media events, 7 days": f"{HOME}/analytics?stream=media&period=7d",
}
LINKS: Mapping[str, tuple[str, str]] = {
    "media session": ("media", r"/dashboard/media/session\?[^\"]+"),
    "record of media": ("media events, 7 days", r"/dashboard/detail/[^\"]+"),
    "record of analytics": ("analytics", r"/dashboard/detail/[^\"]+"),
    "record of audit": ("audit", r"/dashboard/detail/[^\"]+"),
    "record of security": ("security", r"/dashboard/detail/[^\"]+"),
}
"""A page → on which other its address stands, and what it looks like."""


class NotShown(Exception):
    """A page was not answered 200, or lacks a link that it should have."""


@dataclass
class Took:
    """Of one page: the first answer, later ones, in seconds; the server's CPU seconds for those."""

    first: float = 0.0
    later: list[float] = field(default_factory=list)
    cpu: float = 0.0


def generated(stream: Stream, rows: int, end: datetime) -> pl.DataFrame:
    """Rows of a stream's primary table over the days before `end`: ids that differ, texts of a few values, no lists."""
    number = pl.int_range(rows, dtype=pl.Int64)
    at = pl.lit(end - timedelta(days=DAYS)) + pl.duration(microseconds=number * (DAYS * 86_400_000_000 // rows))
    given = {
        "tenant": pl.lit(ORGANISATION),
        "stream": pl.lit(stream.name),
        "event_type": pl.lit(next(iter(stream.kinds))),
        "event_id": number.hash().cast(pl.String).str.zfill(20),
        "session_id": "session-" + (number // PER_SESSION).hash().cast(pl.String),
        "request_id": (number // PER_SESSION).cast(pl.String).str.zfill(32),
        "occurred_at": at,
        "received_at": at,
        "received_date": at.dt.date(),
        **dict.fromkeys(stream.objects, pl.lit('{"made":"for a measurement"}')),
    }
    columns = {name: given.get(name, _plain(name, kind, number)) for name, kind in stream.primary.schema.items()}
    return pl.select(value.cast(stream.primary.schema[name]).alias(name) for name, value in columns.items())


def _plain(name: str, kind: pl.DataType, number: pl.Expr) -> pl.Expr:
    """Values of a kind."""
    if kind == pl.String:
        return f"{name}-" + (number % DISTINCT).cast(pl.String)
    return number % 2 if kind.is_numeric() else pl.lit(value=False) if kind == pl.Boolean else pl.lit(None)


@contextmanager
def folder_of(events: int, rows: int, folder: Path) -> Iterator[Path]:
    """A data folder with the made media tables and the generated rows, gone at the end."""
    source = made(events, folder)
    with tempfile.TemporaryDirectory(dir=folder) as own:
        tables = Path(own) / "tables"
        shutil.copytree(source / "tables", tables, copy_function=os.link)
        end = _newest(Location(str(tables)))
        for stream in streams().values():
            if stream.name != "media":
                _add(tables, stream.primary, generated(stream, rows, end))
        yield Path(own)


def _newest(location: Location) -> datetime:
    """The time of the newest media event: rows are generated up to then, so that neighbours are near."""
    newest = TableReader(location).maximum(streams()["media"].primary.name, "occurred_at")
    return newest or datetime.now(UTC)


def _add(tables: Path, table: Table, rows: pl.DataFrame) -> None:
    TableFiles.open(Location(str(tables)), table).exchange([], rows, {}, upkeep=True)


def measured(data: Path, service: Service, rounds: int) -> Mapping[str, Took]:
    """What the pages took."""
    with httpx.Client(base_url=service.url, timeout=READY_SECONDS) as client:
        _ready(client)
        _sign_in(client, data / "secrets")
        took = {name: Took() for name in (*PAGES, *LINKS)}
        addresses = dict(PAGES)
        shown = {}
        for name in PAGES:
            took[name].first, shown[name] = _asked(client, addresses[name])
        for name, (page, pattern) in LINKS.items():
            addresses[name] = _link(shown[page], pattern)
            took[name].first, _ = _asked(client, addresses[name])
        for name, address in addresses.items():
            before = service.cpu()
            took[name].later = [_asked(client, address)[0] for _ in range(rounds)]
            took[name].cpu = (service.cpu() - before) / rounds
    return took


def _ready(client: httpx.Client) -> None:
    end = time.perf_counter() + READY_SECONDS
    while client.get("/health/ready").status_code != 200:
        if time.perf_counter() > end:
            raise NotShown("the web role was not ready in time")
        time.sleep(0.2)


def _sign_in(client: httpx.Client, secrets: Path) -> None:
    token = issue_development_token(secrets, "benchmark-admin", ORGANISATION, "admin", 2, timedelta(hours=12))
    csrf = _link(client.get(f"{HOME}/login").text, r'(?<=name="csrf" value=")[^"]+')
    answer = client.post(f"{HOME}/login", data={"csrf": csrf, "token": token})
    if answer.status_code != 303:
        raise NotShown(f"signing in: {answer.status_code}")


def _asked(client: httpx.Client, address: str) -> tuple[float, str]:
    began = time.perf_counter()
    answer = client.get(address)
    seconds = time.perf_counter() - began
    if answer.status_code != 200:
        raise NotShown(f"{urlsplit(address).path}: {answer.status_code}")
    return seconds, answer.text


def _link(page: str, pattern: str) -> str:
    found = re.search(pattern, page)
    if found is None:
        raise NotShown(f"no {pattern} on the page")
    return found[0].replace("&amp;", "&")


def figures_of(took: Mapping[str, Took]) -> Iterator[Figure]:
    """Four a page."""
    for name, each in took.items():
        yield Figure(f"{name}: first", percentile([each.first], 50), "ms")
        yield Figure(f"{name}: p50", percentile(each.later, 50), "ms")
        yield Figure(f"{name}: p95", percentile(each.later, 95), "ms", MOST_MS, at_most=True)
        yield Figure(f"{name}: CPU", round(each.cpu * 1000, 1), "ms", MOST_MS, at_most=True)


def main() -> None:
    """Makes the folder, starts the web role once; prints and keeps the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few rows, to see that it works")
    parser.add_argument("--events", type=int, default=EVENTS, help="how many media events the tables have")
    arguments = parser.parse_args()
    events, rows, rounds = (
        (QUICK_EVENTS, QUICK_ROWS, QUICK_ROUNDS) if arguments.quick else (arguments.events, ROWS, ROUNDS)
    )
    with (
        bench_folder() as folder,
        folder_of(events, rows, folder) as data,
        role(["web", "--port", "0"], data, os.sched_getaffinity(0), environment(folder)) as service,
    ):
        took = measured(data, service, rounds)
    details = {"events": events, "generated_rows_of_every_other_stream": rows}
    finish("dashboard", list(figures_of(took)), details, arguments.quick)


if __name__ == "__main__":
    main()
