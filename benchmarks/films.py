"""Films that are uploaded at once, on two cores with everything else: how long each takes, and what comes in meanwhile.

    KINELAKE_TEST_MOTION=… python -m benchmarks.films [--quick] [--workers N]

A film's time is from its 200 until its session is done. One alone, then three at once, then three while 2,000 media
events/s come in, again and again for a minute.
"""

import argparse
import asyncio
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx
import uvloop

from benchmarks.beside import nothing_lost
from benchmarks.client import Outcome
from benchmarks.freshness import RATE, Probes, under_load
from benchmarks.made import bench_folder, environment
from benchmarks.motion import SOURCE, told
from benchmarks.report import Figure, finish, percentile
from benchmarks.service import Service, up
from control.motion_sessions import MotionSession
from ingest_gateway.motion import PEOPLE_KEYS
from kinelake.api_keys import create_key
from kinelake.installation import Installation, opened

ORGANISATION: Final = "benchmark-films"
AT_ONCE: Final = 3
FRAMES, QUICK_FRAMES = 900, 90
BATCH: Final = 20
LOOK_SECONDS: Final = 0.1
MANY: Final = "1000000"
LONGEST_SECONDS: Final = 1_800
SECONDS, QUICK_SECONDS = 60.0, 15.0
"""Of media."""
MOST_TIMES, MOST_P99_MS, MOST_FRESH_MS = 3.3, 25, 1_500


class NotAnalysed(Exception):
    """A film was not taken, or could not be analysed."""


@dataclass
class Studio:
    """Uploads films of a person, and looks when they are done."""

    service: Service
    installation: Installation
    film: Path
    key: str = field(repr=False)

    async def filmed(self, count: int) -> list[float]:
        """Seconds from the 200 of each of so many films at once until it is done."""
        return await asyncio.gather(*(self._filmed() for _ in range(count)))

    async def _filmed(self) -> float:
        session = await asyncio.to_thread(self._uploaded)
        began = time.perf_counter()
        while not await asyncio.to_thread(self._done, session):
            if time.perf_counter() - began > LONGEST_SECONDS:
                raise NotAnalysed(f"not within {LONGEST_SECONDS} s")
            await asyncio.sleep(LOOK_SECONDS)
        return time.perf_counter() - began

    def _uploaded(self) -> str:
        url = f"{self.service.url}/mobility-assessment/sessions/"
        with self.film.open("rb") as content:
            answer = httpx.post(
                url,
                headers={"API-KEY": self.key},
                files={"video": content},
                data={"exercise": "Overhead Squat"},
                timeout=LONGEST_SECONDS,
            )
        if answer.status_code != 200:
            raise NotAnalysed(f"an upload got {answer.status_code}: {answer.text}")
        return str(answer.json()["session_id"])

    def _done(self, session: str) -> bool:
        found: MotionSession | None = self.installation.control.motion_sessions.get(session)
        if found is None or found.status in ("failed", "suppressed"):
            raise NotAnalysed(f"{session}: {found and found.error}")
        return found.status == "done"


def key(installation: Installation) -> str:
    """One of a person."""
    installation.control.organisations.ensure(ORGANISATION)
    holder = installation.control.people.holder(ORGANISATION, "ann", "Pro", 2)
    return create_key(installation, PEOPLE_KEYS, holder, "user")[1]


async def beside(studio: Studio, data: Path, seconds: float) -> tuple[list[float], Outcome, Probes]:
    """Media for so long, and three films at once, again and again, all the while."""
    coming, took = asyncio.create_task(under_load(studio.service, data, BATCH, seconds)), list[float]()
    while not coming.done():
        took += await studio.filmed(AT_ONCE)
    probes, outcome = await coming
    return took, outcome, probes


def measured(folder: Path, frames: int, workers: int, seconds: float) -> tuple[list[Figure], dict[str, object]]:
    """Everything on a new data folder."""
    data, film = folder / f"films-{os.getpid()}", told(SOURCE, folder / "film.mp4", frames, 30)
    with opened(data=data) as installation:
        secret = key(installation)
        settings = {
            **environment(folder),
            "KINELAKE_FILM_WORKERS": str(workers),
            "KINELAKE_RATE_LIMIT_REQUESTS": "1000000",
        }
        with up(data, os.sched_getaffinity(0), settings) as service:
            studio = Studio(service, installation, film, secret)
            uvloop.run(studio.filmed(1))
            (alone,) = uvloop.run(studio.filmed(1))
            three = uvloop.run(studio.filmed(AT_ONCE))
            with_media, outcome, probes = uvloop.run(beside(studio, data, seconds))
            nothing_lost(data, outcome, len(probes.seen_after))
    details = {"alone": alone, "three": three, "with media": with_media, "answers": dict(outcome.answers)}
    return _figures(alone, three, with_media, outcome, probes), {"films": {**details, "workers": workers}}


def _figures(
    alone: float, three: Sequence[float], with_media: Sequence[float], outcome: Outcome, probes: Probes
) -> list[Figure]:
    name = f"three films beside {RATE:,} media events/s"
    return [
        Figure("one film alone", round(alone, 1), "s"),
        Figure("three at once, the last one", round(max(three), 1), "s"),
        Figure("three at once, over one alone", round(max(three) / alone, 2), "", MOST_TIMES, at_most=True),
        Figure(f"{name}, the last one over one alone", round(max(with_media) / alone, 2), ""),
        Figure(f"{name}: media posts, p99", percentile(outcome.latencies, 99), "ms", MOST_P99_MS, at_most=True),
        Figure(f"{name}: freshness, p95", percentile(probes.seen_after, 95), "ms", MOST_FRESH_MS, at_most=True),
    ]


def main() -> None:
    """Measures, prints and keeps the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="short films, to see that it works")
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="films at once; others are not kept")
    arguments = parser.parse_args()
    if not SOURCE.exists():
        parser.error(f"{SOURCE} is missing; KINELAKE_TEST_MOTION names the folder of test videos")
    frames, seconds = (QUICK_FRAMES, QUICK_SECONDS) if arguments.quick else (FRAMES, SECONDS)
    with bench_folder() as folder:
        figures, details = measured(folder, frames, arguments.workers, seconds)
    finish("films", figures, details, arguments.quick or arguments.workers != 1)


if __name__ == "__main__":
    main()
