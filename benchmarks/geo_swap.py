"""The geo database exchanged again and again while 2,000 events/s come in: freshness beside that of a run without.

    python -m benchmarks.geo_swap [--quick] [--rate N]

A server that behaves like MaxMind's has a new database of a real one's size every few seconds; an administrator asks
for it, the worker fetches it, flows take it up. Afterwards everything that was accepted must be in the tables.
"""

import argparse
import asyncio
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

import msgspec
import uvloop

from benchmarks.beside import beside, freshness_figures, nothing_lost
from benchmarks.client import Connection
from benchmarks.freshness import RATE
from benchmarks.made import bench_folder, environment
from benchmarks.report import Figure, finish, percentile
from benchmarks.requests import LASTS
from benchmarks.service import Service, up
from kinelake.example.people import ORGANISATION
from kinelake.installation import looked_into
from tests.kit.maxmind import ACCOUNT, KEY, MaxMindServer, maxmind_server, released
from web.development import issue_development_token

BATCH = 20
SWAP_SECONDS = 5
SECONDS, QUICK_SECONDS = 35, 2 * SWAP_SECONDS
"""Of each run, once it is warm."""
FIRST_SECONDS = 120
"""Until the calendar's first update is over."""
DATABASE_BYTES = 60 * 2**20
"""Of GeoLite2-City."""
MARKER = b"\xab\xcd\xefMaxMind.com"
"""What a database's description of itself begins with; before it there may be bytes that belong to no record."""


class SwapFailed(Exception):
    """An update was not answered `updated`."""


@dataclass
class Updates:
    """Asks for a new database every few seconds and notes how long each answer takes."""

    service: Service
    secrets: Path
    server: MaxMindServer
    releases: Iterator[bytes]
    took: list[float] = field(default_factory=list)

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            await asyncio.sleep(SWAP_SECONDS)
            self.server.content = next(self.releases)
            began = time.perf_counter()
            await self._update()
            self.took.append(time.perf_counter() - began)

    async def _update(self) -> None:
        # a new one each time: the server closes what was silent so long
        connection = await Connection.to(self.service.url)
        token = issue_development_token(self.secrets, "administrator", ORGANISATION, "admin", 2, LASTS)
        head = f"POST /v1/admin/geo/update HTTP/1.1\r\nHost: benchmark\r\nAuthorization: Bearer {token}\r\n"
        answer = await connection.ask(f"{head}Content-Length: 0\r\n\r\n".encode())
        connection.close()
        if answer.status != 200 or msgspec.json.decode(answer.body)["status"] != "updated":
            raise SwapFailed(f"an update got {answer.status}: {answer.body.decode()}")


def _release(database: bytes) -> bytes:
    """An archive of the same places as a file of a real one's size and of a digest of its own."""
    at = database.rindex(MARKER)
    return released(database[:at] + os.urandom(DATABASE_BYTES - len(database)) + database[at:])


def _account(server: MaxMindServer) -> Mapping[str, str]:
    """The environment of roles that fetch from this server."""
    named = {"GEO_ACCOUNT": ACCOUNT, "GEO_LICENSE_KEY": KEY}
    urls = {"GEO_BASE_URL": server.url, "PRIVACY_BASE_URL": server.url}
    return {f"KINELAKE_{name}": value for name, value in {**named, **urls}.items()}


def measured(
    folder: Path, releases: Sequence[bytes], seconds: float, rate: int, *, swapping: bool
) -> tuple[list[Figure], dict[str, object]]:
    """One run on a new data folder; the releases take turns."""
    data = folder / f"geo-swap-{os.getpid()}-{swapping}"
    in_turns = cycle(releases)
    with maxmind_server() as server:
        server.content = next(in_turns)
        with up(data, os.sched_getaffinity(0), {**environment(folder), **_account(server)}) as service:
            _first_update_over(data)
            updates = Updates(service, data / "secrets", server, in_turns) if swapping else None
            running = None if updates is None else updates.run()
            probes, outcome = uvloop.run(beside(service, data, BATCH, seconds, rate, running))
            nothing_lost(data, outcome, len(probes.seen_after))
    name = f"{rate:,} events/s, {'a new geo database' if swapping else 'the geo database stays'}"
    figures = freshness_figures(name, probes)
    if updates is not None:
        if not updates.took:
            raise SwapFailed(f"no update was answered within {seconds} s")
        figures.append(Figure(f"{name}: updates", len(updates.took), ""))
        figures.append(Figure(f"{name}: longest update", percentile(updates.took, 100), "ms"))
    return figures, {name: {"probes": len(probes.seen_after), "answers": dict(outcome.answers)}}


def _first_update_over(data: Path) -> None:
    """The calendar asks for one at once; raises SwapFailed where none is there in time."""
    end = time.monotonic() + FIRST_SECONDS
    with looked_into(data=data) as installation:
        while installation.control.geo.downloaded() is None:
            if time.monotonic() > end:
                raise SwapFailed(f"no geo database was downloaded within {FIRST_SECONDS} s")
            time.sleep(1)


def main() -> None:
    """Without updates, then with them; prints and keeps the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="seconds, to see that it works")
    parser.add_argument("--rate", type=int, default=RATE, metavar="N", help="events a second; other rates are not kept")
    arguments = parser.parse_args()
    seconds = QUICK_SECONDS if arguments.quick else SECONDS
    figures: list[Figure] = []
    details: dict[str, object] = {}
    with bench_folder() as folder:
        database = Path(environment(folder)["KINELAKE_GEO_DATABASE"]).read_bytes()
        # packing one takes seconds of a core that others are measured on
        releases = [_release(database), _release(database)]
        for swapping in (False, True):
            found, noted = measured(folder, releases, seconds, arguments.rate, swapping=swapping)
            figures += found
            details |= noted
    finish("geo_swap", figures, details, arguments.quick or arguments.rate != RATE)


if __name__ == "__main__":
    main()
