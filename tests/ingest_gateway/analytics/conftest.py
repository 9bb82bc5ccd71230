"""The gateway's real application, and write keys of the organisation whose people send."""

import base64
from typing import Any

import httpx
import msgspec
import pytest

from tests.ingest_gateway.analytics.read import NOW
from tests.ingest_gateway.conftest import Gateway
from tests.kit.door import client, write_key
from tests.web.conftest import Clock

TENANT = "acme"


class Segment:
    """Sends to the gateway as an SDK does."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.messages = gateway.recorder
        gateway.site.control.organisations.ensure(TENANT)
        self.key = self.new_key()

    def new_key(self, **said: Any) -> str:
        return write_key(self.gateway.site, TENANT, **said)[1]

    async def send(
        self, path: str, body: Any, key: str | None = None, peer: str = "127.0.0.1", **headers: str
    ) -> httpx.Response:
        """POSTs JSON, or bytes as they are, with Basic; header names with _ for -."""
        content = body if isinstance(body, bytes) else msgspec.json.encode(body)
        shown = self.key if key is None else key
        basic = {"Authorization": basic_of(shown)} if shown else {}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with client(self.gateway.usual, peer) as http:
            return await http.post(path, content=content, headers={"Content-Type": "text/plain", **basic, **named})

    async def get(self, path: str, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with client(self.gateway.usual) as http:
            return await http.get(path, headers=named)


def basic_of(key: str) -> str:
    return f"Basic {base64.b64encode(f'{key}:'.encode()).decode()}"


@pytest.fixture
def segment(gateway: Gateway, clock: Clock) -> Segment:
    clock.now = NOW
    return Segment(gateway)
