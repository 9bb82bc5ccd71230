"""A person's export and erasure for who runs the installation."""

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any, TypeVar

from event_log import LogOptions, open_publisher
from kinelake.installation import Installation
from kinelake.role import now
from schemas.shared.discovery import declared_in

Done = TypeVar("Done")


def acting(installation: Installation, act: Callable[[Any], Coroutine[Any, Any, Done]]) -> Done:
    """What comes of an act of the operator, whose audit row is durable by then."""
    (operator,) = declared_in("query_api", "OPERATOR", "gdpr").values()

    async def acted() -> Done:
        publisher = open_publisher(installation.settings.log_url, installation.settings.room(LogOptions))
        try:
            return await act(operator(installation.control, installation.location, publisher, now))
        finally:
            await publisher.close()

    return asyncio.run(acted())


def write_whole(pieces: Iterable[bytes], target: Path) -> None:
    """Writes a file that only its owner reads, and that has its name once it is whole."""
    unfinished = target.with_name(f"{target.name}.part")
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.writelines(pieces)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(target)
