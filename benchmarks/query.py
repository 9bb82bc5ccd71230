"""Both statistics routes of the contract over HTTP with 1 M and 10 M events in the tables and 1,000 events/s coming in.

    KINELAKE_BENCH_FOLDER=… python -m benchmarks.query [--quick]

The tables are made through the real log, flow, settling and compaction (benchmarks.made). `kinelake up` runs on both
cores, with the load and the questions beside it. One question at a time, of every grouping and every status in turn.
"""

import argparse
import asyncio
import itertools
import os
import statistics
import time
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import uvloop

from benchmarks.backlog import now_us
from benchmarks.client import Connection, Outcome, load
from benchmarks.made import bench_folder, environment, made
from benchmarks.report import Figure, finish, percentile
from benchmarks.requests import client_requests, get_request
from benchmarks.service import Service, up
from schemas.media.dimensions import SESSION_DIMENSIONS
from sinks.media.status import STATUSES

SMALL, LARGE = 1_000_000, 10_000_000
QUICK_SMALL, QUICK_LARGE = 20_000, 100_000
RATE = 1_000
BATCH = 10
CONNECTIONS = 16
WARM_UP_SECONDS = 10
PAUSE_SECONDS = 0.05
MOST_P95_MS, MOST_RATIO = 20, 1.5
ROUTES: Mapping[str, tuple[str, ...]] = {
    "bandwidth/stats": tuple(f"period=7d&group_by={name}" for name in SESSION_DIMENSIONS),
    "sessions/stats": ("period=7d", *(f"period=7d&status={name}" for name in STATUSES)),
}

Seconds = dict[str, list[float]]
"""Path with its query → how long each answer took."""


class NoAnswer(Exception):
    """A question was not answered 200."""


async def _asked(service: Service, secrets: Path, seconds: float) -> Seconds:
    paths = [f"/v1/media/{route}?{query}" for route, queries in ROUTES.items() for query in queries]
    requests = {path: get_request(secrets, path) for path in paths}
    took: Seconds = defaultdict(list)
    connection = await Connection.to(service.url)
    end = time.perf_counter() + seconds
    for path, request in itertools.cycle(requests.items()):
        began = time.perf_counter()
        if began >= end:
            break
        answer = await connection.ask(request)
        took[path].append(time.perf_counter() - began)
        if answer.status != 200:
            raise NoAnswer(f"{path}: {answer.status} {answer.body.decode()}")
        await asyncio.sleep(PAUSE_SECONDS)
    connection.close()
    return took


async def _under_load(service: Service, data: Path, seconds: float) -> tuple[Seconds, Outcome]:
    lasting = seconds + WARM_UP_SECONDS
    # a seed of its own for every run: the folder keeps the events of those before
    requests = client_requests(data / "secrets", int(RATE * lasting), BATCH, now_us(), seed=now_us() // 1_000_000)
    loading = asyncio.create_task(load(service.url, iter(requests), CONNECTIONS, lasting, RATE / BATCH))
    await asyncio.sleep(WARM_UP_SECONDS)
    took = await _asked(service, data / "secrets", seconds)
    return took, await loading


def measured(events: int, folder: Path, seconds: float) -> tuple[Mapping[str, list[float]], dict[str, object]]:
    """Seconds by route, and what else there is to say."""
    data = made(events, folder)
    with up(data, os.sched_getaffinity(0), environment(folder)) as service:
        before, began = service.cpu_by_role(), time.perf_counter()
        took, outcome = uvloop.run(_under_load(service, data, seconds))
        cores = service.cores_since(before, time.perf_counter() - began)
    by_route = {route: [one for path, each in took.items() if f"/{route}?" in path for one in each] for route in ROUTES}
    medians = {path: round(statistics.median(each) * 1000, 1) for path, each in took.items()}
    load_kept = round(outcome.events_per_second)
    return by_route, {"events": events, "events_per_second_in": load_kept, "cores_used": cores, "median_ms": medians}


def main() -> None:
    """The small tables, the large ones, and how their medians compare; prints and keeps the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small tables, to see that it works")
    arguments = parser.parse_args()
    sizes = (QUICK_SMALL, QUICK_LARGE) if arguments.quick else (SMALL, LARGE)
    figures: list[Figure] = []
    details: dict[str, object] = {}
    found = {}
    with bench_folder() as folder:
        for events in sizes:
            found[events], details[f"{events} events"] = measured(events, folder, 5 if arguments.quick else 60)
            figures += _of_size(events, found[events])
    for route in ROUTES:
        small, large = (statistics.median(found[events][route]) for events in sizes)
        name = f"{route}: median of the larger over that of the smaller"
        figures.append(Figure(name, round(large / small, 2), "", MOST_RATIO, at_most=True))
    finish("query", figures, details, arguments.quick)


def _of_size(events: int, by_route: Mapping[str, list[float]]) -> list[Figure]:
    """Percentiles by route."""
    return [
        Figure(
            f"{route}, {events:,} events: p{percent}",
            percentile(seconds, percent),
            "ms",
            MOST_P95_MS if percent == 95 else None,
            at_most=True,
        )
        for route, seconds in by_route.items()
        for percent in (50, 95)
    ]


if __name__ == "__main__":
    main()
