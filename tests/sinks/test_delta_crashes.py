"""Writers killed at random moments, and several at once: each offset is in each table once."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from subprocess import PIPE

import pytest

from sinks.location import Location
from tests.kit.readings import stored

ROOT = Path(__file__).parents[2]
KILLS = 6


def writing(location: Location, partitions: Sequence[int], end: int, seed: int) -> subprocess.Popen[str]:
    share = ",".join(map(str, partitions))
    command = [sys.executable, "-m", "tests.kit.writer", location.url, share, str(end), str(seed)]
    return subprocess.Popen(command, cwd=ROOT, stdin=PIPE, stdout=PIPE, stderr=PIPE, text=True)


def killed(writer: subprocess.Popen[str], dice: random.Random) -> None:
    """Kills it a random moment after a random commit, as often as not inside the next one."""
    assert writer.stdin is not None
    assert writer.stdout is not None
    with writer:
        writer.stdin.write("go\n")
        writer.stdin.flush()
        for _ in range(dice.randint(1, 5)):
            writer.stdout.readline()
        time.sleep(dice.uniform(0, 0.03))
        writer.kill()


def finished(writer: subprocess.Popen[str]) -> None:
    _, errors = writer.communicate("go\n", timeout=100)
    assert writer.returncode == 0, errors


@pytest.mark.slow
def test_every_offset_is_in_both_tables_once_however_often_the_writer_is_killed(location: Location) -> None:
    seed = int(os.environ.get("KINELAKE_TEST_SEED", random.SystemRandom().randrange(10**6)))
    print(f"KINELAKE_TEST_SEED={seed}")
    dice = random.Random(seed)
    for _ in range(KILLS):
        killed(writing(location, [0, 1], 400, dice.randrange(10**6)), dice)
    finished(writing(location, [0, 1], 400, seed))
    for partition in (0, 1):
        assert stored(location, "readings", partition) == list(range(400))
        assert stored(location, "peaks", partition) == list(range(0, 400, 3))


def test_processes_that_start_at_once_share_the_tables_they_make(location: Location) -> None:
    writers = [writing(location, [partition], 60, partition) for partition in range(3)]
    for writer in writers:
        finished(writer)
    for partition in range(3):
        assert stored(location, "readings", partition) == list(range(60))
        assert stored(location, "peaks", partition) == list(range(0, 60, 3))


def test_of_two_writers_of_the_same_partitions_one_is_fenced_and_no_row_is_doubled(location: Location) -> None:
    writers = [writing(location, [0], 200, seed) for seed in (1, 2)]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "opened\n"
    errors = [writer.communicate("go\n", timeout=100)[1] for writer in writers]
    assert any("sinks.faults.Fenced" in error for error in errors), errors
    finished(writing(location, [0], 200, 3))
    assert stored(location) == list(range(200))
    assert stored(location, "peaks") == list(range(0, 200, 3))
