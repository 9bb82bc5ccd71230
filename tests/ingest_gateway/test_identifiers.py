"""UUIDv7 as RFC 9562 lays it out, ascending whatever the clock does."""

import os
import uuid
import warnings

from hypothesis import given
from hypothesis import strategies as st

from ingest_gateway.taking.identifiers import TimeOrderedIds, repeatable_id
from schemas.shared.random_digits import random_digits

MICROSECONDS = st.integers(0, 2**47 * 1000 - 1)
TEXT = st.text(max_size=20)


@given(MICROSECONDS)
def test_an_id_is_a_uuid_of_version_7_that_holds_its_time(now: int) -> None:
    made = uuid.UUID(TimeOrderedIds().next(now))
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == max(now, 1) // 1000
    assert abs((made.int >> 64 & 0xFFF) * 1000 // 4096 - now % 1000) <= 1


@given(st.lists(MICROSECONDS, min_size=2))
def test_ids_ascend_also_when_the_clock_is_set_back(times: list[int]) -> None:
    ids = TimeOrderedIds()
    made = [ids.next(now) for now in times]
    assert made == sorted(set(made))


def test_ten_thousand_ids_of_one_microsecond_ascend() -> None:
    ids = TimeOrderedIds()
    made = [ids.next(1_771_322_400_000_000) for _ in range(10_000)]
    assert made == sorted(set(made))


def test_several_ids_ascend_with_those_before_and_behind_them() -> None:
    ids = TimeOrderedIds()
    made = [ids.next(9), *ids.several(5, 100), ids.next(1)]
    assert made == sorted(set(made))


def test_a_forked_process_draws_no_digits_of_its_parent() -> None:
    random_digits()
    come, go = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of Python 3.12, where there are threads
        child = os.fork()
    if child == 0:
        os.write(go, random_digits().encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(go)
    with open(come) as told:
        assert told.read() not in {"", random_digits()}


Parts = tuple[str, str, str, str, int]
PARTS = st.tuples(TEXT, TEXT, TEXT, TEXT, st.integers(0, 1000))


@given(PARTS, PARTS)
def test_a_repeatable_id_follows_from_its_five_parts_and_nothing_else(first: Parts, second: Parts) -> None:
    assert (repeatable_id(*first) == repeatable_id(*second)) == (first == second)


def test_the_id_of_a_key_never_changes() -> None:
    """A gateway of another version has to give a retry the same id."""
    assert repeatable_id("acme", "ab12", "media", "order-1", 0) == "0a8c098d-7dc3-5c7c-ac70-87b5a0295b1f"
