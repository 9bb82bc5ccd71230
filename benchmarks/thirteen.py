"""`kinelake up` with thirteen streams: its processes, its memory and what it costs while nothing happens.

Twelve of them are made of those that docs/adding-a-flow.md declares, in a copy of the project.

KINELAKE_BENCH_FOLDER=… python -m benchmarks.thirteen [--quick] [--events N]
"""

import argparse
import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import psutil

from benchmarks.made import bench_folder, environment, made
from benchmarks.report import Figure, finish
from benchmarks.service import Service, up
from tests.kit.copies import of_copy
from tests.kit.thirteen import thirteen_streams

EVENTS = 10_000_000
MOST_MEBIBYTES = 700
MOST_PERCENT = 6
MOST_SECONDS = 5
SETTLE_SECONDS, QUICK_SETTLE_SECONDS = 60, 10
REST_SECONDS, QUICK_REST_SECONDS = 120, 10


def processes(service: Service) -> list[psutil.Process]:
    """The service's and all that it started."""
    top = psutil.Process(service.process.pid)
    return [top, *top.children(recursive=True)]


def roles(service: Service) -> int:
    """Processes that the supervisor keeps; a job's own, which end with it, are theirs."""
    return len(psutil.Process(service.process.pid).children())


def cpu_seconds(service: Service) -> dict[str, float]:
    """So far by role, with what processes took that have ended meanwhile."""
    return {_role(process): sum(process.cpu_times()[:4]) for process in processes(service)}


def mebibytes(service: Service) -> dict[str, float]:
    """Anonymous memory by role."""
    return {_role(process): _anonymous(process.pid) / 1024 for process in processes(service)}


def _anonymous(process: int) -> int:
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines())
    return int(fields["RssAnon"].split()[0])


def _role(process: psutil.Process) -> str:
    """The word behind `kinelake`."""
    words = process.cmdline()
    return words[words.index("kinelake") + 1] if "kinelake" in words else " ".join(words[:3])


def at_rest(service: Service, seconds: float) -> Mapping[str, float]:
    """Per cent of one core by role."""
    before, began = cpu_seconds(service), time.perf_counter()
    time.sleep(seconds)
    after, took = cpu_seconds(service), time.perf_counter() - began
    return {role: round(100 * (cpu - before.get(role, 0)) / took, 2) for role, cpu in after.items()}


def main() -> None:
    """Starts it once; prints and keeps the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="an empty folder and less rest, to see that it works")
    parser.add_argument("--events", type=int, default=EVENTS, help="how many the folder has")
    arguments = parser.parse_args()
    events = 0 if arguments.quick else arguments.events
    settle, rest = (QUICK_SETTLE_SECONDS, QUICK_REST_SECONDS) if arguments.quick else (SETTLE_SECONDS, REST_SECONDS)
    with bench_folder() as folder, tempfile.TemporaryDirectory() as project:
        data = made(events, folder) if events else Path(project) / "data"
        variables = {**environment(folder), **of_copy(thirteen_streams(Path(project) / "copy"))}
        first = _started(data, variables)
        began = time.perf_counter()
        with up(data, os.sched_getaffinity(0), variables) as service:
            ready = time.perf_counter() - began
            time.sleep(settle)
            cpu, memory, count = at_rest(service, rest), mebibytes(service), roles(service)
    figures = [
        Figure("processes beside the supervisor", count, "", 3, at_most=True),
        Figure("anonymous memory at rest", round(sum(memory.values())), "MiB", MOST_MEBIBYTES, at_most=True),
        Figure("one core at rest", round(sum(cpu.values()), 1), "%", MOST_PERCENT, at_most=True),
        Figure(f"ready, {events:,} events", round(ready, 2), "s", MOST_SECONDS, at_most=True),
        Figure("ready the first time, tables to be made", round(first, 2), "s"),
    ]
    details = {"percent": cpu, "mebibytes": {role: round(found, 1) for role, found in memory.items()}}
    finish("thirteen", figures, details, arguments.quick)


def _started(data: Path, variables: Mapping[str, str]) -> float:
    """Seconds until it is ready."""
    began = time.perf_counter()
    with up(data, os.sched_getaffinity(0), variables):
        return time.perf_counter() - began


if __name__ == "__main__":
    main()
