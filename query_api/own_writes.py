"""Read your writes: who has been told that something is durable finds it in what they read next.

Before the 2xx the gateway notes in control how far the log must be in the tables (`control.written_offsets`). The
tables say how far they are by the transactions of their commits; a stream's primary one is committed last.
"""

import asyncio
from asyncio import sleep
from collections.abc import Collection, Mapping
from functools import partial
from typing import Final

from query_api.answers import Stores
from web.problems import unavailable

PATIENCE_SECONDS: Final = 5.0
BETWEEN_LOOKS_SECONDS: Final = 0.02
BEHIND: Final = (
    "What was written last is kept, and not in the tables yet: flows are behind, or do not run. Try again after "
    "Retry-After; /health/ready names flows that do not run."
)


async def caught_up(stores: Stores, scope: str, read: Collection[str] | None = None) -> None:
    """Waits until the tables have all that was written for a scope, such as session:ID, before this call.

    `read` names the streams whose tables the caller reads: the others' are not waited for. None: all of them.

    Raises:
        Problem: 503 with Retry-After, where they have not after PATIENCE_SECONDS.
    """
    waiting: Mapping[str, Mapping[int, int]] = await stores.threaded(partial(stores.control.written.of, scope))
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            for stream in waiting if read is None else waiting.keys() & read:
                ends = waiting[stream]
                while not await stores.threaded(partial(stores.passed.beyond, stream, ends)):
                    await sleep(BETWEEN_LOOKS_SECONDS)
    except TimeoutError as error:
        raise unavailable("tables_behind", BEHIND) from error
