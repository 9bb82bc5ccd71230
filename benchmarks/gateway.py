"""One gateway process on one core, JWT and consent on, over the embedded log and over Kafka; the load on the other.

    python -m benchmarks.gateway [--quick] [--log embedded|kafka]

Every request is another event of the example traffic, valid and with an id of its own. The floor answers the same
requests with nothing behind the frame. Afterwards the log must hold exactly what was answered 202.
"""

import argparse
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from benchmarks.backlog import TOPIC, now_us
from benchmarks.client import Outcome, Request, run_load
from benchmarks.report import Figure, finish, percentile
from benchmarks.requests import client_requests
from benchmarks.service import Service, floor, role
from event_log import LogOptions, open_admin, open_reader
from kinelake.settings import derived
from schemas.shared.message import items_in

SERVER_CORES, LOAD_CORES = {0}, {1}
CONNECTIONS = 64
BATCH_CONNECTIONS = 16
BATCH = 100
MOST_READ, READ_SECONDS = 10_000, 5.0
LEAST_SINGLES, LEAST_BATCHED, MOST_P99_MS = 6_000, 120_000, 10


@dataclass(frozen=True)
class Plan:
    """Seconds of each load, and the most requests a server could answer in a second, to have enough of them ready."""

    seconds: float = 10
    warm_up: float = 2
    singles: int = 9_000
    batches: int = 1_200


QUICK = Plan(seconds=2, warm_up=0.5)


Made: TypeAlias = Callable[[Path, int, int, int, int], list[Request]]
"""Makes requests: the folder of secrets, how many events, how many in each, when they end (µs), the seed."""


class Miscounted(Exception):
    """The log does not hold what was answered 202."""


class Measured:
    """Loads against one server, each with events that no other load sends."""

    def __init__(self, name: str, service: Service, data: Path, plan: Plan, made: Made = client_requests) -> None:
        self.accepted = 0
        self.figures: list[Figure] = []
        self.details: dict[str, Any] = {}
        self._name = name
        self._service = service
        self._data = data
        self._plan = plan
        self._made = made
        self._seed = 0

    def fastest(self, what: str, batch: int, bar: float | None) -> float:
        """Requests per second answered as fast as they come."""
        connections = CONNECTIONS if batch == 1 else BATCH_CONNECTIONS
        self._load(batch, connections, self._plan.warm_up, None)
        cpu = self._service.cpu()
        outcome = self._load(batch, connections, self._plan.seconds, None)
        cpu = self._service.cpu() - cpu
        self._figure(f"{what}, most", round(outcome.events_per_second), "events/s", bar)
        self._figure(f"{what}, per core-second of the server", round(outcome.events[202] / cpu), "events", None)
        self._note(f"{what}, most", outcome)
        return outcome.events_per_second / batch

    def at_half(self, what: str, batch: int, fastest: float, bar: float | None) -> None:
        """Latencies at half of that rate, counted from when each request was due."""
        outcome = self._load(batch, CONNECTIONS, self._plan.seconds, fastest / 2)
        for percent in (50, 99):
            latency = percentile(outcome.latencies, percent)
            self._figure(f"{what}, p{percent} at half", latency, "ms", bar if percent == 99 else None, at_most=True)
        self._note(f"{what}, at half", outcome)

    def _load(self, batch: int, connections: int, seconds: float, rate: float | None) -> Outcome:
        most = rate or (self._plan.singles if batch == 1 else self._plan.batches)
        self._seed += 1
        events = int(most * seconds * batch) + batch
        requests = self._made(self._data / "secrets", events, batch, now_us(), self._seed)
        outcome = run_load(self._service.url, iter(requests), connections, seconds, rate)
        self.accepted += outcome.events[202]
        return outcome

    def _figure(self, what: str, value: float, unit: str, bar: float | None, at_most: bool = False) -> None:
        self.figures.append(Figure(f"{self._name}: {what}", value, unit, bar, at_most))

    def _note(self, what: str, outcome: Outcome) -> None:
        """Whether the load kept up, and what was not answered 202."""
        busy = round(outcome.client_cpu / outcome.seconds, 2)
        self.details[f"{self._name}: {what}"] = {"client_core_share": busy, "answers": dict(outcome.answers)}


def floors(folder: Path, plan: Plan) -> Measured:
    """The server alone, then the frame with authentication."""
    found = []
    for kind in ("bare", "route"):
        data = folder / kind
        with floor(kind, data, SERVER_CORES) as service:
            measured = Measured(f"floor ({kind})", service, data, plan)
            measured.at_half("singles", 1, measured.fastest("singles", 1, None), None)
            measured.fastest(f"batches of {BATCH}", BATCH, None)
            found.append(measured)
    found[0].figures += found[1].figures
    found[0].details |= found[1].details
    return found[0]


def gateway(name: str, log_url: str, data: Path, plan: Plan) -> Measured:
    """The gateway over one log. Raises Miscounted."""
    environment = {"KINELAKE_LOG_URL": log_url, "KINELAKE_PORT": "0"}
    with role(["gateway"], data, SERVER_CORES, environment) as service:
        measured = Measured(name, service, data, plan)
        measured.at_half("singles", 1, measured.fastest("singles", 1, LEAST_SINGLES), MOST_P99_MS)
        measured.at_half(
            f"batches of {BATCH}", BATCH, measured.fastest(f"batches of {BATCH}", BATCH, LEAST_BATCHED), None
        )
    return counted(measured, name, log_url, TOPIC)


def counted(measured: Measured, name: str, log_url: str, topic: str) -> Measured:
    """What was measured, once the log holds what was answered 202. Raises Miscounted."""
    measured.details[f"{name}: on the log = answered 202"] = counted_items(name, log_url, topic, measured.accepted)
    return measured


def counted_items(name: str, log_url: str, topic: str, accepted: int) -> int:
    """The items on the log. Raises Miscounted where they are not as many as were accepted."""
    held = events_on(log_url, topic)
    if held != accepted:
        raise Miscounted(f"{name}: {accepted} events were accepted, the log holds {held}")
    return held


def events_on(log_url: str, topic: str) -> int:
    """The items of all messages of a topic."""
    options = LogOptions(log_url=log_url)
    ends = open_admin(log_url, options).end_offsets(topic)
    waiting, held = sum(ends.values()), 0
    with closing(open_reader(log_url, topic, dict.fromkeys(ends, 0), options)) as reader:
        while waiting > 0 and (values := reader.poll(MOST_READ, READ_SECONDS).values):
            waiting -= len(values)
            held += sum(map(items_in, values))
    return held


@contextmanager
def kafka(folder: Path) -> Iterator[str]:
    """A broker on the load's core, and the log's URL."""
    from tests.servers.kafka import Kafka

    folder.mkdir()
    broker = Kafka(folder, heap=1024, flags=())
    broker.start()
    try:
        yield broker.url
    finally:
        broker.stop()


def main() -> None:
    """Floors, then each log; prints and keeps the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="seconds, to see that it works")
    parser.add_argument("--log", choices=("embedded", "kafka"), action="append", help="only this log")
    arguments = parser.parse_args()
    plan = QUICK if arguments.quick else Plan()
    os.sched_setaffinity(0, LOAD_CORES)
    with tempfile.TemporaryDirectory(dir=os.environ.get("KINELAKE_BENCH_FOLDER")) as name:
        measured = list(_measured(Path(name), plan, arguments.log or ("embedded", "kafka")))
    figures = [figure for one in measured for figure in one.figures]
    details = {what: found for one in measured for what, found in one.details.items()}
    finish("gateway", figures, details, arguments.quick)


def _measured(folder: Path, plan: Plan, logs: Sequence[str]) -> Iterator[Measured]:
    yield floors(folder, plan)
    if "embedded" in logs:
        data = folder / "embedded"
        yield gateway("embedded log", str(derived(data)["log_url"]), data, plan)
    if "kafka" in logs:
        with kafka(folder / "broker") as url:
            yield gateway("Kafka", url, folder / "kafka", plan)


if __name__ == "__main__":
    main()
