"""A table's move is seen at the next question, however coarse the times of files are."""

import os
from pathlib import Path

import polars as pl
import pytest

from schemas.shared.suppressed import SUPPRESSED
from sinks.location import Location
from sinks.moved import MOST_SECONDS, RACY_SECONDS, Moved

NAME = SUPPRESSED.name


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """The log of a table, last written long ago."""
    pl.DataFrame({"n": [1]}).write_delta(str(tmp_path / NAME))
    log = tmp_path / NAME / "_delta_log"
    os.utime(log, (1_000, 1_000))
    return log


def moved(log: Path, clock: Clock, wall: float = 2_000.0) -> Moved:
    return Moved(Location(str(log.parents[1])), [SUPPRESSED], lambda: wall, clock)


def test_at_rest_it_says_no_until_a_commit_says_yes(log: Path) -> None:
    asked = moved(log, Clock())
    assert [asked(), asked(), asked()] == [True, False, False]
    pl.DataFrame({"n": [2]}).write_delta(str(log.parent), mode="append")
    assert asked()


def test_a_log_written_just_now_may_have_been_written_again(log: Path) -> None:
    asked = moved(log, Clock(), wall=1_000 + RACY_SECONDS)
    assert [asked(), asked(), asked()] == [True, True, True]


def test_it_says_yes_once_a_second_all_the_same(log: Path) -> None:
    clock = Clock()
    asked = moved(log, clock)
    assert asked()
    clock.now += MOST_SECONDS / 2
    assert not asked()
    clock.now += MOST_SECONDS / 2
    assert asked()


def test_of_a_table_that_is_not_there_and_of_a_bucket_it_says_yes(tmp_path: Path) -> None:
    for location in (Location(str(tmp_path)), Location("s3://bucket/tables")):
        asked = Moved(location, [SUPPRESSED])
        assert [asked(), asked()] == [True, True]
