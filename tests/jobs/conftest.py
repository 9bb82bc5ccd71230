"""What jobs work on, and a clock that tests set."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

from control.store import Control
from jobs.kinds import kinds
from jobs.lake import Lake
from jobs.schedule import Recurring
from jobs.work import Work
from jobs.worker import Place
from kinelake.installation import Installation
from kinelake.settings import load
from tests.kit.migrated import migrated


class Clock:
    """A clock that stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now = datetime(2026, 2, 17, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, time: timedelta) -> None:
        self.now += time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def control(tmp_path: Path, clock: Clock) -> Iterator[Control]:
    opened = Control.open(migrated(tmp_path), clock)
    yield opened
    opened.close()


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """An installation with an embedded log and tables in a folder, whatever the environment says."""
    opened = Installation(load({"data": tmp_path / "data"}, {}))
    migrated(opened.folder.prepare().path)
    yield opened
    opened.close()


@pytest.fixture
def lake(installation: Installation, control: Control) -> Lake:
    """Its stores, but for control, whose clock is the test's."""
    return replace(installation.lake, control=control)


MakePlace = Callable[..., Place]


@pytest.fixture
def place(lake: Lake, clock: Clock) -> MakePlace:
    """Makes a place of a worker; `owner` is a, and nobody stops it, unless one says so."""

    def make(
        work: Mapping[str, Work],
        rounds: tuple[Recurring, ...] = (),
        owner: str = "a",
        stopping: Event | None = None,
        over: Lake = lake,
    ) -> Place:
        return Place(over, work, rounds, owner, clock, stopping or Event())

    return make


@pytest.fixture
def do(lake: Lake, place: MakePlace) -> Callable[..., str]:
    """Has a worker do one job of a kind that there is, with settings of the tables if given; what became of it."""

    def one(kind: str, key: str = "", **settings: int) -> str:
        over = replace(lake, sink_options=lake.sink_options.model_copy(update=settings))
        works = {found.name: found.work for found in kinds()}
        job = lake.control.jobs.enqueue(kind, key or kind, {})
        assert place({kind: works[kind]}, over=over).work_once()
        ended = lake.control.jobs.get(job.id)
        assert ended is not None
        return ended.state if ended.reason is None else f"{ended.state}: {ended.reason}"

    return one
