"""The heatmap of a project with 10 M clicks over HTTP, while 1,000 clicks a second come in.

    python -m benchmarks.heatmap [--quick] [--still]

The tables are filled as the flow's commits fill them, a month of days, and put together as settling does. Clicks lie
around the elements of a page, one in ten anywhere. `kinelake up` runs on both cores, the load and the questions beside
it; what is asked first has to read the project's cells, and is told apart.
"""

import argparse
import asyncio
import itertools
import os
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import msgspec
import numpy as np
import polars as pl
import uvloop

from benchmarks.client import Connection
from benchmarks.made import bench_folder
from benchmarks.report import Figure, finish, percentile
from benchmarks.service import up
from control.projects import Project
from flows.capture.counts import events_counted
from flows.conveyor.batch import Batch
from ingest_gateway.capture.family import KEYS
from kinelake.api_keys import create_key
from kinelake.installation import Installation, opened
from schemas.capture import EVENTS
from sinks.capture.options import CaptureOptions
from sinks.capture.settle import settle_at
from sinks.delta_sink import DeltaSink
from sinks.options import SinkOptions
from sinks.upkeep import compact

CLICKS, QUICK_CLICKS = 10_000_000, 200_000
DAYS = 30
COMMITS_A_DAY = 4
CLICKS_A_SESSION = 100
ELEMENTS = 300
SPREAD = 12.0
PAGE = (1920, 3000)
SECONDS, QUICK_SECONDS = 60, 5
LOAD_A_SECOND, LOAD_BATCH = 20, 50
PAUSE_SECONDS = 0.02
MOST_P95_MS = 50
ORGANISATION = "heatmap-benchmark"
PROJECT = "page"
HEATMAP = "/v1/analytics/heatmap"
BUDGET = {"KINELAKE_RATE_LIMIT_REQUESTS": "1000000"}


class NoAnswer(Exception):
    """A question or an event was not answered as it should have been."""


class Places(NamedTuple):
    """`x`, `y` and `element` (N) of clicks."""

    x: np.ndarray
    y: np.ndarray
    element: np.ndarray


def places(random: np.random.Generator, clicks: int) -> Places:
    """Around elements that are as often clicked as Zipf says, one in ten anywhere on the page."""
    centres = np.random.default_rng(1).uniform((0, 0), PAGE, (ELEMENTS, 2))
    weights = 1 / np.arange(1, ELEMENTS + 1)
    element = random.choice(ELEMENTS, clicks, p=weights / weights.sum())
    at = centres[element] + random.normal(0, SPREAD, (clicks, 2))
    anywhere = random.random(clicks) < 0.1
    at[anywhere] = random.uniform((0, 0), PAGE, (int(anywhere.sum()), 2))
    x, y = np.clip(np.rint(at), 0, PAGE).astype(np.int64).T
    return Places(x, y, element)


def fill(installation: Installation, project: Project, clicks: int, until: datetime) -> None:
    """The tables of capture_events, some commits a day, as settling and compaction leave them."""
    tables = (EVENTS.primary, *EVENTS.derived_tables)
    options = SinkOptions(tables_url=installation.location.url)
    # under another name than the flow's, which begins at the log's begin
    sink = DeltaSink(installation.location, tables, "benchmark", [0], options)
    sink.open()
    for number in range(DAYS):
        day = _day(project, clicks // DAYS, until - timedelta(days=DAYS - number), number)
        for part, rows in enumerate(day.iter_slices(-(-day.height // COMMITS_A_DAY)), 1):
            batch = events_counted(Batch(rows, {}))
            passed = COMMITS_A_DAY * number + part
            sink.commit({**batch.tables, EVENTS.primary.name: batch.rows}, {0: passed}, {0: rows.height})
    settle_at(installation.location, until, until, CaptureOptions())
    compact(installation.location, EVENTS.primary)


def _filled(installation: Installation, clicks: int, until: datetime) -> Project:
    """The project, with its tables from the run before where the folder was kept."""
    if installation.location.exists(EVENTS.primary.name):
        return installation.control.projects.find(PROJECT, ORGANISATION)
    installation.control.organisations.ensure(ORGANISATION)
    project = installation.control.projects.create(ORGANISATION, PROJECT, 2)
    fill(installation, project, clicks, until)
    return project


def _day(project: Project, clicks: int, begin: datetime, number: int) -> pl.DataFrame:
    random = np.random.default_rng(number)
    x, y, element = places(random, clicks)
    sessions = -(-clicks // CLICKS_A_SESSION)
    names = [str(UUID(int=(number << 96) + (7 << 76) + each)) for each in range(sessions)]
    of_session = np.repeat(np.arange(sessions), CLICKS_A_SESSION)[:clicks]
    since_ms = np.tile(np.arange(CLICKS_A_SESSION) * 3000, sessions)[:clicks]
    began = pl.lit(begin) + pl.duration(milliseconds=pl.col("session") * (86_400_000 // sessions))
    frame = pl.DataFrame({"session": of_session, "timestamp_ms": since_ms, "x": x, "y": y, "element": element})
    return frame.with_columns(
        stream=pl.lit(EVENTS.name),
        tenant=pl.lit(project.tenant),
        project_id=pl.lit(project.id),
        subject=pl.col("session").cast(pl.String),
        session_id=pl.Series(names).gather(of_session),
        session_created_at=began,
        event_type=pl.lit("interaction"),
        interaction=pl.lit("click"),
        target=pl.format("button#e{}", "element"),
        position=pl.int_range(pl.len()) % CLICKS_A_SESSION + 1,
        consent_level=pl.lit(2, pl.Int64),
        gpc=pl.lit(value=False),
        log_partition=pl.lit(0, pl.Int32),
        log_offset=pl.lit(number, pl.Int64),
        log_item=pl.int_range(pl.len(), dtype=pl.Int32),
    ).with_columns(
        occurred_at=(began + pl.duration(milliseconds="timestamp_ms")).dt.cast_time_unit("us"),
        received_at=(began + pl.duration(milliseconds="timestamp_ms")).dt.cast_time_unit("us"),
        received_date=(began + pl.duration(milliseconds="timestamp_ms")).dt.date(),
    )


def questions(until: datetime) -> Mapping[str, str]:
    """What is asked in turn, by name."""
    hour = until.replace(minute=0, second=0, microsecond=0)

    def at(days: float) -> str:
        return (hour - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")

    return {
        "everything": "",
        "buckets of 20 px": "?bucket=20",
        "small cells left out": "?bucket=5&min_count=5",
        "one target": "?target=button%23e7",
        "a day of whole hours": f"?from={at(3)}&to={at(2)}",
        "a week with edges": f"?from={at(9.01)}&to={at(2.02)}",
    }


async def _asked(url: str, key: str, until: datetime, seconds: float) -> dict[str, list[float]]:
    took: dict[str, list[float]] = {"first": []}
    connection = await Connection.to(url)
    end = time.perf_counter() + seconds
    for name, query in itertools.cycle(questions(until).items()):
        request = _head("GET", HEATMAP + query, key)
        began = time.perf_counter()
        if began >= end:
            break
        answer = await connection.ask(request + b"\r\n")
        spent = time.perf_counter() - began
        if answer.status != 200:
            raise NoAnswer(f"{query}: {answer.status} {answer.body.decode()}")
        took.setdefault(name if took["first"] else "first", []).append(spent)
        await asyncio.sleep(PAUSE_SECONDS)
    connection.close()
    return took


async def _counted(url: str, key: str, filled: int) -> int:
    """How many clicks all points together have; raises NoAnswer where that is fewer than were filled in."""
    connection = await Connection.to(url)
    answer = await connection.ask(_head("GET", f"{HEATMAP}?bucket={max(PAGE)}", key) + b"\r\n")
    connection.close()
    counted = sum(int(point["count"]) for point in msgspec.json.decode(answer.body)["points"])
    if counted < filled:
        raise NoAnswer(f"the points have {counted:,} clicks of {filled:,}")
    return counted


async def _load(url: str, key: str, seconds: float) -> int:
    """Clicks of one session at a steady rate; how many were taken."""
    connection = await Connection.to(url)
    begun = await connection.ask(_posted("/v1/sessions/init", key, {"user_id": "benchmark", "capture_mode": "events"}))
    path = f"/v1/sessions/{msgspec.json.decode(begun.body)['session_id']}/events"
    bodies = [_posted(path, key, {"events": list(_clicks(seed))}) for seed in range(50)]
    began, sent = time.perf_counter(), 0
    while (due := began + sent / LOAD_A_SECOND) < began + seconds:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        answer = await connection.ask(bodies[sent % len(bodies)])
        if answer.status != 200:
            raise NoAnswer(f"events: {answer.status} {answer.body.decode()}")
        sent += 1
    connection.close()
    return sent * LOAD_BATCH


def _clicks(seed: int) -> Iterator[dict[str, object]]:
    x, y, element = places(np.random.default_rng(seed), LOAD_BATCH)
    for number in range(LOAD_BATCH):
        target = f"button#e{element[number]}"
        yield {
            "event_type": "click",
            "timestamp_ms": number,
            "x": int(x[number]),
            "y": int(y[number]),
            "target": target,
        }


def _head(method: str, path: str, key: str) -> bytes:
    return f"{method} {path} HTTP/1.1\r\nHost: benchmark\r\nX-API-Key: {key}\r\n".encode()


def _posted(path: str, key: str, body: object) -> bytes:
    content = msgspec.json.encode(body)
    return _head("POST", path, key) + (
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content
    )


async def _measured(
    url: str, key: str, until: datetime, seconds: float, still: bool
) -> tuple[dict[str, list[float]], int]:
    loading = None if still else asyncio.create_task(_load(url, key, seconds))
    took = await _asked(url, key, until, seconds)
    return took, 0 if loading is None else await loading


def measured(
    folder: Path, clicks: int, seconds: float, still: bool
) -> tuple[dict[str, list[float]], dict[str, object]]:
    """Seconds by question, and what else there is to say."""
    until = datetime.now(UTC)
    with opened(data=folder) as installation:
        project = _filled(installation, clicks, until)
        _, key = create_key(installation, KEYS, project)
        cells = installation.tables.details("capture_click_cells").rows
    with up(folder, os.sched_getaffinity(0), BUDGET) as service:
        before, began = service.cpu_by_role(), time.perf_counter()
        took, came = uvloop.run(_measured(service.url, key, until, seconds, still))
        cores = service.cores_since(before, time.perf_counter() - began)
        counted = uvloop.run(_counted(service.url, key, DAYS * (clicks // DAYS)))
    return took, {"clicks": counted, "cells": cells, "clicks_in": came, "cores_used": cores}


def main() -> None:
    """Prints and keeps the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few clicks, to see that it works")
    parser.add_argument("--still", action="store_true", help="without clicks that come in meanwhile")
    arguments = parser.parse_args()
    quick, still = arguments.quick, arguments.still
    clicks, seconds = (QUICK_CLICKS, QUICK_SECONDS) if quick else (CLICKS, SECONDS)
    with bench_folder() as folder:
        took, details = measured(folder / f"{clicks}-clicks", clicks, seconds, still)
    every = [one for name, each in took.items() if name != "first" for one in each]
    figures = [
        Figure(f"heatmap over {clicks:,} clicks: p50", percentile(every, 50), "ms"),
        Figure(f"heatmap over {clicks:,} clicks: p95", percentile(every, 95), "ms", MOST_P95_MS, at_most=True),
        Figure("the first question, which reads the cells", percentile(took["first"], 50), "ms"),
        *(Figure(f"{name}: p95", percentile(each, 95), "ms") for name, each in took.items() if name != "first"),
    ]
    finish("heatmap_still" if still else "heatmap", figures, details, quick)


if __name__ == "__main__":
    main()
