"""Capture on one core, by the key of a project: events, chunks, and the profile of its clients; the load on the other.

    python -m benchmarks.capture [--quick] [--only events|chunks|profile]

Every request goes to one of a few hundred sessions that were begun before. `profile` is what the contract's own load
test does: up to fifty clients, each of which begins a session, uploads ten chunks, sends twenty events, completes the
session, lists the project's sessions, and rests for a second; the flows run beside it, which lists wait for. The rate
limits are raised by their settings.
"""

import argparse
import asyncio
import itertools
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec
import uvloop

from benchmarks.backlog import now_us
from benchmarks.client import Answer, Connection, Outcome, Request, run_load
from benchmarks.gateway import LOAD_CORES, SERVER_CORES
from benchmarks.made import bench_folder
from benchmarks.report import Figure, finish, percentile
from benchmarks.service import Service, floor, role
from blob_store.store import BlobStore
from ingest_gateway.capture import KEYS
from ingest_gateway.capture.chunks import STORING_THREADS
from kinelake.api_keys import create_key
from kinelake.installation import opened

CONNECTIONS: Final = 16
SESSIONS: Final = 200
BATCH: Final = 50
CHUNK_BYTES: Final = 64 * 1024
PROFILE_EVENTS, PROFILE_CHUNKS, MOST_USERS = 20, 10, 50
FLOWS_SECONDS: Final = 60
LEAST_EVENTS, LEAST_MEGABYTES, MOST_P95_MS = 60_000, 150, 60
LIMITS: Final = {
    "KINELAKE_RATE_LIMIT_REQUESTS": "1000000",
    "KINELAKE_RATE_LIMIT_WINDOWS": "memory",
    "KINELAKE_PORT": "0",
}


@dataclass(frozen=True)
class Plan:
    """Seconds of each load."""

    seconds: float = 10
    warm_up: float = 2
    ramp: float = 40


class FlowsAway(Exception):
    """What a client wrote came to no list."""


QUICK = Plan(seconds=2, warm_up=0.5, ramp=6)


class Requests:
    """Whole requests with a project's key, as bytes."""

    def __init__(self, key: str) -> None:
        self._head = f"HTTP/1.1\r\nHost: benchmark\r\nX-API-Key: {key}\r\n"
        self._random = random.Random(11)

    def init(self, user: str) -> bytes:
        """A session of a user begins."""
        body = {"user_id": user, "capture_mode": "hybrid", "metadata": {"app_version": "1.2.3", "os_version": "14.0"}}
        return self._json("/v1/sessions/init", body)

    def events(self, session: str, count: int) -> bytes:
        """What a user did, each time something else."""
        body = {"events": [self._event(number) for number in range(count)]}
        return self._json(f"/v1/sessions/{session}/events", body)

    def chunk(self, session: str, index: int, picture: bytes) -> bytes:
        """A picture as a form sends it."""
        form = b'--b\r\nContent-Disposition: form-data; name="chunk"; filename="f.jpg"\r\n\r\n%b\r\n--b--\r\n' % picture
        said = f"X-Chunk-Index: {index}\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        return self._post(f"/v1/sessions/{session}/chunks", said, form)

    def complete(self, session: str) -> bytes:
        """The capture has finished."""
        return self._post(f"/v1/sessions/{session}/complete", "", b"")

    def listing(self) -> bytes:
        """The project's newest sessions."""
        return f"GET /v1/sessions?limit=20 {self._head}\r\n".encode()

    def _event(self, number: int) -> dict[str, Any]:
        x, y = self._random.randrange(1920), self._random.randrange(1080)
        said = {"x": x, "y": y, "target": "button#submit", "payload": {"buttonText": "Save"}}
        return {"event_type": "click", "timestamp_ms": 100 * number, **said}

    def _json(self, path: str, body: object) -> bytes:
        return self._post(path, "Content-Type: application/json\r\n", msgspec.json.encode(body))

    def _post(self, path: str, said: str, body: bytes) -> bytes:
        return f"POST {path} {self._head}{said}Content-Length: {len(body)}\r\n\r\n".encode() + body


def picture(size: int = CHUNK_BYTES) -> bytes:
    """So many bytes that begin as a JPEG does; nobody looks at the rest here."""
    return b"\xff\xd8\xff\xe0" + os.urandom(size - 4)


def project(data: Path) -> Requests:
    """A new project of a new organisation, and the requests of its key."""
    with opened(data=data) as installation:
        installation.control.organisations.ensure("benchmark")
        made = installation.control.projects.create("benchmark", "shop", 2)
        return Requests(create_key(installation, KEYS, made)[1])


async def begun(url: str, requests: Requests, count: int) -> list[str]:
    """The ids of new sessions."""
    connection = await Connection.to(url)
    answers = [await connection.ask(requests.init(f"user-{number}")) for number in range(count)]
    connection.close()
    return [msgspec.json.decode(answer.body)["session_id"] for answer in answers]


async def listed(url: str, requests: Requests) -> None:
    """Waits until a session that begins now is in a list, so that flows run; raises FlowsAway where they do not."""
    await begun(url, requests, 1)
    connection, end = await Connection.to(url), time.monotonic() + FLOWS_SECONDS
    while (answer := await connection.ask(requests.listing())).status != 200:
        if time.monotonic() > end:
            raise FlowsAway(f"after {FLOWS_SECONDS} s: {answer.status} {answer.body.decode()}")
    connection.close()


def events(service: Service, requests: Requests, plan: Plan, floors: Service) -> list[Figure]:
    """As many requests of fifty events as are answered, and what the bare server takes of the same ones."""
    sessions = asyncio.run(begun(service.url, requests, SESSIONS))
    ready = [Request(requests.events(session, BATCH), BATCH) for session in sessions * 5]
    bare, _ = _most(floors, ready, plan)
    outcome, cpu = _most(service, ready, plan)
    taken = outcome.events[200]
    return [
        Figure(f"events in requests of {BATCH}, floor", round(bare.events[202] / bare.seconds), "events/s"),
        Figure(f"events in requests of {BATCH}", round(taken / outcome.seconds), "events/s", LEAST_EVENTS),
        Figure(f"events in requests of {BATCH}, per core-second", round(taken / cpu), "events"),
        Figure(f"events in requests of {BATCH}, p99", percentile(outcome.latencies, 99), "ms"),
    ]


def chunks(service: Service, requests: Requests, plan: Plan, floors: Service) -> list[Figure]:
    """As many chunks as are answered, every one of them on the disk before."""
    sessions = asyncio.run(begun(service.url, requests, SESSIONS))
    bodies = itertools.islice(itertools.cycle([picture() for _ in range(20)]), SESSIONS)
    ready = [Request(requests.chunk(session, 0, body), 1) for session, body in zip(sessions, bodies, strict=True)]
    bare, _ = _most(floors, ready, plan)
    outcome, cpu = _most(service, ready, plan)
    megabytes = CHUNK_BYTES / 1e6
    rate = round(outcome.events[200] * megabytes / outcome.seconds, 1)
    return [
        Figure("chunks of 64 KiB, floor", round(bare.events[202] * megabytes / bare.seconds, 1), "MB/s"),
        Figure("chunks of 64 KiB, blob store alone", round(_stored(plan.seconds) * megabytes, 1), "MB/s"),
        Figure("chunks of 64 KiB", rate, "MB/s", LEAST_MEGABYTES),
        Figure("chunks of 64 KiB, per core-second", round(outcome.events[200] * megabytes / cpu, 1), "MB"),
        Figure("chunks of 64 KiB, p99", percentile(outcome.latencies, 99), "ms"),
    ]


def _stored(seconds: float) -> float:
    """Chunks a second that the blob store makes durable on the disk when it has nothing else to do."""
    shown, end = picture(), time.perf_counter() + seconds
    with tempfile.TemporaryDirectory(dir=os.environ.get("KINELAKE_BENCH_FOLDER")) as folder:
        blobs = BlobStore(folder)

        def put(session: int) -> int:
            index = 0
            while time.perf_counter() < end:
                blobs.put(f"chunks/{session}/{index}", shown)
                index += 1
            return index

        with ThreadPoolExecutor(STORING_THREADS) as threads:
            return sum(threads.map(put, range(STORING_THREADS))) / seconds


def _most(service: Service, ready: Sequence[Request], plan: Plan) -> tuple[Outcome, float]:
    """What is answered of requests that are sent again and again, as fast as answers come; CPU-seconds of the service.

    Both are those after the warm-up.
    """
    run_load(service.url, itertools.cycle(ready), CONNECTIONS, plan.warm_up)
    before = service.cpu()
    outcome = run_load(service.url, itertools.cycle(ready), CONNECTIONS, plan.seconds)
    return outcome, service.cpu() - before


@dataclass
class Seen:
    """What clients of the profile saw: seconds by request, and how often each answer."""

    latencies: list[float] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)

    async def ask(self, connection: Connection, content: bytes) -> Answer:
        """One request."""
        begin = time.perf_counter()
        answer = await connection.ask(content)
        self.latencies.append(time.perf_counter() - begin)
        self.answers[answer.status] += 1
        return answer


async def profile(url: str, requests: Requests, plan: Plan) -> Seen:
    """One client more every so often until there are all."""
    seen, end = Seen(), time.perf_counter() + plan.ramp
    shown = picture()

    async def client(number: int) -> None:
        await asyncio.sleep(plan.ramp * 0.75 * number / MOST_USERS)
        connection = await Connection.to(url)
        while time.perf_counter() < end:
            for content in await session(connection, number):
                await seen.ask(connection, content)
            await asyncio.sleep(1)
        connection.close()

    async def session(connection: Connection, number: int) -> Iterator[bytes]:
        answer = await seen.ask(connection, requests.init(f"user-{number}"))
        name = msgspec.json.decode(answer.body)["session_id"]
        sent = (requests.chunk(name, index, shown) for index in range(PROFILE_CHUNKS))
        rest = requests.events(name, PROFILE_EVENTS), requests.complete(name), requests.listing()
        return itertools.chain(sent, rest)

    await asyncio.gather(*(client(number) for number in range(MOST_USERS)))
    return seen


def profiled(service: Service, requests: Requests, plan: Plan) -> tuple[list[Figure], dict[str, Any]]:
    """The profile's latencies, and every answer that it got."""
    seen = uvloop.run(profile(service.url, requests, plan))
    failed = sum(count for status, count in seen.answers.items() if status >= 300)
    figures = [
        Figure("profile of 1 to 50 clients, p95", percentile(seen.latencies, 95), "ms", MOST_P95_MS, at_most=True),
        Figure("profile of 1 to 50 clients, p50", percentile(seen.latencies, 50), "ms"),
        Figure("profile of 1 to 50 clients, failed", failed, "requests", 0, at_most=True),
        Figure("profile of 1 to 50 clients", round(len(seen.latencies) / plan.ramp), "requests/s"),
    ]
    return figures, {"profile, answers": dict(seen.answers)}


def main() -> None:
    """Each load on an installation of its own; prints and keeps the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="seconds, to see that it works")
    parser.add_argument("--only", choices=("events", "chunks", "profile"), help="one of the loads")
    arguments = parser.parse_args()
    plan = QUICK if arguments.quick else Plan()
    os.sched_setaffinity(0, LOAD_CORES)
    with bench_folder() as folder, tempfile.TemporaryDirectory(dir=folder) as name:
        figures, details = _measured(Path(name), plan, arguments.only)
    finish("capture", figures, details, arguments.quick or arguments.only is not None)


def _measured(folder: Path, plan: Plan, only: str | None) -> tuple[list[Figure], dict[str, Any]]:
    figures: list[Figure] = []
    details: dict[str, Any] = {"at": now_us()}
    with floor("bare", folder / "floor", SERVER_CORES) as bare:
        for name, measure in (("events", events), ("chunks", chunks)):
            if only in (None, name):
                data = folder / name
                requests = project(data)
                with role(["gateway"], data, SERVER_CORES, LIMITS) as service:
                    figures += measure(service, requests, plan, bare)
    if only in (None, "profile"):
        found, said = _profile_measured(folder / "profile", plan)
        figures, details = figures + found, details | said
    return figures, details


def _profile_measured(data: Path, plan: Plan) -> tuple[list[Figure], dict[str, Any]]:
    """Web on its core, and the flows where there is room, as `kinelake up` has them: a list waits for one's writes."""
    requests = project(data)
    with role(["web"], data, SERVER_CORES, LIMITS) as service, role(["flows"], data, SERVER_CORES | LOAD_CORES, {}):
        asyncio.run(listed(service.url, requests))
        return profiled(service, requests, plan)


if __name__ == "__main__":
    main()
