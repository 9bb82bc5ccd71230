"""Keys over HTTP: read from the issuer, never from where it points, never without bound."""

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import uvloop

from tests.kit.resetting import OFTEN, resetting
from tests.web.conftest import Clock
from tests.web.test_tokens import JWKS
from web.faults import BadKeys, KeysUnavailable
from web.keys import KeySet

GOOD = json.dumps(JWKS).encode()


class Issuer(BaseHTTPRequestHandler):
    """Answers by path, and notes what was asked for."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response({"/moved": 302, "/broken": 500}.get(self.path, 200))
        self.send_header("Location", "/jwks")
        self.end_headers()
        self.wfile.write({"/huge": b" " * 2**21, "/text": b"hello"}.get(self.path, GOOD))

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def issuer() -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Noted", (Issuer,), {"asked": asked}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", asked
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.anyio
async def test_keys_are_fetched_once_for_requests_that_come_together(
    issuer: tuple[str, list[str]], clock: Clock
) -> None:
    url, asked = issuer
    keys = KeySet(f"{url}/jwks", clock)
    found = await asyncio.gather(*(keys.find("RS256", "r") for _ in range(10)))
    assert all(key is not None and key.key_id == "r" for key in found)
    assert asked == ["/jwks"]


@pytest.mark.parametrize(
    ("path", "error"),
    [("/moved", KeysUnavailable), ("/broken", KeysUnavailable), ("/huge", BadKeys), ("/text", BadKeys)],
)
@pytest.mark.anyio
async def test_an_answer_that_is_no_key_set_gives_no_keys(
    issuer: tuple[str, list[str]], clock: Clock, path: str, error: type[Exception]
) -> None:
    url, asked = issuer
    with pytest.raises(error, match="KINELAKE_JWKS"):
        await KeySet(url + path, clock).check()
    assert asked == [path]


@pytest.mark.anyio
async def test_a_set_that_was_never_read_is_tried_again_after_five_seconds(
    issuer: tuple[str, list[str]], clock: Clock
) -> None:
    url, asked = issuer
    keys = KeySet(f"{url}/broken", clock)
    for _ in range(4):
        with pytest.raises(KeysUnavailable):
            await keys.find("RS256", "r")
        clock.pass_seconds(2.5)
    assert len(asked) == 2


@pytest.mark.anyio
async def test_an_issuer_that_is_away_is_a_transient_error(clock: Clock) -> None:
    with pytest.raises(KeysUnavailable, match="cannot be fetched"):
        await KeySet("http://127.0.0.1:1/jwks", clock).check()


def test_so_is_one_that_resets_every_connection(clock: Clock) -> None:
    with resetting() as url, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        for _ in range(OFTEN):
            with pytest.raises(KeysUnavailable, match="cannot be fetched"):
                runner.run(KeySet(f"{url}/jwks", clock).check())
