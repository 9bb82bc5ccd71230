"""A worker over an installation that fetches from a server of the test's."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from control.jobs import Job
from jobs.kinds import kinds
from jobs.lake import Lake
from kinelake.settings import load
from tests.jobs.conftest import MakePlace
from tests.kit.maxmind import MaxMindServer, maxmind_server

Do = Callable[..., Job]


@pytest.fixture
def server() -> Iterator[MaxMindServer]:
    with maxmind_server() as made:
        yield made


@pytest.fixture
def work(lake: Lake, place: MakePlace, server: MaxMindServer, tmp_path: Path) -> Do:
    """Does one job of a kind with settings besides the server's; the job as it is then."""

    def one(kind: str, payload: dict[str, Any] | None = None, **settings: object) -> Job:
        named = {name: value for name, value in {**server.settings, **settings}.items() if value is not None}
        over = replace(lake, settings=load({"data": tmp_path / "data", **named}, {}).settings)
        job = lake.control.jobs.enqueue(kind, kind, payload or {})
        assert place({found.name: found.work for found in kinds() if found.name == kind}, over=over).work_once()
        ended = lake.control.jobs.get(job.id)
        assert ended is not None
        return ended

    return one
