"""The process that is kept for work: ended by whatever should end it, never the end of what comes next."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from jobs.faults import WorkFailed, WorkTooSlow
from jobs.kept import KeptProcess
from schemas.shared.faults import Terminal
from tests.kit.running import alive, waiting


def here(number: int = 0) -> tuple[int, int]:
    return number * number, os.getpid()


def refuse() -> None:
    raise Terminal("not today")


def die() -> None:
    os._exit(7)


def wait_for_ever() -> None:
    while True:
        time.sleep(60)


@pytest.fixture(scope="module")
def kept() -> Iterator[KeptProcess]:
    made = KeptProcess()
    yield made
    made.end()


def test_work_is_done_in_one_process_that_is_not_this_one(kept: KeptProcess) -> None:
    (squared, first), (_, second) = kept(here, 12), kept(here)
    assert squared == 144
    assert first == second != os.getpid()


def test_its_error_comes_through_and_the_process_goes_on(kept: KeptProcess) -> None:
    _, before = kept(here)
    with pytest.raises(Terminal, match="not today"):
        kept(refuse)
    assert kept(here)[1] == before


def test_one_that_dies_is_named_with_its_code_and_the_next_piece_has_another(kept: KeptProcess) -> None:
    _, before = kept(here)
    with pytest.raises(WorkFailed, match="the process of die ended with exit code 7"):
        kept(die)
    assert kept(here)[1] != before


def test_one_that_was_killed_while_it_was_idle_is_no_loss(kept: KeptProcess) -> None:
    _, before = kept(here)
    os.kill(before, signal.SIGKILL)
    waiting(lambda: not alive(before))
    assert kept(here)[1] != before


def test_work_that_takes_too_long_ends_with_its_process() -> None:
    kept = KeptProcess()
    _, before = kept(here)
    kept._seconds = 0.2
    with pytest.raises(WorkTooSlow, match="wait_for_ever was not done"):
        kept(wait_for_ever)
    assert not psutil.pid_exists(before)
    kept.end()


def test_after_some_pieces_it_is_another_process() -> None:
    kept = KeptProcess(pieces=2)
    found = [kept(here)[1] for _ in range(3)]
    assert found[0] == found[1] != found[2]
    kept.end()
    assert not psutil.pid_exists(found[2])


def test_it_is_gone_a_while_after_the_last_piece() -> None:
    kept = KeptProcess(idle=0.05)
    _, process = kept(here)
    waiting(lambda: not alive(process))
    assert kept(here)[0] == 0
    kept.end()


ASKING = """
import os, sys
from jobs.kept import KeptProcess
from tests.jobs.test_kept import here

if __name__ == "__main__":
    kept = KeptProcess()
    print(kept(here)[1], flush=True)
    os.kill(os.getpid(), 9)
"""


def test_it_is_gone_once_who_asked_it_was_killed(tmp_path: Path) -> None:
    script = tmp_path / "asking.py"
    script.write_text(ASKING)
    said = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": "."},
    )
    process = int(said.stdout)
    waiting(lambda: not psutil.pid_exists(process))
