"""Requests of game clients to the real application of the gateway, and what they come to on the log."""

from typing import Any

import httpx
import msgspec

from ingest_gateway.game.family import EVENTS
from tests.ingest_gateway.conftest import Gateway
from tests.ingest_gateway.game.conftest import MSGPACK, Doors

MANY = 10_000


class Sending:
    """An application's clients; the log is a recorder."""

    def __init__(self, doors: Doors, consent: int = 2) -> None:
        self.doors = doors
        self.application = doors.application(consent=consent)
        self.tokens = doors.tokens(self.application)
        self.gateway = Gateway(doors.site)
        self.recorder = self.gateway.recorder
        self.app = self.gateway.app(ingest_rate_limit_requests=MANY)

    def client(self) -> httpx.AsyncClient:
        return self.doors.client(self.app, x_public_token=self.tokens.public, Content_Type=MSGPACK)

    async def post(self, body: Any, path: str = EVENTS, **headers: str) -> httpx.Response:
        """POSTs MessagePack of the body, or bytes as they are; header names with _ for -."""
        content = body if isinstance(body, bytes) else msgspec.msgpack.encode(body)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.client() as client:
            return await client.post(path, content=content, headers=named)

    @property
    def items(self) -> list[dict[str, Any]]:
        """What was published, each item with what its head says."""
        return self.recorder.messages
