"""A whole worker: lanes run beside each other, a stop is in order, and a killed one's work is done by another."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from control.store import Control
from event_log import Record, open_reader
from jobs.faults import NothingToDo, WorkStopped
from jobs.kinds import kinds
from jobs.lake import Lake
from jobs.lane import Lane
from jobs.lease import LEASE_SECONDS
from jobs.work import Context, Kind
from jobs.worker import Place, Worker
from kinelake.installation import Installation
from tests.jobs.conftest import Clock, MakePlace
from tests.kit.running import waiting

ROOT = Path(__file__).parents[2]
PLACES = {Lane.UPKEEP: 1, Lane.FILM: 2}
OFTEN = timedelta(seconds=1)


class Film:
    """Work that goes on until it may end, or is told to stop."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.may_end = threading.Event()

    def __call__(self, context: Context) -> None:
        self.begun.release()
        while not self.may_end.wait(0.01):
            if context.stopping.is_set():
                raise WorkStopped("in the middle of a film")


@contextmanager
def running(worker: Worker, stopping: threading.Event) -> Iterator[None]:
    """The worker in a thread; at the end it is stopped, and what broke it is raised."""
    with ThreadPoolExecutor(1) as threads:
        run = threads.submit(worker.run)
        try:
            yield
        finally:
            stopping.set()
        run.result()


def nothing(_: Context) -> None:
    """Work that is done at once."""


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.worker.IDLE_SECONDS", 0.01)


def finished(control: Control, kind: str) -> int:
    return len(control.jobs.list(kind=kind, state="finished"))


def test_a_film_delays_no_upkeep(lake: Lake, control: Control, clock: Clock) -> None:
    film, stopping = Film(), threading.Event()
    every = [
        Kind("film", film, Lane.FILM),
        Kind("settle", nothing, every=lambda _: OFTEN),
        Kind("expire_log", nothing, every=lambda _: OFTEN),
    ]
    control.jobs.enqueue("film", "k", {})
    with running(Worker(lake, every, PLACES, "a", clock, stopping), stopping):
        assert film.begun.acquire(timeout=60)
        for round_ in (1, 2, 3):
            waiting(lambda so_far=round_: finished(control, "settle") == so_far == finished(control, "expire_log"))
            clock.pass_(OFTEN)
        assert control.jobs.list(kind="film")[0].state == "running"
        film.may_end.set()
        waiting(lambda: finished(control, "film") == 1)


def test_as_many_films_at_once_as_the_lane_has_places(lake: Lake, control: Control, clock: Clock) -> None:
    film, stopping = Film(), threading.Event()
    for key in "abc":
        control.jobs.enqueue("film", key, {})
    with running(Worker(lake, [Kind("film", film, Lane.FILM)], PLACES, "a", clock, stopping), stopping):
        for _ in range(2):
            assert film.begun.acquire(timeout=60)
        assert len(control.jobs.list(state="queued")) == 1
        film.may_end.set()
        waiting(lambda: finished(control, "film") == 3)


def test_a_worker_that_is_told_to_stop_gives_its_film_back(lake: Lake, control: Control, clock: Clock) -> None:
    film, stopping = Film(), threading.Event()
    control.jobs.enqueue("film", "k", {})
    with running(Worker(lake, [Kind("film", film, Lane.FILM)], PLACES, "a", clock, stopping), stopping):
        assert film.begun.acquire(timeout=60)
    (job,) = control.jobs.list()
    assert (job.state, job.attempt, job.lease_until) == ("queued", 0, None)


def test_a_worker_takes_only_the_kinds_of_its_lanes(lake: Lake, control: Control, clock: Clock) -> None:
    film, stopping = Film(), threading.Event()
    film.may_end.set()
    every = [Kind("film", film, Lane.FILM), Kind("settle", nothing)]
    for kind in ("settle", "film"):
        control.jobs.enqueue(kind, "k", {})
    with running(Worker(lake, every, {Lane.FILM: 1}, "a", clock, stopping), stopping):
        waiting(lambda: finished(control, "film") == 1)
    assert control.jobs.list(kind="settle")[0].state == "queued"


@pytest.mark.parametrize("places", [{Lane.FILM: 1}, {Lane.UPKEEP: 0}])
def test_a_worker_without_work_says_so(places: dict[Lane, int], lake: Lake, clock: Clock) -> None:
    with pytest.raises(NothingToDo, match="name another lane"):
        Worker(lake, [Kind("settle", nothing)], places, "a", clock, threading.Event())


def test_a_place_that_breaks_ends_the_worker(lake: Lake, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: Place) -> bool:
        raise ZeroDivisionError("a bug of ours")

    monkeypatch.setattr(Place, "work_once", broken)
    stopping = threading.Event()
    every = [Kind("film", nothing, Lane.FILM), Kind("settle", nothing)]
    with pytest.raises(ZeroDivisionError), running(Worker(lake, every, PLACES, "a", clock, stopping), stopping):
        assert stopping.wait(60)


def test_no_two_kinds_share_a_name() -> None:
    names = [kind.name for kind in kinds()]
    assert sorted(names) == sorted(set(names))


def test_what_a_job_publishes_is_on_the_log(
    installation: Installation, lake: Lake, control: Control, place: MakePlace
) -> None:
    positions = []

    def film(context: Context) -> None:
        for number in range(2):
            positions.extend(context.publish("media", [Record(b"k", b"%d-%d" % (number, n)) for n in range(2)]))

    installation.log.ensure_topic("media")
    control.jobs.enqueue("film", "k", {})
    assert place({"film": film}).work_once()
    partition = positions[0].partition
    assert [position.offset for position in positions] == [0, 1, 2, 3]
    reader = open_reader(installation.settings.log_url, "media", {partition: 0}, lake.log_options)
    fetched = reader.poll(10, 10)
    reader.close()
    assert [bytes(value) for value in fetched.values] == [b"0-0", b"0-1", b"1-0", b"1-1"]


def test_who_lost_the_lease_publishes_nothing(
    installation: Installation, lake: Lake, control: Control, clock: Clock, place: MakePlace
) -> None:
    def slow(context: Context) -> None:
        clock.pass_(timedelta(seconds=LEASE_SECONDS + 1))
        assert control.jobs.lease(["film"], "b", clock(), LEASE_SECONDS)
        context.progress(0.5)
        waiting(context.stopping.is_set)
        context.publish("media", [Record(b"k", b"v")])

    installation.log.ensure_topic("media")
    control.jobs.enqueue("film", "k", {})
    assert place({"film": slow}).work_once()
    (job,) = control.jobs.list()
    assert (job.state, job.owner) == ("running", "b")
    assert set(lake.log.end_offsets("media").values()) == {0}


ENDLESS = """
import sys, threading
from dataclasses import replace
from datetime import UTC, datetime
from control.store import Control
from jobs.worker import Place
from kinelake.installation import Installation
from kinelake.settings import load

def film(context):
    context.progress(0.5, "half of it")
    threading.Event().wait()

installation = Installation(load({"data": sys.argv[1]}, {}))
lake = replace(installation.lake, control=Control.open(sys.argv[2]))
Place(lake, {"film": film}, (), "doomed", lambda: datetime.now(UTC), threading.Event()).work_once()
"""


@pytest.fixture(params=["sqlite", "postgres"])
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a control store for several processes."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/shared.db"
    return str(request.getfixturevalue("postgres").database())


def test_the_film_of_a_killed_worker_is_taken_over_after_its_lease_and_begins_anew(
    shared: str, installation: Installation, lake: Lake
) -> None:
    control = Control.open(shared)
    job = control.jobs.enqueue("film", "k", {})
    command = [sys.executable, "-c", ENDLESS, str(installation.settings.data), shared]
    doomed = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    try:
        waiting(lambda: control.jobs.list()[0].progress == 0.5)
    finally:
        doomed.send_signal(signal.SIGKILL)
        doomed.wait()
    seen = []

    def film(context: Context) -> None:
        seen.append((context.job.attempt, context.job.progress, context.job.words))

    def taken(clock: Callable[[], datetime]) -> bool:
        here = Lake(**{**vars(lake), "control": control})
        return Place(here, {"film": film}, (), "heir", clock, threading.Event()).work_once()

    assert not taken(lambda: datetime.now(UTC))
    assert taken(lambda: datetime.now(UTC) + timedelta(seconds=LEASE_SECONDS + 1))
    ended = control.jobs.get(job.id)
    control.close()
    assert seen == [(2, 0.0, None)]
    assert ended is not None
    assert (ended.state, ended.owner) == ("finished", "heir")
