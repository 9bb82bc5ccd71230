"""The control store on both databases, and a clock that tests set."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from control.store import Control
from tests.kit.migrated import migrated


class Clock:
    """A clock that stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now = datetime(2026, 2, 17, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A new, empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/control.db"
    return str(request.getfixturevalue("postgres").database())


@pytest.fixture
def control(url: str, clock: Callable[[], datetime], tmp_path: Path) -> Iterator[Control]:
    opened = Control.open(migrated(tmp_path) if url.startswith("sqlite") else url, clock)
    yield opened
    opened.close()
