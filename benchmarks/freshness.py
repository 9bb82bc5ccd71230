"""From the 202 of an event until a statistics answer counts it, while 2,000 events/s come in: everything on two cores.

    python -m benchmarks.freshness [--quick] [--batch N]

A probe is the first event of a new session of an organisation of its own, so `total_sessions` counts probes alone; it
is asked for every 20 ms at most. The load is realistic sessions, in requests of one event and of twenty.
"""

import argparse
import asyncio
import itertools
import os
import random
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import uvloop

from benchmarks.backlog import now_us
from benchmarks.client import Connection, Outcome, load
from benchmarks.made import bench_folder, environment
from benchmarks.report import Figure, finish, percentile
from benchmarks.requests import LASTS, client_requests, get_request, post_request
from benchmarks.service import Service, up
from schemas.media.events import STREAM
from schemas.shared.times import text
from web.development import issue_development_token

RATE = 2_000
MOST_P95_MS = {1: 900, 20: 600}
"""By events in a request."""
CONNECTIONS = 32
POLL_SECONDS = 0.02
LOST_SECONDS = 30
WARM_UP_SECONDS = 5
ORGANISATION = "benchmark-probes"
QUESTION = "/v1/media/sessions/stats?period=1h"


class NotVisible(Exception):
    """An accepted probe did not show for half a minute, or a question failed."""


@dataclass
class Probes:
    """Sends one probe after the other and notes how long each takes to show."""

    service: Service
    secrets: Path
    seen_after: list[float] = field(default_factory=list)

    async def run(self, seconds: float) -> None:
        """Probes at random moments, so that they fall anywhere between two commits."""
        post, get = await Connection.to(self.service.url), await Connection.to(self.service.url)
        question = get_request(self.secrets, QUESTION, ORGANISATION)
        end = time.perf_counter() + seconds
        for count in itertools.count(1):
            if time.perf_counter() >= end:
                break
            await asyncio.sleep(random.uniform(0.05, 0.5))
            await self._post(post)
            self.seen_after.append(await _until_counted(get, question, count))
        post.close()
        get.close()

    async def _post(self, connection: Connection) -> None:
        token = issue_development_token(self.secrets, "probe", ORGANISATION, "user", 2, LASTS)
        answer = await connection.ask(post_request(token, _probe(), "192.0.2.1", "ExamplePlayer/1.0"))
        if answer.status != 202:
            raise NotVisible(f"a probe got {answer.status}: {answer.body.decode()}")


async def _until_counted(connection: Connection, question: bytes, count: int) -> float:
    """Seconds until the answer counts that many sessions."""
    began = time.perf_counter()
    while (passed := time.perf_counter() - began) < LOST_SECONDS:
        answer = await connection.ask(question)
        if answer.status != 200:
            raise NotVisible(f"the question got {answer.status}: {answer.body.decode()}")
        if msgspec.json.decode(answer.body)["total_sessions"] >= count:
            return time.perf_counter() - began
        await asyncio.sleep(max(0.0, POLL_SECONDS - (time.perf_counter() - began - passed)))
    raise NotVisible(f"probe {count} was accepted and is not counted after {LOST_SECONDS} s")


def _probe() -> bytes:
    """The contract's example, of a new session, happening now."""
    event = {**STREAM.example, "session_id": str(uuid.uuid4()), "timestamp": text(now_us())}
    return msgspec.json.encode(event)


async def under_load(
    service: Service, data: Path, batch: int, seconds: float, rate: int = RATE
) -> tuple[Probes, Outcome]:
    """Probes for so many seconds, beside `rate` events/s in requests of `batch`."""
    lasting = seconds + WARM_UP_SECONDS
    requests = client_requests(data / "secrets", int(rate * lasting), batch, now_us(), seed=batch)
    probes = Probes(service, data / "secrets")
    loading = asyncio.create_task(load(service.url, iter(requests), CONNECTIONS, lasting, rate / batch))
    await asyncio.sleep(WARM_UP_SECONDS)
    await probes.run(seconds)
    return probes, await loading


def measured(folder: Path, batch: int, seconds: float) -> tuple[list[Figure], dict[str, object]]:
    """One run on a new data folder."""
    data = folder / f"freshness-{os.getpid()}-{batch}"
    with up(data, os.sched_getaffinity(0), environment(folder)) as service:
        before, began = service.cpu_by_role(), time.perf_counter()
        probes, outcome = uvloop.run(under_load(service, data, batch, seconds))
        shares = service.cores_since(before, time.perf_counter() - began)
    name = f"{RATE:,} events/s in requests of {batch}"
    figures = [
        Figure(f"{name}: p50", percentile(probes.seen_after, 50), "ms"),
        Figure(f"{name}: p95", percentile(probes.seen_after, 95), "ms", MOST_P95_MS.get(batch), at_most=True),
        Figure(f"{name}: 202s", round(outcome.events_per_second), "events/s"),
    ]
    client = round(outcome.client_cpu / outcome.seconds, 2)
    details = {"probes": len(probes.seen_after), "cores_used": {**shares, "load": client}}
    return figures, {name: {**details, "answers": dict(outcome.answers)}}


def main() -> None:
    """Each size of request; prints and keeps the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="seconds, to see that it works")
    parser.add_argument("--batch", type=int, action="append", help="only requests of this many events")
    arguments = parser.parse_args()
    figures: list[Figure] = []
    details: dict[str, object] = {}
    with bench_folder() as folder:
        for batch in arguments.batch or MOST_P95_MS:
            found, noted = measured(folder, batch, 5 if arguments.quick else 60)
            figures += found
            details |= noted
    finish("freshness", figures, details, arguments.quick)


if __name__ == "__main__":
    main()
