"""How many cases the fuzz tests try, and that what watches them sees a slow case and memory that grows."""

import re
import time
from pathlib import Path

import pytest

from tests.kit.fuzzing import FACTOR, MOST_GROWTH, Watch

MUCH = 8 * MOST_GROWTH * FACTOR
"""More than what the tests before may give back to the system at the same moment."""


def test_20000_cases_are_tried_in_every_run() -> None:
    sources = [path.read_text() for path in Path(__file__).parent.rglob("test_*.py")]
    cases = [int(found) for source in sources for found in re.findall(r"^@fuzzed\((\d+)", source, re.MULTILINE)]
    assert sum(cases) >= 20_000


def test_a_slow_case_is_seen() -> None:
    watch = Watch(cases=10, seconds=0.05)

    def slow() -> None:
        with watch.case():
            began = time.thread_time()
            while time.thread_time() - began < 0.06:
                pass

    with pytest.raises(AssertionError, match="s for one case"):
        slow()


def test_memory_that_grows_in_the_second_half_is_seen() -> None:
    watch, held = Watch(cases=4, seconds=10), list[bytearray]()

    def one(size: int) -> None:
        with watch.case():
            held.append(bytearray(b"x") * size)

    one(0)
    one(0)
    with pytest.raises(AssertionError, match="MiB more after 1 cases"):
        one(MUCH)
