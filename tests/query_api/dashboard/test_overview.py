"""The overview of the home page: shown at once while the next one is made, and never one that says nothing of now."""

import asyncio
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from query_api.dashboard.overview import KEPT_SECONDS, OLDEST_SECONDS, Kept, Overview

pytestmark = pytest.mark.anyio


class Looking:
    """A look that takes until `free` is set; the clock is told."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.looks = 0
        self.free = asyncio.Event()
        self.free.set()
        self.error: Exception | None = None
        self.kept = Kept(self.look, lambda: self.seconds)

    async def look(self) -> Overview:
        self.looks += 1
        number = self.looks
        await self.free.wait()
        if self.error is not None:
            raise self.error
        return Overview(datetime(2026, 2, number, tzinfo=UTC), [], [], [])

    async def looked(self) -> None:
        """Until the look that is under way is over."""
        self.free.set()
        for _ in range(3):
            await asyncio.sleep(0)


async def shown(looking: Looking) -> int:
    """The number of the look whose overview is shown."""
    return (await looking.kept()).at.day


async def test_pages_within_seconds_share_a_look() -> None:
    looking = Looking()
    assert list(await asyncio.gather(shown(looking), shown(looking))) == [1, 1]
    looking.seconds = KEPT_SECONDS
    assert await shown(looking) == 1
    assert looking.looks == 1


async def test_a_page_does_not_wait_for_the_next_look() -> None:
    looking = Looking()
    assert await shown(looking) == 1
    looking.free.clear()
    looking.seconds = OLDEST_SECONDS
    assert [await shown(looking), await shown(looking)] == [1, 1]
    await looking.looked()
    assert await shown(looking) == 2
    assert looking.looks == 2


async def test_a_page_waits_where_the_last_look_says_nothing_of_now() -> None:
    looking = Looking()
    assert await shown(looking) == 1
    looking.seconds = OLDEST_SECONDS + 1
    assert await shown(looking) == 2


async def test_a_look_that_fails_is_logged_and_told_and_the_next_page_looks_again() -> None:
    looking = Looking()
    assert await shown(looking) == 1
    looking.seconds, looking.error = KEPT_SECONDS + 1, RuntimeError("control is away")
    with capture_logs() as logs:
        assert await shown(looking) == 1
        await looking.looked()
    assert [line["event"] for line in logs] == ["overview_failed"]
    looking.seconds = OLDEST_SECONDS + 1
    with pytest.raises(RuntimeError, match="control is away"):
        await shown(looking)
    looking.error = None
    assert await shown(looking) == 4
