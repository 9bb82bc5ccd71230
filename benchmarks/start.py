"""`kinelake up` from its start until it says that it is ready, on a folder with 10 M events.

KINELAKE_BENCH_FOLDER=… python -m benchmarks.start [--quick]
"""

import argparse
import os
import statistics
import time
from pathlib import Path

import uvloop

from benchmarks.client import Answer, Connection
from benchmarks.made import bench_folder, environment, made
from benchmarks.query import LARGE, QUICK_LARGE
from benchmarks.report import Figure, finish
from benchmarks.requests import get_request
from benchmarks.service import Service, up

TIMES = 5
MOST_SECONDS = 4
QUESTION = "/v1/media/sessions/stats?period=7d"


class NotReady(Exception):
    """It said that it was ready, and did not answer."""


async def _answer(service: Service, data: Path) -> Answer:
    connection = await Connection.to(service.url)
    answer = await connection.ask(get_request(data / "secrets", QUESTION))
    connection.close()
    return answer


def started(data: Path, folder: Path) -> tuple[float, float]:
    """Seconds until it is ready, and until the first statistics are answered."""
    began = time.perf_counter()
    with up(data, os.sched_getaffinity(0), environment(folder)) as service:
        ready = time.perf_counter() - began
        answer = uvloop.run(_answer(service, data))
        answered = time.perf_counter() - began
    if answer.status != 200:
        raise NotReady(f"{QUESTION}: {answer.status} {answer.body.decode()}")
    return ready, answered


def main() -> None:
    """Starts it some times; prints and keeps the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a small folder, to see that it works")
    arguments = parser.parse_args()
    events = QUICK_LARGE if arguments.quick else LARGE
    with bench_folder() as folder:
        data = made(events, folder)
        runs = [started(data, folder) for _ in range(2 if arguments.quick else TIMES)]
    ready = [round(run[0], 2) for run in runs]
    figures = [
        Figure(f"ready, {events:,} events, median", statistics.median(ready), "s"),
        Figure(f"ready, {events:,} events, slowest", max(ready), "s", MOST_SECONDS, at_most=True),
        Figure("first statistics answered, slowest", round(max(run[1] for run in runs), 2), "s"),
    ]
    finish("start", figures, {"ready_seconds": ready}, arguments.quick)


if __name__ == "__main__":
    main()
