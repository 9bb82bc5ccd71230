"""Writers killed at random moments, and several at once: each offset is in each table once."""

import os
import random
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest

from sinks.location import Location
from tests.kit.readings import stored
from tests.kit.writer import Writer

KILLS = 6
Writing = Callable[[Sequence[int], int, int], Writer]


@pytest.fixture
def writing(tmp_path: Path, location: Location) -> Writing:
    """A writer of partitions to their end, by a seed."""
    return partial(Writer, tmp_path, location)


def killed(writer: Writer, dice: random.Random) -> None:
    """Kills it a random moment after a random commit, as often as not inside the next one."""
    writer.opened()
    writer.go()
    for _ in range(dice.randint(0, 4)):
        writer.said.readline()
    time.sleep(dice.uniform(0, 0.03))
    writer.killed()


def finished(writer: Writer) -> None:
    writer.opened()
    errors = ended(writer)
    assert writer.process.returncode == 0, errors


def ended(writer: Writer) -> str:
    """What it complained of until its end."""
    writer.go()
    return writer.complaints()


@pytest.mark.slow
def test_every_offset_is_in_both_tables_once_however_often_the_writer_is_killed(
    writing: Writing, location: Location
) -> None:
    seed = int(os.environ.get("KINELAKE_TEST_SEED", random.SystemRandom().randrange(10**6)))
    print(f"KINELAKE_TEST_SEED={seed}")
    dice = random.Random(seed)
    for _ in range(KILLS):
        killed(writing([0, 1], 400, dice.randrange(10**6)), dice)
    finished(writing([0, 1], 400, seed))
    for partition in (0, 1):
        assert stored(location, "readings", partition) == list(range(400))
        assert stored(location, "peaks", partition) == list(range(0, 400, 3))


def test_processes_that_start_at_once_share_the_tables_they_make(writing: Writing, location: Location) -> None:
    writers = [writing([partition], 60, partition) for partition in range(3)]
    for writer in writers:
        finished(writer)
    for partition in range(3):
        assert stored(location, "readings", partition) == list(range(60))
        assert stored(location, "peaks", partition) == list(range(0, 60, 3))


def test_of_two_writers_of_the_same_partitions_one_is_fenced_and_no_row_is_doubled(
    writing: Writing, location: Location
) -> None:
    writers = [writing([0], 200, seed) for seed in (1, 2)]
    for writer in writers:
        writer.opened()
    errors = [ended(writer) for writer in writers]
    assert any("sinks.faults.Fenced" in error for error in errors), errors
    finished(writing([0], 200, 3))
    assert stored(location) == list(range(200))
    assert stored(location, "peaks") == list(range(0, 200, 3))
