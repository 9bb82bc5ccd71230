"""One gateway process on one core takes what clients that others wrote send by a public key; the load on the other.

    python -m benchmarks.clients [--quick] [--only cmcd|segment|repeats|floods]

Players' reports (CMCD) in requests of ten records, batches of twenty items of the Segment protocol, each record and
item another one; then a player that sends one request for ever, a flood with a key that nobody knows, and one beyond a
key's budget. The floor is the server alone, with the same requests. Afterwards the log must hold what was taken, once.
"""

import argparse
import itertools
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import parse_qsl

from benchmarks.backlog import now_us
from benchmarks.client import Outcome, Request, run_load
from benchmarks.clients_traffic import ITEMS, RECORDS, cmcd, segment
from benchmarks.gateway import LOAD_CORES, SERVER_CORES, Miscounted, events_on
from benchmarks.report import Figure, finish, percentile
from benchmarks.service import Service, floor, role
from ingest_gateway.door.protocol import Opened
from ingest_gateway.media.cmcd import CmcdReading
from kinelake.installation import opened
from kinelake.settings import derived
from kinelake.write_keys import create_write_key
from schemas.analytics import STREAM as ANALYTICS
from schemas.media.events import STREAM as MEDIA

ORGANISATION: Final = "benchmark"
CONNECTIONS: Final = 32
LEAST_RECORDS, LEAST_ITEMS, MOST_REPEAT_US = 40_000, 40_000, 40
AMPLE: Final = {
    "KINELAKE_WRITE_KEY_REQUESTS_PER_MINUTE": "100000000",
    "KINELAKE_WRITE_KEY_ITEMS_PER_MINUTE": "100000000",
    "KINELAKE_PORT": "0",
}
SMALL: Final = {**AMPLE, "KINELAKE_WRITE_KEY_ITEMS_PER_MINUTE": "1000"}
UNKNOWN: Final = "kpk_nobodysnobodysnobodysnobodysnobodysnobodys"
Made = Callable[[str, int, int, int], Iterator[Request]]


@dataclass(frozen=True)
class Plan:
    """Seconds of each load, and the most requests a server could answer in a second, to have enough of them ready."""

    seconds: float = 6
    warm_up: float = 1.5
    requests: int = 8_000


QUICK = Plan(seconds=1.5, warm_up=0.5)


class Load(NamedTuple):
    """What came of the loads after the warm-up, the server's CPU-seconds for it, and all answers with the warm-up's."""

    outcome: Outcome
    cpu: float
    answered: int

    @property
    def microseconds(self) -> float:
        """Of the server's core for a request."""
        return round(1e6 * self.cpu / sum(self.outcome.answers.values()), 1)


def most(service: Service, requests: Iterator[Request], plan: Plan, status: int) -> Load:
    """What is answered of requests as fast as answers come; raises Miscounted for any other status."""
    before = run_load(service.url, requests, CONNECTIONS, plan.warm_up)
    cpu = service.cpu()
    outcome = run_load(service.url, requests, CONNECTIONS, plan.seconds)
    cpu = service.cpu() - cpu
    answers = before.answers + outcome.answers
    if set(answers) != {status}:
        raise Miscounted(f"the answers were {dict(answers)}, and should be {status}")
    return Load(outcome, cpu, answers[status])


def taken(name: str, folder: Path, plan: Plan, made: Made, events: int, least: int) -> list[Figure]:
    """Records or items a second, and what the bare server takes of the same requests."""
    status, stream, what = (204, MEDIA, "records") if made is cmcd else (200, ANALYTICS, "items")
    data = folder / name
    key = write_key(data)
    count = int(plan.requests * (plan.seconds + plan.warm_up) * RECORDS / events)
    ready = list(made(key, count, now_us(), 1))
    with floor("bare", folder / f"{name}-bare", SERVER_CORES) as bare:
        bottom = most(bare, itertools.cycle(ready), plan, 202)
    with role(["gateway"], data, SERVER_CORES, AMPLE) as service:
        load = most(service, iter(ready), plan, status)
    each = items_of(ready[0]) if made is cmcd else events
    counted(name, data, stream.name, load.answered * each)
    rate = load.outcome.events[status] / load.outcome.seconds
    title = f"{name} in requests of {events}"
    return [
        Figure(f"{title}, floor", round(bottom.outcome.events[202] / bottom.outcome.seconds), f"{what}/s"),
        Figure(title, round(rate), f"{what}/s", least),
        Figure(f"{title}, per core-second", round(load.outcome.events[status] / load.cpu), what),
        Figure(f"{title}, p99", percentile(load.outcome.latencies, 99), "ms"),
    ]


def items_of(request: Request) -> int:
    """Media events that the records of a request become."""
    head, _, body = request.content.partition(b"\r\n\r\n")
    opened_by_key = Opened(
        key_id="key",
        tenant=ORGANISATION,
        person=None,
        level=2,
        server=False,
        categories={},
        subject_of=str,
        id_of=str,
        query=dict(parse_qsl(head.split()[1].partition(b"?")[2].decode())),
        received_at=now_us(),
    )
    return len(CmcdReading(730)(opened_by_key, body).said)


def write_key(data: Path) -> str:
    """A new one of a new organisation."""
    with opened(data=data) as installation:
        installation.control.organisations.ensure(ORGANISATION)
        return create_write_key(installation, ORGANISATION, 2)[1]


def counted(name: str, data: Path, topic: str, expected: int) -> None:
    """Raises Miscounted where the log holds other than that."""
    held = events_on(str(derived(data)["log_url"]), topic)
    if held != expected:
        raise Miscounted(f"{name}: {expected} items were taken, the log holds {held}")


def repeats(folder: Path, plan: Plan) -> Sequence[Figure]:
    """One request of a player, again and again."""
    data = folder / "repeats"
    (one,) = cmcd(write_key(data), 1, now_us(), 1)
    with role(["gateway"], data, SERVER_CORES, AMPLE) as service:
        load = most(service, itertools.repeat(one), plan, 204)
    return _costs("one request for ever", folder, load, one, plan, MOST_REPEAT_US)


def floods(folder: Path, plan: Plan) -> list[Figure]:
    """Requests with a key that nobody knows, then those of a key beyond its budget of records."""
    strange = list(cmcd(UNKNOWN, 5_000, now_us(), 1))
    with role(["gateway"], folder / "unknown", SERVER_CORES, AMPLE) as service:
        unknown = most(service, itertools.cycle(strange), plan, 204)
    data = folder / "beyond"
    known = list(cmcd(write_key(data), 5_000, now_us(), 2))
    with role(["gateway"], data, SERVER_CORES, SMALL) as service:
        run_load(service.url, iter(known[:200]), CONNECTIONS, plan.seconds)
        beyond = most(service, itertools.cycle(known), plan, 429)
    return [
        *_costs("an unknown key", folder, unknown, strange[0], plan),
        *_costs("beyond a budget", folder, beyond, known[0], plan),
    ]


def _costs(name: str, folder: Path, load: Load, one: Request, plan: Plan, bar: float | None = None) -> Sequence[Figure]:
    with floor("bare", folder / f"{name}, bare", SERVER_CORES) as bare:
        bottom = most(bare, itertools.repeat(one), plan, 202)
    return [
        Figure(f"{name}, floor", bottom.microseconds, "µs of a core a request"),
        Figure(name, load.microseconds, "µs of a core a request", bar, at_most=True),
        Figure(f"{name}, answered", round(sum(load.outcome.answers.values()) / load.outcome.seconds), "requests/s"),
    ]


MEASURED: Final[Mapping[str, Callable[[Path, Plan], Sequence[Figure]]]] = {
    "cmcd": lambda folder, plan: taken("CMCD records", folder, plan, cmcd, RECORDS, LEAST_RECORDS),
    "segment": lambda folder, plan: taken("Segment items", folder, plan, segment, ITEMS, LEAST_ITEMS),
    "repeats": repeats,
    "floods": floods,
}


def main() -> None:
    """All of them; prints and keeps the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="seconds, to see that it works")
    parser.add_argument("--only", choices=MEASURED, action="append", help="of these")
    arguments = parser.parse_args()
    plan = QUICK if arguments.quick else Plan()
    os.sched_setaffinity(0, LOAD_CORES)
    with tempfile.TemporaryDirectory(dir=os.environ.get("KINELAKE_BENCH_FOLDER")) as name:
        names = arguments.only or MEASURED
        figures = [figure for each in names for figure in MEASURED[each](Path(name) / each, plan)]
    finish("clients", figures, {"at": now_us()}, arguments.quick or arguments.only is not None)


if __name__ == "__main__":
    main()
