"""What `kinelake up` costs while 1,000 media events/s trickle in, by role: everything on two cores.

    python -m benchmarks.steady [--quick]

Once in the requests that `kinelake example` sends, once in single posts, each on a new data folder. The floor is the
same service just before, at rest. The share of a role is that of its process and of all that it started.
"""

import argparse
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from benchmarks.backlog import TOPIC, now_us
from benchmarks.client import run_load
from benchmarks.made import bench_folder, environment
from benchmarks.report import Figure, finish
from benchmarks.requests import client_requests
from benchmarks.service import Service, process, up

RATE = 1_000
CONNECTIONS = 32
SETTLE_SECONDS = 10
REST_SECONDS, QUICK_REST_SECONDS = 20, 5
WARM_UP_SECONDS, QUICK_WARM_UP_SECONDS = 15, 5
SECONDS, QUICK_SECONDS = 60, 10
MOST_OF_FLOWS = 0.30


class TooSlow(Exception):
    """The load did not come at the rate that is measured."""


@dataclass(frozen=True)
class Trickle:
    """A way of sending: its name, what the whole service may take of a core, and what sends so many seconds.

    `sent` returns the accepted events/s.
    """

    name: str
    most: float
    sent: Callable[[Service, Path, int], float]


def example(service: Service, data: Path, seconds: int) -> float:
    """`kinelake example`, which sends what a person does within its tick in one request."""
    asked = [
        "--stream",
        TOPIC,
        "--rate",
        str(RATE),
        "--seconds",
        str(seconds),
        "--url",
        service.url,
        "--data",
        str(data),
    ]
    with process(["kinelake", "example", *asked, "--json"], os.sched_getaffinity(0), {}) as started:
        told, _ = started.communicate()
    return float(msgspec.json.decode(told)["accepted"]) / seconds


def singles(service: Service, data: Path, seconds: int) -> float:
    """Each event in a request of its own."""
    requests = client_requests(data / "secrets", RATE * seconds, 1, now_us(), seed=1)
    return run_load(service.url, iter(requests), CONNECTIONS, seconds, RATE).events_per_second


TRICKLES = (Trickle("in the example's requests", 0.55, example), Trickle("in single posts", 0.75, singles))


@contextmanager
def coming(trickle: Trickle, service: Service, data: Path, seconds: int) -> Iterator[None]:
    """The load, from now on and beside the block. Raises TooSlow."""
    rate: list[float] = []
    thread = threading.Thread(target=lambda: rate.append(trickle.sent(service, data, seconds)))
    thread.start()
    yield
    thread.join()
    if not rate or rate[0] < 0.95 * RATE:
        raise TooSlow(f"{trickle.name}: {rate} events/s, not {RATE}")


def cores(service: Service, seconds: float) -> Mapping[str, float]:
    """How many of them each role takes in the next seconds."""
    before, began = service.cpu_by_role(), time.perf_counter()
    time.sleep(seconds)
    return service.cores_since(before, time.perf_counter() - began)


def measured(folder: Path, trickle: Trickle, quick: bool) -> tuple[list[Figure], dict[str, object]]:
    """One run on a new data folder."""
    rest, warm_up, seconds = (
        (QUICK_REST_SECONDS, QUICK_WARM_UP_SECONDS, QUICK_SECONDS)
        if quick
        else (REST_SECONDS, WARM_UP_SECONDS, SECONDS)
    )
    data = folder / f"steady-{os.getpid()}-{trickle.sent.__name__}"
    with up(data, os.sched_getaffinity(0), environment(folder)) as service:
        time.sleep(SETTLE_SECONDS)
        resting = cores(service, rest)
        with coming(trickle, service, data, warm_up + seconds + 2):
            time.sleep(warm_up)
            used = cores(service, seconds)
    name = f"{RATE:,} events/s {trickle.name}"
    figures = [
        Figure(f"{name}: flows", used["flows"], "cores", MOST_OF_FLOWS, at_most=True),
        Figure(f"{name}: web", used["web"], "cores"),
        Figure(f"{name}: worker", used["worker"], "cores"),
        Figure(f"{name}: all of `up`", round(sum(used.values()), 2), "cores", trickle.most, at_most=True),
        Figure(f"floor, {trickle.name}: at rest, all of `up`", round(sum(resting.values()), 2), "cores"),
    ]
    return figures, {name: {"used": used, "at rest": resting}}


def main() -> None:
    """Each way of sending; prints and keeps the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="seconds, to see that it works")
    arguments = parser.parse_args()
    figures: list[Figure] = []
    details: dict[str, object] = {}
    with bench_folder() as folder:
        for trickle in TRICKLES:
            found, noted = measured(folder, trickle, arguments.quick)
            figures += found
            details |= noted
    finish("steady", figures, details, arguments.quick)


if __name__ == "__main__":
    main()
