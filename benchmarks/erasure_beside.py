"""People erased one after the other while 2,000 events/s come in: freshness beside that of a run without.

    python -m benchmarks.erasure_beside [--quick] [--rate N]

Whoever has most events in the tables is erased next; the worker takes them out while flows write and queries ask.
Afterwards everything that was accepted must be in the tables, or accounted for as erased.
"""

import argparse
import asyncio
import os
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import polars as pl
import uvloop

from benchmarks.beside import beside, freshness_figures, nothing_lost
from benchmarks.freshness import RATE
from benchmarks.made import bench_folder, environment
from benchmarks.report import Figure, finish, percentile
from benchmarks.service import up
from kinelake.example.people import ORGANISATION
from kinelake.installation import Installation, looked_into
from schemas.media.events import STREAM
from sinks.reader import TableReader

BATCH = 20
SECONDS, QUICK_SECONDS = 60, 20
"""Of each run, once it is warm."""
LOOK_SECONDS = 0.2


class NobodyErased(Exception):
    """No erasure came as far as clean tables."""


@dataclass
class Erasures:
    """Erases one person after the other and notes how long it takes until the tables are clean."""

    installation: Installation
    took: list[float] = field(default_factory=list)

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            began = time.perf_counter()
            subject = await asyncio.to_thread(self._next)
            if subject is not None:
                await self._clean(subject)
                self.took.append(time.perf_counter() - began)
            await asyncio.sleep(LOOK_SECONDS)

    def _next(self) -> str | None:
        """Who has most events."""
        if not self.installation.location.exists(STREAM.primary.name):
            return None
        rows = TableReader(self.installation.location).rows(STREAM.primary).filter(pl.col("tenant") == ORGANISATION)
        most = rows.group_by("subject").len().top_k(1, by="len").collect()
        return None if most.is_empty() else str(most["subject"].item())

    async def _clean(self, subject: str) -> None:
        erasures = self.installation.control.erasures
        begin = partial(erasures.begin, tenant=ORGANISATION, subject=subject, requested_by="operator")
        erasure_id = (await asyncio.to_thread(begin)).erasure.id
        while (found := await asyncio.to_thread(erasures.get, erasure_id)) is not None and found.state == "hidden":
            await asyncio.sleep(LOOK_SECONDS)


def measured(folder: Path, seconds: float, rate: int, *, erasing: bool) -> tuple[list[Figure], dict[str, object]]:
    """One run on a new data folder."""
    data = folder / f"erasure-beside-{os.getpid()}-{erasing}"
    with up(data, os.sched_getaffinity(0), environment(folder)) as service, looked_into(data=data) as installation:
        erasures = Erasures(installation)
        running = erasures.run() if erasing else None
        probes, outcome = uvloop.run(beside(service, data, BATCH, seconds, rate, running))
        nothing_lost(data, outcome, len(probes.seen_after))
    name = f"{rate:,} events/s, {'one person erased after the other' if erasing else 'nobody is erased'}"
    figures = freshness_figures(name, probes)
    if erasing:
        if not erasures.took:
            raise NobodyErased(f"nobody's tables were clean within {seconds} s")
        figures.append(Figure(f"{name}: erasures", len(erasures.took), ""))
        figures.append(Figure(f"{name}: longest erasure", percentile(erasures.took, 100), "ms"))
    return figures, {name: {"probes": len(probes.seen_after), "answers": dict(outcome.answers)}}


def main() -> None:
    """Without erasures, then with them; prints and keeps the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="seconds, to see that it works")
    parser.add_argument("--rate", type=int, default=RATE, metavar="N", help="events a second; other rates are not kept")
    arguments = parser.parse_args()
    figures: list[Figure] = []
    details: dict[str, object] = {}
    with bench_folder() as folder:
        for erasing in (False, True):
            seconds = QUICK_SECONDS if arguments.quick else SECONDS
            found, noted = measured(folder, seconds, arguments.rate, erasing=erasing)
            figures += found
            details |= noted
    finish("erasure_beside", figures, details, arguments.quick or arguments.rate != RATE)


if __name__ == "__main__":
    main()
