"""Coroutines that begin at once, as eager tasks of Python 3.12 do: what need not wait is no task."""

import asyncio
from collections.abc import Coroutine, Generator
from types import coroutine
from typing import Any


def begin(of_whom: Coroutine[Any, Any, None], loop: asyncio.AbstractEventLoop) -> asyncio.Task[None] | None:
    """Runs it until it waits for something, and as a task from there on; None where it has ended.

    Until it waits it belongs to no task, so it must not ask for one before, as asyncio.timeout does.
    """
    try:
        awaited = of_whom.send(None)
    except StopIteration:
        return None
    return loop.create_task(_rest(of_whom, awaited))


@coroutine
def _rest(begun: Coroutine[Any, Any, None], awaited: Any) -> Generator[Any, Any, None]:
    """What is left of a coroutine that waits; cancelled, it learns of it there."""
    try:
        while True:
            try:
                sent = yield awaited
            except BaseException as thrown:
                awaited = begun.throw(thrown)
            else:
                awaited = begun.send(sent)
    except StopIteration:
        return
