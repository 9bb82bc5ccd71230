"""One of 100,000 people erased from 10 M events of six months: how long until the tables are clean, and what it costs.

    KINELAKE_BENCH_FOLDER=… python -m benchmarks.erasure [--quick]

The tables are those of media, a file a day, as compaction and settling leave them; the person has five sessions on five
days. Time counts from the request until the state is tables_clean, with the three seconds in it that flows are given to
learn of it. Judged are all bytes of the tables that may have rows of the person, of which most are never read: files
are chosen by one column. AWS publishes 5–12 GB of data per vCPU-hour for S3 Find and Forget.
"""

import argparse
import hashlib
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.made import bench_folder
from benchmarks.measure import in_process
from benchmarks.report import Figure, finish
from jobs.kinds import kinds
from jobs.worker import Place
from kinelake.installation import opened
from kinelake.role import now
from schemas.media.events import STREAM
from schemas.media.sessions import MEDIA_SESSIONS
from schemas.shared.columns import Table
from sinks.files import TableFiles
from sinks.location import Location
from sinks.table import shaped

DAYS, PEOPLE, EVENTS_EACH = 180, 100_000, 20
EVENTS, QUICK_EVENTS = 10_000_000, 200_000
MOST_SECONDS, LEAST_GB = 60, 50
FIRST, TENANT = date(2026, 1, 1), "acme"
MARK = "erasure"
KINDS = ("heartbeat", "play", "pause", "seek")


class NotErased(Exception):
    """Rows of the person are left, or others' are gone."""


def subjects(people: Iterable[int]) -> pl.Series:
    """64 hex digits each, as unlike each other as real ones."""
    return pl.Series([hashlib.sha256(f"{person}".encode()).hexdigest() for person in people])


def events(sessions: np.ndarray[Any, Any], day: date) -> pl.DataFrame:
    """A day's rows of media_events."""
    count = len(sessions) * EVENTS_EACH
    random = np.random.default_rng(day.toordinal())
    began = datetime(day.year, day.month, day.day, tzinfo=UTC)
    of = np.repeat(np.arange(len(sessions)), EVENTS_EACH)
    session = sessions[of]
    at = pl.Series(random.integers(0, 80_000, len(sessions))[of] * 1_000_000)
    at = at + pl.Series(np.tile(np.arange(EVENTS_EACH) * 10_000_000, len(sessions)) + random.integers(0, 10**6, count))
    ids = pl.Series([row.hex() for row in np.frombuffer(random.bytes(16 * count), "S16").tolist()])
    said: dict[str, Any] = {
        "stream": pl.lit(STREAM.name), "tenant": pl.lit(TENANT), "subject": subjects(sessions % PEOPLE).gather(of),
        "session_id": pl.lit("session-") + pl.Series(session * 2654435761 % 2**32).cast(pl.String),
        "event_id": ids.str.zfill(32),
        "event_type": pl.Series(random.integers(0, len(KINDS), count)).replace_strict(range(len(KINDS)), KINDS),
        "schema_version": pl.lit(2, pl.Int64), "media_id": "media-" + pl.Series(session % 500).cast(pl.String),
        "occurred_at": pl.lit(began) + pl.duration(microseconds=pl.lit(at)),
        "received_at": pl.lit(began) + pl.duration(microseconds=pl.lit(at + 200_000)), "received_date": pl.lit(day),
        "request_id": ids.str.zfill(32).str.reverse(), "consent_level": pl.lit(2, pl.Int64),
        "consent_source": pl.lit("token"), "gpc": pl.lit(value=False),
        "payload_digest": pl.Series(random.integers(0, 2**62, count)),
        "position_seconds": pl.Series(random.random(count) * 600), "country_code": pl.lit("RO"),
        "device_type": pl.lit("mobile"), "browser_family": pl.lit("Firefox"), "ip_prefix": pl.lit("198.51.100.0/24"),
        "log_partition": pl.Series(session % 12), "log_offset": pl.Series(np.arange(count)), "log_item": pl.lit(0),
    }  # fmt: skip
    return shaped(pl.select(column.alias(name) for name, column in said.items()), STREAM.primary)


def settled(sessions: np.ndarray[Any, Any], day: date) -> pl.DataFrame:
    """A day's rows of media_sessions."""
    began = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    said: dict[str, Any] = {
        "tenant": pl.lit(TENANT), "subject": subjects(sessions % PEOPLE), "revision": pl.lit(1, pl.Int64),
        "session_id": pl.lit("session-") + pl.Series(sessions * 2654435761 % 2**32).cast(pl.String),
        "media_id": "media-" + pl.Series(sessions % 500).cast(pl.String), "status": pl.lit("completed"),
        "first_event_at": pl.lit(began), "last_event_at": pl.lit(began + timedelta(minutes=3)),
        "last_received_at": pl.lit(began + timedelta(minutes=3)), "events": pl.lit(EVENTS_EACH, pl.Int64),
        "watch_time_seconds": pl.lit(150.0), "country_code": pl.lit("RO"), "device_type": pl.lit("mobile"),
        "buffering_count": pl.lit(0, pl.Int64), "start_date": pl.lit(day),
    }  # fmt: skip
    return shaped(pl.select(column.alias(name) for name, column in said.items()), MEDIA_SESSIONS)


def made(ready: Callable[[], None], data: Path, count: int) -> dict[str, Any]:
    """The tables, a file a day."""
    ready()
    tables: dict[str, tuple[Table, Callable[..., pl.DataFrame]]] = {
        "events": (STREAM.primary, events),
        "sessions": (MEDIA_SESSIONS, settled),
    }
    numbers = np.arange(count // EVENTS_EACH)
    location = Location(str(data / "tables"))
    for table, rows in tables.values():
        files = TableFiles.open(location, table)
        for day in range(DAYS):
            files.exchange([], rows(numbers[numbers * 7919 % DAYS == day], FIRST + timedelta(days=day)), {})
    (data / MARK).write_text(f"{count}\n")
    return {}


def erased(ready: Callable[[], None], data: Path) -> dict[str, Any]:
    """The person is erased by a worker's place; what it took."""
    erase = {kind.name: kind.work for kind in kinds() if kind.name == "erase"}
    with opened(data=data) as installation:
        lake, person = installation.lake, subjects([77])[0]
        place = Place(lake, erase, (), "benchmark", now, threading.Event())
        before = _rows(lake.location)
        ready()
        began, cpu = time.perf_counter(), time.process_time()
        begun = lake.control.erasures.begin(tenant=TENANT, subject=person, requested_by="operator:benchmark").erasure
        while (found := lake.control.erasures.get(begun.id)) is None or found.state == "hidden":
            lake.control.jobs.enqueue("erase", "erase", {})
            place.work_once()
            time.sleep(0.1)
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        went = {name: had for name, had in found.detail["tables"].items() if had["rows"]}
        gone = sum(had["rows"] for had in went.values())
        if _rows(lake.location) != before - gone or gone == 0:
            raise NotErased(f"{before} rows before, {_rows(lake.location)} after, {gone} went")
        judged = sum(had["judged_bytes"] for had in found.detail["tables"].values())
        return {"seconds": seconds, "cpu": cpu, "rows": gone, "judged": judged, "tables": went}


def _rows(location: Location) -> int:
    listings = [TableFiles.reading(location, table).listing() for table in (STREAM.primary, MEDIA_SESSIONS)]
    return sum(int(listing["rows"].sum()) for listing in listings)


def main() -> None:
    """Makes the tables, erases the person in a copy of them; prints and keeps the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few events, to see that it works")
    arguments = parser.parse_args()
    count = QUICK_EVENTS if arguments.quick else EVENTS
    cores = os.sched_getaffinity(0)
    with bench_folder() as folder:
        data = folder / f"erasure-{count}"
        if not (data / MARK).exists():
            shutil.rmtree(data, ignore_errors=True)
            in_process(made, data, count, cores=cores).measured()
        found = in_process(erased, data, cores=cores).measured()
        shutil.rmtree(data)
    took = found.result
    per_hour = took["judged"] / 1e9 / (took["cpu"] / 3600)
    figures = [
        Figure(
            f"one of {PEOPLE:,} people out of {count:,} events",
            round(took["seconds"], 1),
            "s",
            MOST_SECONDS,
            at_most=True,
        ),
        Figure("table data judged per vCPU-hour (S3 Find and Forget: 5–12)", round(per_hour), "GB", LEAST_GB),
        Figure("table data judged", round(took["judged"] / 1e9, 2), "GB"),
        Figure("CPU", round(took["cpu"], 1), "s"),
    ]
    finish("erasure", figures, {"tables": took["tables"]}, arguments.quick)


if __name__ == "__main__":
    main()
