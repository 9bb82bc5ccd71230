"""A table's move is seen at the next question."""

from pathlib import Path

import polars as pl
import pytest

from schemas.shared.dead_letters import DEAD_LETTERS
from schemas.shared.suppressed import SUPPRESSED
from sinks.location import Location
from sinks.moved import MOST_SECONDS, Moved

NAME = SUPPRESSED.name


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """The log of a table at version 0."""
    pl.DataFrame({"n": [1]}).write_delta(str(tmp_path / NAME))
    return tmp_path / NAME / "_delta_log"


def moved(log: Path, clock: Clock) -> Moved:
    return Moved(Location(str(log.parents[1])), [SUPPRESSED], clock)


def test_at_rest_it_says_no_until_a_commit_says_yes(log: Path) -> None:
    asked = moved(log, Clock())
    assert [asked(0), asked(0), asked(0)] == [True, False, False]
    pl.DataFrame({"n": [2]}).write_delta(str(log.parent), mode="append")
    assert [asked(0), asked(1)] == [True, False]


def test_a_commit_right_after_another_is_seen(log: Path) -> None:
    asked = moved(log, Clock())
    assert [asked(0), asked(0)] == [True, False]
    for version in range(20):
        pl.DataFrame({"n": [2]}).write_delta(str(log.parent), mode="append")
        assert [asked(version), asked(version + 1)] == [True, False]


def test_a_table_that_is_made_is_seen(tmp_path: Path) -> None:
    asked = Moved(Location(str(tmp_path)), [SUPPRESSED], Clock())
    assert [asked(-1), asked(-1)] == [True, False]
    pl.DataFrame({"n": [1]}).write_delta(str(tmp_path / NAME))
    assert asked(-1)


def test_one_of_several_tables_moves(log: Path) -> None:
    asked = Moved(Location(str(log.parents[1])), [SUPPRESSED, DEAD_LETTERS], Clock())
    assert [asked(0, -1), asked(0, -1)] == [True, False]
    pl.DataFrame({"n": [1]}).write_delta(str(log.parents[1] / DEAD_LETTERS.name))
    assert [asked(0, -1), asked(0, 0)] == [True, False]


def test_who_has_fallen_behind_what_the_log_has_looks_all_the_same(log: Path) -> None:
    clock = Clock()
    asked = moved(log, clock)
    assert asked(0)
    for n in (1, 2):
        pl.DataFrame({"n": [n]}).write_delta(str(log.parent), mode="append")
    (log / f"{1:020}.json").unlink()
    assert not asked(0)
    clock.now += MOST_SECONDS
    assert asked(0)


def test_it_says_yes_once_a_second_all_the_same(log: Path) -> None:
    clock = Clock()
    asked = moved(log, clock)
    assert asked(0)
    clock.now += MOST_SECONDS / 2
    assert not asked(0)
    clock.now += MOST_SECONDS / 2
    assert asked(0)


def test_of_a_bucket_it_says_yes() -> None:
    asked = Moved(Location("s3://bucket/tables"), [SUPPRESSED])
    assert [asked(0), asked(0)] == [True, True]
