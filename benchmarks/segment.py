"""One gateway process on one core, embedded log: batches of 20 items of the Segment protocol by a public write key.

    python -m benchmarks.segment [--quick]

Items look like those that `@segment/analytics-next` and a server's SDK send, each is another one; a page's batch is of
one visitor, a server's of twenty. The load is on the other core; the floor reads the same requests and answers. At the
end the log holds the items of what was answered, once.
"""

import argparse
import base64
import os
import tempfile
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from typing import Any, Final

import msgspec

from benchmarks.backlog import now_us
from benchmarks.client import Outcome, Request, run_load
from benchmarks.cmcd import NO_BUDGETS
from benchmarks.gateway import BATCH_CONNECTIONS, LOAD_CORES, QUICK, SERVER_CORES, Plan, events_on
from benchmarks.report import Figure, finish
from benchmarks.service import Service, floor, role
from kinelake.installation import opened
from kinelake.settings import derived
from kinelake.write_keys import create_write_key
from schemas.analytics import STREAM
from schemas.shared.times import moment

ITEMS: Final = 20
VISITORS: Final = 5_000
LEAST_ITEMS: Final = 40_000
AGENT: Final = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
URL: Final = "https://app.example.org/library"
PAGE: Final = {"path": "/library", "referrer": "", "search": "", "title": "Library", "url": URL}
OF_PAGE: Final = {
    "page": PAGE,
    "userAgent": AGENT,
    "userAgentData": {"brands": [{"brand": "Chromium", "version": "140"}], "mobile": False, "platform": "Linux"},
    "locale": "en-US",
    "library": {"name": "analytics.js", "version": "next-1.84.3"},
    "timezone": "UTC",
}
OF_SERVER: Final = {"library": {"name": "@segment/analytics-node", "version": "3.1.0"}}


def requests(key: str, first: int) -> Iterator[Request]:
    """Batches of pages and of servers in turn, without end; `first` is the number of the first request of a load."""
    shown = base64.b64encode(f"{key}:".encode()).decode()
    head = f"POST /v1/b HTTP/1.1\r\nHost: benchmark\r\nAuthorization: Basic {shown}\r\nContent-Length: "
    at = moment(now_us() // 1_000_000 * 1_000_000).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    for number in count(first):
        body = msgspec.json.encode({"batch": [_item(number, place, at) for place in range(ITEMS)], "sentAt": at})
        yield Request(f"{head}{len(body)}\r\n\r\n".encode() + body, ITEMS)


def _item(number: int, place: int, at: str) -> dict[str, Any]:
    of_page = number % 2 == 0
    visitor = (number if of_page else number + place) % VISITORS
    usual: dict[str, Any] = {
        "timestamp": at,
        "integrations": {},
        "messageId": f"ajs-next-{number}-{place}-be3ca2c8-1d72-4ffe-9743-127703e15552",
        "userId": f"user-{visitor}",
        "anonymousId": f"3ca2c81d-721f-4ed7-8312-{visitor:012d}",
        "context": OF_PAGE if of_page else OF_SERVER,
        "_metadata": {"bundled": ["Segment.io"], "unbundled": [], "bundledIds": []},
    }
    if of_page and place % 5 == 0:
        return {**usual, "type": "page", "name": "Library", "properties": {**PAGE, "section": "neck"}}
    return {**usual, "type": "track", "event": "Plan Opened", "properties": {"plan": f"p-{place}", "price": 12.5}}


def fastest(service: Service, key: str, plan: Plan, first: int) -> tuple[Outcome, float, int]:
    """As fast as they are answered; the server's CPU-seconds meanwhile, and how many items were answered 2xx in all."""
    before = _load(service, islice(requests(key, first), int(plan.warm_up * plan.batches * 5)), plan.warm_up)
    ready = list(islice(requests(key, first + 10**9), int(plan.seconds * plan.batches * 5)))
    cpu = service.cpu()
    outcome = _load(service, iter(ready), plan.seconds)
    return outcome, service.cpu() - cpu, before.good + outcome.good


def _load(service: Service, sent: Iterator[Request], seconds: float) -> Outcome:
    return run_load(service.url, sent, BATCH_CONNECTIONS, seconds)


def floors(folder: Path, plan: Plan) -> Figure:
    """The server alone."""
    with floor("bare", folder / "bare", SERVER_CORES) as service:
        outcome, _, _ = fastest(service, "kpk_nobody", plan, 0)
    return Figure("floor (bare), most", round(outcome.good / outcome.seconds), "items/s")


def gateway(folder: Path, plan: Plan) -> list[Figure]:
    """The gateway; the log must hold what it answered."""
    data = folder / "embedded"
    with opened(data=data) as installation:
        installation.control.organisations.ensure("benchmark")
        key = create_write_key(installation, "benchmark", 2)[1]
    with role(["gateway"], data, SERVER_CORES, NO_BUDGETS) as service:
        outcome, cpu, answered = fastest(service, key, plan, 0)
    held = events_on(str(derived(data)["log_url"]), STREAM.name)
    assert held >= answered, f"{answered} items were answered for, the log holds {held}"
    return [
        Figure("batches of 20 items, most", round(outcome.good / outcome.seconds), "items/s", LEAST_ITEMS),
        Figure("batches of 20 items, per core-second of the server", round(outcome.good / cpu), "items"),
        Figure("items on the log for an item answered for", round(held / answered, 4), ""),
    ]


def main() -> None:
    """Prints and keeps the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="seconds, to see that it works")
    quick = parser.parse_args().quick
    plan = QUICK if quick else Plan()
    os.sched_setaffinity(0, LOAD_CORES)
    with tempfile.TemporaryDirectory(dir=os.environ.get("KINELAKE_BENCH_FOLDER")) as name:
        figures = [floors(Path(name), plan), *gateway(Path(name), plan)]
    finish("segment", figures, {}, quick)


if __name__ == "__main__":
    main()
