"""Budgets in windows: in memory as a plain reference counts them, shared as several processes take them."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from control.request_windows import Leased
from control.store import Control
from tests.web.conftest import Clock
from web.windows import Budget, MemoryWindows, SharedWindows, Spent, Windows

pytestmark = pytest.mark.anyio

BUDGET = Budget("key", 100, 60)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/control.db"
    return str(request.getfixturevalue("postgres").database())


@pytest.fixture
def process(url: str, clock: Clock) -> Iterator[Callable[[], SharedWindows]]:
    """Makes the windows of one more process, with connections of its own."""
    opened = list[Control]()

    def made() -> SharedWindows:
        opened.append(Control.open(url, clock))
        return SharedWindows(opened[-1].request_windows, clock, longest=60)

    yield made
    for control in opened:
        control.close()


class Counter:
    """What fixed windows are, in plain words: the reference."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.begun: dict[str, tuple[datetime, int]] = {}

    def spend(self, budget: Budget) -> Spent:
        now = self.clock()
        start, used = self.begun.get(budget.name, (now, 0))
        if now - start >= timedelta(seconds=budget.seconds):
            start, used = now, 0
        fits = used < budget.requests
        self.begun[budget.name] = start, used + fits
        reset = budget.seconds - (now - start).total_seconds()
        return Spent(fits, budget.requests, budget.requests - used - fits, reset)


@given(
    steps=st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from([0, 0, 0, 0.5, 3, 9.5, 10, 60])), min_size=1, max_size=60
    ),
    requests=st.integers(1, 5),
)
def test_windows_in_memory_are_counted_as_the_reference_counts_them(
    steps: list[tuple[str, float]], requests: int
) -> None:
    clock = Clock()
    windows, reference = MemoryWindows(clock), Counter(clock)

    async def spent() -> None:
        for name, seconds in steps:
            clock.pass_seconds(seconds)
            budget = Budget(name, requests, 10)
            assert await windows.spend(budget) == reference.spend(budget)

    asyncio.run(spent())


async def test_what_was_counted_wrongly_is_given_back_and_looking_costs_nothing(clock: Clock) -> None:
    windows = MemoryWindows(clock)
    assert windows.look(BUDGET).remaining == 100
    await windows.spend(BUDGET)
    assert windows.look(BUDGET).remaining == 99
    for _ in range(2):
        windows.give_back(BUDGET)
        assert windows.look(BUDGET).remaining == 100


async def test_windows_are_bounded_the_first_to_begin_goes(clock: Clock) -> None:
    windows = MemoryWindows(clock, most=2)
    for name in "abc":
        await windows.spend(Budget(name, 1, 60))
    assert [(await windows.spend(Budget(name, 1, 60))).fits for name in "cb"] == [False, False]
    assert (await windows.spend(Budget("a", 1, 60))).fits


async def test_a_clock_that_is_set_back_keeps_no_window_open(clock: Clock) -> None:
    windows = MemoryWindows(clock)
    await windows.spend(Budget("a", 1, 60))
    clock.pass_seconds(-3600)
    assert (await windows.spend(Budget("a", 1, 60))).fits


async def used_up(windows: Windows, budget: Budget = BUDGET) -> int:
    """How many requests fit, one after the other."""
    count = 0
    while (await windows.spend(budget)).fits:
        count += 1
    return count


async def test_two_processes_share_a_budget_down_to_the_last_request(process: Callable[[], SharedWindows]) -> None:
    first, second = process(), process()
    spent = [(await windows.spend(BUDGET)).fits for _ in range(30) for windows in (first, second)]
    assert spent == [True] * 60
    assert await used_up(first) + await used_up(second) == 40
    assert not (await first.spend(BUDGET)).fits


async def test_many_requests_at_once_ask_control_once_for_ten(
    process: Callable[[], SharedWindows], monkeypatch: pytest.MonkeyPatch
) -> None:
    windows, asked = process(), list[str]()
    lease = windows._store.lease

    def noted(name: str, *rest: Any) -> Leased:
        asked.append(name)
        return lease(name, *rest)

    monkeypatch.setattr(windows._store, "lease", noted)
    spent = await asyncio.gather(*(windows.spend(BUDGET) for _ in range(150)))
    assert sum(each.fits for each in spent) == 100
    assert len(asked) == 10


async def test_a_small_budget_is_leased_a_request_at_a_time(process: Callable[[], SharedWindows]) -> None:
    budget = Budget("small", 5, 60)
    first, second = process(), process()
    spent = [(await windows.spend(budget)).fits for _ in range(3) for windows in (first, second)]
    assert spent == [True] * 5 + [False]


async def test_a_shared_window_ends_for_all_processes(process: Callable[[], SharedWindows], clock: Clock) -> None:
    first, second = process(), process()
    assert await used_up(first) == 100
    clock.pass_seconds(59)
    refused = await second.spend(BUDGET)
    assert (refused.fits, refused.remaining, refused.reset) == (False, 0, 1)
    clock.pass_seconds(1)
    assert await used_up(second) == 100


async def test_who_gives_up_waiting_for_a_lease_does_not_end_it_for_others(
    process: Callable[[], SharedWindows],
) -> None:
    windows = process()
    waiting = [asyncio.create_task(windows.spend(BUDGET)) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    others = await asyncio.gather(*waiting[1:])
    assert [each.fits for each in others] == [True, True]


async def test_windows_that_ended_are_swept_from_control(process: Callable[[], SharedWindows], clock: Clock) -> None:
    windows = process()
    await windows.spend(Budget("old", 100, 60))
    clock.pass_seconds(61)
    await windows.spend(BUDGET)
    with windows._store._database.read() as connection:
        names = connection.exec_driver_sql("SELECT budget FROM request_windows").scalars().all()
    assert names == ["key"]
