"""A day that is over has one row a window; what it comes to is the same before, after and in between."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from schemas.pose.windows import POSE_WINDOWS
from sinks.files import ExchangeRaced, TableFiles
from sinks.location import Location
from sinks.pose.options import PoseOptions
from sinks.pose.sessions import sessions
from sinks.pose.settle import settle_at
from sinks.pose.windows import windows
from sinks.reader import TableReader
from sinks.settling import Settled
from tests.kit.pose_tables import commit, standing

DAY = datetime(2026, 2, 17, 23, 59, tzinfo=UTC)
OPTIONS = PoseOptions()


@pytest.fixture
def location(tmp_path: Path) -> Location:
    """A session over midnight whose every second came in two commits."""
    found = Location(str(tmp_path))
    frames = standing("s", 120, rep=1)
    for number in range(8):
        at = DAY if number < 4 else DAY + timedelta(minutes=2)
        commit(found, frames[15 * number : 15 * number + 15], at=at)
    return found


def rows(location: Location) -> int:
    return int(TableReader(location).scan("pose_windows").select(pl.len()).collect().item())


def run(location: Location, days: float) -> Settled:
    at = datetime(2026, 2, 17, 12, tzinfo=UTC) + timedelta(days=days)
    return settle_at(location, at, at, OPTIONS)


def whole(location: Location) -> tuple[pl.DataFrame, pl.DataFrame]:
    reader = TableReader(location)
    return windows(reader, DAY).collect(), sessions(reader, DAY).collect()


def test_a_day_is_put_together_once_it_is_over_and_only_once(location: Location) -> None:
    before = whole(location)
    assert run(location, 1) == Settled(0, 0, 0, 16)
    assert run(location, 2) == Settled(3, 0, 5, 8)
    assert rows(location) == 6
    assert run(location, 2) == Settled(0, 0, 0, 8)
    assert run(location, 9).states_kept == 0
    assert rows(location) == 4
    for frame, again in zip(before, whole(location), strict=True):
        assert_frame_equal(frame, again)


def test_two_runs_at_once_put_a_day_together_once(location: Location) -> None:
    late = TableFiles.open(location, POSE_WINDOWS)
    paths = late.listing()["path"].to_list()
    run(location, 9)
    with pytest.raises(ExchangeRaced):
        late.exchange(paths, late.scan([]).collect(), {})
    assert rows(location) == 4
