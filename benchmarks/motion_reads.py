"""Reports of filmed sessions over HTTP: a hundred people who squat, in tables with a quarter of a year of sessions.

    python -m benchmarks motion_reads [--quick]

Synthetic people, each with knees of their own, are analysed and published as the job does it; real flows make the
tables. `kinelake up` runs on both cores. Each session is asked for once in every form, one after the other, so that
nothing that was made again is kept; then PDFs are asked for while others read a session, whose times are told apart.
"""

import argparse
import asyncio
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import uvloop

from benchmarks.client import Connection
from benchmarks.made import bench_folder
from benchmarks.report import Figure, finish, percentile
from benchmarks.service import Service, up
from control.motion_sessions import Wanted
from kinelake.installation import opened
from motion.analysis import Analysis, analyse
from motion.synthetic import Camera, Clock, Side, Squat, project, squat
from tests.kit.motion.clinic import ORGANISATION, Clinic
from tests.kit.motion.filmed import SQUAT

REPORTED, QUICK_REPORTED = 100, 5
HISTORY, QUICK_HISTORY = 900, 10
DAYS: Final = 90
RATE: Final = 30.0
BESIDE: Final = 20
"""PDFs that are made while others read."""
MOST_HTML_MS, MOST_PDF_MS = 150, 3_000
ONE: Final = "/mobility-assessment/sessions/{}"
FORMS: Final[Mapping[str, str]] = {
    "session": ONE,
    "export": f"{ONE}/export",
    "report": f"{ONE}/report",
    "report as a page": f"{ONE}/report?format=html",
    "summary": f"{ONE}/summary",
    "report as a PDF": f"{ONE}/report?format=pdf",
}
TRIES_SECONDS: Final = 600


class NoAnswer(Exception):
    """A question was not answered as it should have been."""


def person(number: int, repetitions: int) -> Analysis:
    """Somebody whose knees bend as nobody else's."""
    knee = 90.0 + 40.0 * (number % 97) / 97
    return analyse(
        project(squat(how=Squat(knee=(knee, knee - 2), repetitions=repetitions)), Camera(Side.RIGHT), Clock(RATE)),
        SQUAT,
    )


def fill(clinic: Clinic, history: int, reported: int) -> None:
    """Sessions of every day of the history, short ones, then today's, which are asked for."""
    short, now = [person(number, 1) for number in range(20)], datetime.now(UTC)
    for number in range(history):
        clinic.analysed(short[number % len(short)], at=now - timedelta(days=DAYS * (history - number) / history))
    for number in range(reported):
        clinic.analysed(person(number, 3))


def newest(clinic: Clinic, count: int) -> Sequence[str]:
    """The ids of the sessions that are asked for; none before the folder was filled."""
    found, _ = clinic.control.motion_sessions.newest(Wanted(ORGANISATION), count)
    return [session.id for session in found]


class Asking:
    """One connection of a caller; times by question in seconds."""

    def __init__(self, connection: Connection, key: str) -> None:
        self._connection = connection
        self._key = key
        self.took: dict[str, list[float]] = {}

    async def ask(self, name: str, path: str) -> int:
        """The status, once its time is noted."""
        request = f"GET {path} HTTP/1.1\r\nHost: benchmark\r\nAuthorization: API-KEY {self._key}\r\n\r\n"
        began = time.perf_counter()
        answer = await self._connection.ask(request.encode())
        self.took.setdefault(name, []).append(time.perf_counter() - began)
        return answer.status

    async def good(self, name: str, path: str) -> None:
        """Raises NoAnswer where that is no 200."""
        status = await self.ask(name, path)
        if status != 200:
            raise NoAnswer(f"{path}: {status}")


async def measured(service: Service, key: str, sessions: Sequence[str]) -> Mapping[str, list[float]]:
    """Everything, by question."""
    one = Asking(await Connection.to(service.url), key)
    await _until_there(one, sessions)
    one.took.clear()
    for path in FORMS.values():
        # the first of each form loads what makes it
        await one.good("first", path.format(sessions[0]))
    for name, path in FORMS.items():
        for session in sessions:
            await one.good(name, path.format(session))
    other = Asking(await Connection.to(service.url), key)
    made = asyncio.create_task(_documents(one, sessions[:BESIDE]))
    for session in _again(sessions, made):
        await other.good("session, while PDFs are made", ONE.format(session))
    await made
    return {**one.took, **other.took}


async def _until_there(asking: Asking, sessions: Sequence[str]) -> None:
    end = time.perf_counter() + TRIES_SECONDS
    while any([await asking.ask("", ONE.format(session)) != 200 for session in sessions]):
        if time.perf_counter() > end:
            raise NoAnswer("flows are not done")


async def _documents(asking: Asking, sessions: Sequence[str]) -> None:
    for session in sessions:
        await asking.good("beside", FORMS["report as a PDF"].format(session))


def _again(sessions: Sequence[str], until: "asyncio.Task[None]") -> Iterator[str]:
    while not until.done():
        yield from sessions


def run(folder: Path, history: int, reported: int) -> Mapping[str, list[float]]:
    """Asks; the tables of a run before are used where the folder was kept."""
    # these films are none: what the job would leave of them is put there
    settings = {"KINELAKE_FILM_WORKERS": "0"}
    with up(folder, os.sched_getaffinity(0), settings) as service, opened(data=folder) as installation:
        clinic = Clinic(service.url, installation)
        if not newest(clinic, 1):
            fill(clinic, history, reported)
        return uvloop.run(measured(service, clinic.key(), newest(clinic, reported)))


def main() -> None:
    """Prints and keeps the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few sessions, to see that it works")
    quick = parser.parse_args().quick
    history, reported = (QUICK_HISTORY, QUICK_REPORTED) if quick else (HISTORY, REPORTED)
    with bench_folder() as folder:
        took = run(folder / f"{history + reported}-filmed", history, reported)
    bars = {"report as a page": MOST_HTML_MS, "report as a PDF": MOST_PDF_MS}
    figures = [
        Figure(f"{name}: slowest of {len(each)}", percentile(each, 100), "ms", bars.get(name), at_most=True)
        for name, each in took.items()
        if name not in ("first", "beside")
    ]
    figures += [Figure(f"{name}: p50", percentile(each, 50), "ms") for name, each in took.items()]
    finish("motion_reads", figures, {"sessions": history + reported, "days": DAYS}, quick)


if __name__ == "__main__":
    main()
