"""A second of pose frames in one post: the most that one gateway process on one core takes, latencies at half of that.

    python -m benchmarks.pose_latency [--quick] [--log embedded|kafka]

As `benchmarks.gateway` does it, with its floor: the same posts to a route that reads the body and answers.
"""

import argparse
import os
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

from benchmarks.backlog import MEASURED
from benchmarks.client import Request
from benchmarks.gateway import LOAD_CORES, SERVER_CORES, Measured, Plan, counted, kafka
from benchmarks.report import Figure, finish
from benchmarks.requests import HOUR_US, PERSONS, heads
from benchmarks.service import floor, role
from kinelake.example import traffic
from kinelake.example.pose.film import FRAMES_PER_SECOND
from kinelake.example.pose.traffic import PoseTraffic
from kinelake.settings import derived
from schemas.pose import STREAM

WHAT: Final = f"a second of {FRAMES_PER_SECOND} frames"
MOST_P99_MS: Final = 15
POSTS: Final = 400
"""More than one core answers in a second."""

PLAN: Final = Plan(batches=POSTS)
QUICK: Final = Plan(seconds=2, warm_up=0.5, batches=POSTS)


def seconds_of(path: str, secrets: Path, frames: int, each: int, end_us: int, seed: int) -> list[Request]:
    """Posts of whole seconds, which have `each` frames: other sessions for another seed."""
    # a session's last second may be a shorter one
    plan = traffic.Plan(seed, 2 * frames, end_us - HOUR_US, HOUR_US, PERSONS)
    head = heads(secrets, path)
    whole = (one for one in PoseTraffic(plan).client_events() if one.body.count(b'"frame_number"') == each)
    chosen = islice(whole, frames // each)
    return [Request(head(one.person, len(one.body)) + one.body, each) for one in chosen]


def measured(name: str, log_url: str, data: Path, plan: Plan) -> Measured:
    """The gateway over one log. Raises Miscounted."""
    environment = {"KINELAKE_LOG_URL": log_url, "KINELAKE_PORT": "0"}
    with role(["gateway"], data, SERVER_CORES, environment) as service:
        found = Measured(name, service, data, plan, partial(seconds_of, STREAM.route_path))
        most = found.fastest(WHAT, FRAMES_PER_SECOND, None)
        found.at_half(WHAT, FRAMES_PER_SECOND, most, MOST_P99_MS)
    return counted(found, name, log_url, STREAM.name)


def floored(data: Path, plan: Plan) -> list[Figure]:
    """The same posts to the floor's one route."""
    with floor("route", data, SERVER_CORES) as service:
        found = Measured("floor (route)", service, data, plan, partial(seconds_of, MEASURED.stream.route_path))
        found.fastest(WHAT, FRAMES_PER_SECOND, None)
    return found.figures


def main() -> None:
    """The floor, then the gateway over each log; prints and keeps the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="seconds, to see that it works")
    parser.add_argument("--log", choices=("embedded", "kafka"), action="append", help="only this log")
    arguments = parser.parse_args()
    plan = QUICK if arguments.quick else PLAN
    os.sched_setaffinity(0, LOAD_CORES)
    with tempfile.TemporaryDirectory(dir=os.environ.get("KINELAKE_BENCH_FOLDER")) as name:
        floors = floored(Path(name) / "floor", plan)
        found = list(_over(Path(name), plan, arguments.log or ("embedded", "kafka")))
    figures = floors + [figure for one in found for figure in one.figures]
    details = {what: said for one in found for what, said in one.details.items()}
    finish("pose_latency", figures, details, arguments.quick)


def _over(folder: Path, plan: Plan, logs: Sequence[str]) -> Iterator[Measured]:
    if "embedded" in logs:
        data = folder / "embedded"
        yield measured("embedded log", str(derived(data)["log_url"]), data, plan)
    if "kafka" in logs:
        with kafka(folder / "broker") as url:
            yield measured("Kafka", url, folder / "kafka", plan)


if __name__ == "__main__":
    main()
