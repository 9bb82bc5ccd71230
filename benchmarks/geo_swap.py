"""The geo database exchanged again and again while 2,000 events/s come in: freshness beside that of a run without.

    python -m benchmarks.geo_swap [--quick] [--rate N]

A server that behaves like MaxMind's has a new database of a real one's size every few seconds; an administrator asks
for it, the worker fetches it, flows take it up. Afterwards everything that was accepted must be in the tables.
"""

import argparse
import asyncio
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import uvloop

from benchmarks.client import Connection, Outcome
from benchmarks.freshness import MOST_P95_MS, RATE, WARM_UP_SECONDS, Probes, under_load
from benchmarks.made import bench_folder, environment, until_caught_up
from benchmarks.report import Figure, finish, percentile
from benchmarks.requests import LASTS
from benchmarks.service import Service, up
from kinelake.example.people import ORGANISATION
from kinelake.installation import looked_into
from tests.kit.maxmind import ACCOUNT, KEY, MaxMindServer, maxmind_server, released
from web.development import issue_development_token

BATCH = 20
SWAP_SECONDS = 10
DATABASE_BYTES = 60 * 2**20
"""Of GeoLite2-City."""
MARKER = b"\xab\xcd\xefMaxMind.com"
"""What a database's description of itself begins with; before it there may be bytes that belong to no record."""


class SwapFailed(Exception):
    """An update was not answered `updated`, or events that were accepted are not in the tables."""


@dataclass
class Updates:
    """Asks for a new database every few seconds and notes how long each answer takes."""

    service: Service
    secrets: Path
    server: MaxMindServer
    database: bytes
    took: list[float] = field(default_factory=list)

    async def run(self) -> None:
        """Until it is cancelled."""
        connection = await Connection.to(self.service.url)
        while True:
            await asyncio.sleep(SWAP_SECONDS)
            self.server.content = await asyncio.to_thread(_next_release, self.database)
            began = time.perf_counter()
            await self._update(connection)
            self.took.append(time.perf_counter() - began)

    async def _update(self, connection: Connection) -> None:
        token = issue_development_token(self.secrets, "administrator", ORGANISATION, "admin", 2, LASTS)
        head = f"POST /v1/admin/geo/update HTTP/1.1\r\nHost: benchmark\r\nAuthorization: Bearer {token}\r\n"
        answer = await connection.ask(f"{head}Content-Length: 0\r\n\r\n".encode())
        if answer.status != 200 or msgspec.json.decode(answer.body)["status"] != "updated":
            raise SwapFailed(f"an update got {answer.status}: {answer.body.decode()}")


def _next_release(database: bytes) -> bytes:
    """An archive of the same places as a file of a real one's size and of a digest of its own."""
    at = database.rindex(MARKER)
    return released(database[:at] + os.urandom(DATABASE_BYTES - len(database)) + database[at:])


async def _with_updates(
    service: Service, data: Path, seconds: float, rate: int, updates: Updates | None
) -> tuple[Probes, Outcome]:
    # an update that failed ends the measurement
    async with asyncio.TaskGroup() as tasks:
        beside = None if updates is None else tasks.create_task(updates.run())
        found = await tasks.create_task(under_load(service, data, BATCH, seconds, rate))
        if beside is not None:
            beside.cancel()
    return found


def _account(server: MaxMindServer) -> Mapping[str, str]:
    """The environment of roles that fetch from this server."""
    named = {"GEO_ACCOUNT": ACCOUNT, "GEO_LICENSE_KEY": KEY}
    urls = {"GEO_BASE_URL": server.url, "PRIVACY_BASE_URL": server.url}
    return {f"KINELAKE_{name}": value for name, value in {**named, **urls}.items()}


def measured(folder: Path, seconds: float, rate: int, *, swapping: bool) -> tuple[list[Figure], dict[str, object]]:
    """One run on a new data folder."""
    data = folder / f"geo-swap-{os.getpid()}-{swapping}"
    roles = environment(folder)
    database = Path(roles["KINELAKE_GEO_DATABASE"]).read_bytes()
    with maxmind_server() as server:
        # the calendar's first update comes at once, and is over before anything is measured
        server.content = _next_release(database)
        with up(data, os.sched_getaffinity(0), {**roles, **_account(server)}) as service:
            updates = Updates(service, data / "secrets", server, database) if swapping else None
            probes, outcome = uvloop.run(_with_updates(service, data, seconds, rate, updates))
            _nothing_lost(data, outcome, len(probes.seen_after))
    name = f"{rate:,} events/s, {'a new geo database' if swapping else 'the geo database stays'}"
    figures = [
        Figure(f"{name}: p50", percentile(probes.seen_after, 50), "ms"),
        Figure(f"{name}: p95", percentile(probes.seen_after, 95), "ms", MOST_P95_MS, at_most=True),
    ]
    if updates is not None:
        figures.append(Figure(f"{name}: updates", len(updates.took), ""))
        figures.append(Figure(f"{name}: longest update", percentile(updates.took, 100), "ms"))
    return figures, {name: {"probes": len(probes.seen_after), "answers": dict(outcome.answers)}}


def _nothing_lost(data: Path, outcome: Outcome, probes: int) -> None:
    """Raises where accepted events are neither in the tables nor accounted for."""
    with looked_into(data=data) as installation:
        found = until_caught_up(installation)
    if found.accepted != outcome.events[202] + probes or found.dead_lettered:
        raise SwapFailed(f"{outcome.events[202]} and {probes} probes were answered 202; the sum says {found}")


def main() -> None:
    """Without updates, then with them; prints and keeps the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="seconds, to see that it works")
    parser.add_argument("--rate", type=int, default=RATE, metavar="N", help="events a second; other rates are not kept")
    arguments = parser.parse_args()
    seconds = 2 * SWAP_SECONDS + WARM_UP_SECONDS if arguments.quick else 60
    figures: list[Figure] = []
    details: dict[str, object] = {}
    with bench_folder() as folder:
        for swapping in (False, True):
            found, noted = measured(folder, seconds, arguments.rate, swapping=swapping)
            figures += found
            details |= noted
    finish("geo_swap", figures, details, arguments.quick or arguments.rate != RATE)


if __name__ == "__main__":
    main()
