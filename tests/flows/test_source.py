"""What one item of the conveyor holds, and where it is cut when an epoch is replayed."""

from datetime import UTC, datetime
from itertools import islice
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from event_log import Fetched
from flows.conveyor.source import (
    BUSY_SECONDS,
    ITEM_BYTES,
    ITEM_MESSAGES,
    POLL_MESSAGES,
    POLL_SECONDS,
    Cut,
    Landed,
    LogPartition,
    Poll,
    _next_offsets,
    joined,
    taken,
)
from flows.steps.standard import Start

NOON = datetime(2026, 2, 17, 12, tzinfo=UTC)
EPOCH, TURN, COMMIT = 0.25, 0.02, 0.1
"""Seconds: an epoch as it is set, what the steps take over an item, and what a commit takes."""


def fetched(places: list[tuple[int, int]]) -> Fetched:
    return Fetched(
        partitions=np.array([partition for partition, _ in places], np.int32),
        offsets=np.array([offset for _, offset in places], np.int64),
        keys=[f"key of {partition}/{offset}".encode() for partition, offset in places],
        values=[f"{partition}/{offset}".encode() for partition, offset in places],
        clients=[b""] * len(places),
    )


def values(poll: Poll) -> list[bytes]:
    return list(poll.fetched.values)


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9)), unique=True),
    st.lists(st.dictionaries(st.integers(0, 3), st.integers(0, 5)), max_size=3),
)
def test_a_cut_item_never_crosses_the_end_of_what_a_table_has(
    places: list[tuple[int, int]], steps: list[dict[int, int]]
) -> None:
    places = sorted(places)
    ends = {
        f"table {n}": {p: sum(step.get(p, 0) for step in steps[: n + 1]) for p in range(4)} for n in range(len(steps))
    }
    whole = fetched(places)
    parts = Cut(Start("primary", {"primary": dict.fromkeys(range(4), 0), **ends}).landed)(Poll(whole, {}))
    for table, end in ends.items():
        has = [value for part in parts if table in part.landed for value in values(part)]
        assert sorted(has) == values(Poll(fetched([(p, offset) for p, offset in places if offset < end[p]]), {}))
    assert sorted(value for part in parts for value in values(part)) == values(Poll(whole, {}))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9)), unique=True, min_size=1))
def test_a_part_says_where_reading_goes_on_after_it(places: list[tuple[int, int]]) -> None:
    whole = fetched(sorted(places))
    for part in Cut([Landed(dict.fromkeys(range(4), 5), frozenset())])(Poll(whole, _next_offsets(whole))):
        for partition, offset in zip(part.fetched.partitions, part.fetched.offsets, strict=True):
            assert offset < part.next_offsets[int(partition)]


def test_polls_are_joined_in_order() -> None:
    whole = joined(iter([fetched([(0, 1), (0, 2)]), fetched([]), fetched([(1, 0)])]))
    assert whole.values == [b"0/1", b"0/2", b"1/0"]
    assert whole.keys == [b"key of 0/1", b"key of 0/2", b"key of 1/0"]
    part = taken(whole, np.array([True, False, True]))
    assert (part.offsets.tolist(), part.keys) == ([1, 0], [b"key of 0/1", b"key of 1/0"])


class Endless:
    """A log with no end of messages of one size."""

    def __init__(self, size: int) -> None:
        self.asked: list[int] = []
        self._value = bytes(size)

    def poll(self, most: int, timeout: float) -> Fetched:
        self.asked.append(most)
        return Fetched(
            np.zeros(most, np.int32), np.arange(most, dtype=np.int64), [b""] * most, [self._value] * most, [b""] * most
        )

    def end_offsets(self) -> dict[int, int]:
        return {0: 1}


@pytest.mark.parametrize("size", [1, 300, 40_000, 900_000, 4 * 2**20])
def test_an_item_stays_within_its_bytes_however_large_messages_are(size: int) -> None:
    log = Endless(size)
    partition = LogPartition(cast(Any, log), lambda: NOON, lambda: False)
    partition.next_batch()
    assert partition.next_batch() == []
    (item,) = partition.next_batch()
    assert ITEM_BYTES // 2 <= len(item.fetched) * size <= ITEM_BYTES or len(item.fetched) >= ITEM_MESSAGES
    assert max(log.asked) <= POLL_MESSAGES


class Once:
    """A log with one message; waiting for another takes as long as it may."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waited: list[float] = []
        self._left = [fetched([(0, 0)])]

    def poll(self, most: int, timeout: float) -> Fetched:
        if self._left:
            return self._left.pop()
        self.waited.append(timeout)
        self.now += timeout
        return Fetched.nothing()

    def end_offsets(self) -> dict[int, int]:
        return {0: 1}


def test_an_epoch_closes_in_time_however_long_the_steps_take_over_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    log = Once()
    monkeypatch.setattr("flows.conveyor.source.time", SimpleNamespace(monotonic=lambda: log.now))
    partition = LogPartition(cast(Any, log), lambda: NOON, lambda: False)
    assert len(partition.next_batch()[0].fetched) == 1
    log.waited.clear()
    log.now += 60
    while log.now < 1060 + BUSY_SECONDS:
        partition.next_batch()
    assert {*log.waited} == {POLL_SECONDS}
    partition.next_batch()
    assert max(log.waited) > POLL_SECONDS


class Steady:
    """A log to which a message comes every millisecond from a moment on, and the time that goes by beside it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, begins: float = 0.0) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        self._begins = self.now + begins
        self._read = 0
        time = SimpleNamespace(monotonic=lambda: self.now, sleep=self._sleep)
        monkeypatch.setattr("flows.conveyor.source.time", time)

    def poll(self, most: int, timeout: float) -> Fetched:
        if not self._waiting() and timeout:
            self.now = min(self.now + timeout, max(self.now, self._begins) + 0.001)
        first, self._read = self._read, self._read + min(most, self._waiting())
        return fetched([(0, offset) for offset in range(first, self._read)])

    def end_offsets(self) -> dict[int, int]:
        return {0: self._read + self._waiting()}

    def _waiting(self) -> int:
        return max(0, round((self.now - self._begins) * 1000) - self._read)

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def by_epoch(partition: LogPartition, log: Steady, epochs: int) -> list[list[int]]:
    """How many messages each item of each epoch has, as Bytewax takes turns.

    An epoch closes with a turn that begins when it is over, after what the turn brings; the next one counts from there.
    """
    found: list[list[int]] = [[]]
    began = log.now
    while len(found) <= epochs:
        turned = log.now
        for item in partition.next_batch():
            found[-1].append(len(item.fetched))
            log.now += TURN
        if turned - began >= EPOCH:
            partition.snapshot()
            began = turned
            log.now += COMMIT if sum(found[-1]) else 0
            found.append([])
    return found[:-1]


def test_what_comes_before_the_epoch_is_over_is_one_item_once_the_flow_has_caught_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log = Steady(monkeypatch)
    partition = LogPartition(cast(Any, log), lambda: NOON, lambda: False, None, EPOCH, lambda: True)
    _, *epochs = by_epoch(partition, log, 9)
    assert [len(items) for items in epochs] == [1] * 8
    # a commit belongs to the epoch that began before it
    assert {sum(items) for items in epochs} <= set(range(int(1000 * EPOCH), int(1000 * (EPOCH + TURN) + 3)))


def test_a_flow_that_is_behind_waits_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    log = Steady(monkeypatch)
    partition = LogPartition(cast(Any, log), lambda: NOON, lambda: False, None, EPOCH, lambda: False)
    assert max(map(len, by_epoch(partition, log, 4))) > 5
    assert log.slept == []


def test_what_comes_while_the_flow_is_at_rest_is_handed_on_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    log = Steady(monkeypatch, begins=2.6)
    partition = LogPartition(cast(Any, log), lambda: NOON, lambda: False, None, EPOCH, lambda: True)
    first = next(items for items in by_epoch(partition, log, 12) if sum(items))
    assert first[0] == 1


def test_a_flow_that_gathers_stops_when_it_is_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    log = Steady(monkeypatch)
    partition = LogPartition(cast(Any, log), lambda: NOON, lambda: log.now > 1001, None, 3600, lambda: True)
    partition.snapshot()
    turns = list(islice(iter(partition.next_batch, None), 100))
    assert len(turns) < 100
    assert log.now < 1002
