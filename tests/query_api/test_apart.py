"""Work apart is done in turn, few wait for it, and without a process apart it is not done at all."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest

from query_api.apart import InTurn, NobodyApart, nobody
from web.problems import Problem

pytestmark = pytest.mark.anyio

T = TypeVar("T")


class Slow:
    """An Apart that does nothing before it is let; `at_once` is how many it ever did at the same time."""

    def __init__(self) -> None:
        self.let = threading.Event()
        self.at_once = 0
        self._now = 0

    def __call__(self, work: Callable[..., T], *arguments: Any) -> T:
        self._now += 1
        self.at_once = max(self.at_once, self._now)
        self.let.wait(60)
        self._now -= 1
        return work(*arguments)


@pytest.fixture
def slow() -> Iterator[Slow]:
    made = Slow()
    yield made
    made.let.set()


async def test_one_is_done_after_the_other_and_who_comes_when_too_many_wait_is_told_to_come_again(slow: Slow) -> None:
    turns = InTurn(slow, most_waiting=3)
    begun = [asyncio.create_task(turns(pow, 2, number)) for number in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Problem) as refused:
        await turns(pow, 2, 3)
    assert (refused.value.status, refused.value.code) == (503, "busy")
    assert int(refused.value.headers["Retry-After"]) > 0
    slow.let.set()
    assert [await one for one in begun] == [1, 2, 4]
    assert slow.at_once == 1
    assert await turns(pow, 2, 3) == 8
    turns.stop()


async def test_an_error_comes_through_and_makes_room_again(slow: Slow) -> None:
    slow.let.set()
    turns = InTurn(slow, most_waiting=1)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            await turns(divmod, 1, 0)
    turns.stop()


async def test_without_a_process_apart_nothing_is_done() -> None:
    turns = InTurn(nobody)
    with pytest.raises(NobodyApart):
        await turns(pow, 2, 2)
    turns.stop()
