"""What is begun at once ends at once, or goes on as a task."""

import asyncio

import pytest

from web.eager import begin

pytestmark = pytest.mark.anyio


class Told:
    """Somebody who waits for two futures, and writes down what happens."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.first, self.second = loop.create_future(), loop.create_future()
        self.heard: list[object] = []
        self.tasks: list[object] = []

    async def listen(self) -> None:
        try:
            self.tasks.append(asyncio.current_task())
            self.heard.append(await self.first)
            self.tasks.append(asyncio.current_task())
            self.heard.append(await self.second)
        except (asyncio.CancelledError, ValueError) as error:
            self.heard.append(type(error).__name__)
            await asyncio.sleep(0)
            self.heard.append("done")
            raise


@pytest.fixture
async def told() -> Told:
    return Told()


def begun(told: Told) -> "asyncio.Task[None]":
    task = begin(told.listen(), asyncio.get_running_loop())
    assert task is not None
    return task


async def test_what_waits_for_nothing_has_ended_and_is_no_task() -> None:
    heard = []

    async def at_once() -> None:
        heard.append(1)

    assert begin(at_once(), asyncio.get_running_loop()) is None
    assert heard == [1]


async def test_what_fails_before_it_waits_raises_where_it_began() -> None:
    async def fails() -> None:
        raise ValueError("at once")

    with pytest.raises(ValueError, match="at once"):
        begin(fails(), asyncio.get_running_loop())


async def test_what_waits_goes_on_as_a_task_of_its_own(told: Told) -> None:
    task = begun(told)
    told.first.set_result("one")
    told.second.set_result("two")
    await task
    assert told.heard == ["one", "two"]
    assert told.tasks == [asyncio.current_task(), task]


async def test_a_future_that_fails_raises_where_it_is_waited_for(told: Told) -> None:
    task = begun(told)
    told.first.set_exception(ValueError("later"))
    with pytest.raises(ValueError, match="later"):
        await task
    assert told.heard == ["ValueError", "done"]


@pytest.mark.parametrize("turns", [0, 1, 5], ids=["before its first turn", "in its first turn", "later"])
async def test_a_cancelled_one_learns_of_it_where_it_waits_and_may_wait_again(told: Told, turns: int) -> None:
    task = begun(told)
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (told.heard, task.cancelled()) == (["CancelledError", "done"] if turns else [], True)


async def test_the_second_wait_can_be_cancelled_as_well(told: Told) -> None:
    task = begun(told)
    told.first.set_result("one")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert told.heard == ["one", "CancelledError", "done"]
