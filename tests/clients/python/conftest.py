"""Clients of a gateway; each ends with its test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import httpx
import pytest

from clients.python.kinelake_game import Client, Delivery, Player, Queue, Refused
from tests.clients.served import PLAYER, Served

PAUSE = 0.02
MOST_SECONDS = 60


class Playing:
    """A client, and what it was refused."""

    def __init__(self, served: Served, queue: Path, token: str | None = None, most_items: int = 10_000) -> None:
        self.refused: list[Refused] = []
        # without the surroundings' proxies, which cannot reach this machine's own addresses
        delivery = Delivery(served.url, token or served.token, httpx.HTTPTransport())
        self.client = Client(
            Player(**PLAYER), delivery, Queue(queue, most_items), pause=PAUSE, refused=self.refused.append
        )

    def happens(self, *names: str) -> list[bool]:
        """Gameplay events of that name; whether each was kept."""
        return [self.client.event(name, "session", "Level_1", [1.5, 0, -2]) for name in names]

    def sent(self) -> bool:
        """Whether nothing waits any more."""
        return self.client.flush(MOST_SECONDS)


@pytest.fixture
def queue(tmp_path: Path) -> Path:
    return tmp_path / "player" / "telemetry.queue"


@pytest.fixture
def playing(queue: Path) -> Iterator[Callable[..., Playing]]:
    """Makes one; they use one queue unless told otherwise."""
    with ExitStack() as stack:

        def made(served: Served, path: Path = queue, token: str | None = None, most_items: int = 10_000) -> Playing:
            one = Playing(served, path, token, most_items)
            stack.enter_context(closing(one.client))
            return one

        yield made
