"""What a real server answers of a whole request without calling the application, and what it leaves to it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from tests.kit.door import BELOW, Doors
from tests.web.conftest import Site
from web.app import WebApp
from web.connections import Connections
from web.options import WebOptions
from web.protocol import BoundedProtocol

pytestmark = pytest.mark.anyio

DATE = (b"date", b"Sun, 29 Nov 2026 22:00:00 GMT")


@pytest.fixture
def doors(site: Site) -> Doors:
    # keys are looked up again twice a second, which is the application's to do
    site.monotonic = lambda: 0.0
    return Doors(site)


class Called:
    """An application that counts how often it is called."""

    def __init__(self, app: WebApp) -> None:
        self.app = app
        self.times = 0
        self.state = ServerState()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.times += 1
        await self.app(scope, receive, send)


@asynccontextmanager
async def serving(app: Called) -> AsyncIterator[tuple[str, int]]:
    """Where it is served."""
    config = uvicorn.Config(app, lifespan="off", log_config=None)
    config.load()
    state = app.state
    state.default_headers = [DATE]
    connections = Connections(100)

    def connected() -> BoundedProtocol:
        rendering, at_once = app.app.rendering, app.app.at_once
        of_uvicorn: dict[str, Any] = {"config": config, "server_state": state, "app_state": {}}
        return BoundedProtocol(connections, WebOptions(), rendering, at_once, **of_uvicorn)

    server = await asyncio.get_running_loop().create_server(connected, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[:2]


def post(key: str, body: str = "zoe hello", version: str = "1.1") -> bytes:
    head = f"POST {BELOW}of/{key} HTTP/{version}\r\nHost: kinelake.test\r\nContent-Length: {len(body)}\r\n\r\n"
    return (head + body).encode()


async def posts(place: tuple[str, int], key: str, times: int, body: str = "zoe hello") -> list[httpx.Response]:
    """Answers to requests that come whole, each in one piece."""
    reader, writer = await asyncio.open_connection(*place)
    answers = []
    for _ in range(times):
        writer.write(post(key, body))
        answers.append(await answer_from(reader))
    writer.close()
    return answers


async def answer_from(reader: asyncio.StreamReader) -> httpx.Response:
    status, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
    headers = httpx.Headers([(name, value) for name, _, value in (line.partition(": ") for line in lines)])
    content = await reader.readexactly(int(headers.get("content-length", "0")))
    return httpx.Response(int(status.split()[1]), headers=headers, content=content)


async def test_a_repeat_is_answered_as_the_first_time_and_the_application_not_called(doors: Doors) -> None:
    app = Called(doors.app())
    async with serving(app) as place:
        answers = await posts(place, doors.key(), 4, "zoe hello\nno")
    named = [{**answer.headers, "x-request-id": ""} for answer in answers]
    assert {answer.status_code for answer in answers} == {204}
    assert all(each == named[0] for each in named)
    assert (named[0]["x-refused"], named[0]["access-control-allow-origin"]) == ("no_word=1", "*")
    assert named[0]["date"] == DATE[1].decode()
    assert len({answer.headers["x-request-id"] for answer in answers}) == 4
    assert (app.times, doors.words) == (1, ["hello"])


async def test_an_unknown_key_costs_no_call_and_a_known_one_only_where_keys_are_looked_up(doors: Doors) -> None:
    app = Called(doors.app(write_key_requests_per_minute=3))
    async with serving(app) as place:
        await posts(place, doors.key(), 1)
        strange = await posts(place, "kpk_nobodys", 4)
        limited = (await posts(place, doors.key(), 5, "zoe new"))[-1]
    assert [answer.status_code for answer in strange] == [204, 204, 204, 429]
    assert strange[0].headers["x-refused"] == "unknown_key=1"
    problem = limited.json()
    assert (limited.status_code, problem["code"]) == (429, "rate_limited")
    assert 0 < int(limited.headers["retry-after"]) <= 60
    assert int(limited.headers["content-length"]) == len(limited.content)
    assert app.times == 2


async def test_what_is_looked_at_twice_is_counted_once(doors: Doors) -> None:
    """Each is shown to `at_once` first, and is the application's then: it has no room that is not the application's."""
    app, keys = Called(doors.app(write_key_requests_per_minute=3, in_flight_requests=1)), [doors.key(), doors.key()]
    doors.recorder.open.clear()
    async with serving(app) as place:
        reader, writer = await asyncio.open_connection(*place)
        writer.write(post(keys[0]))
        await doors.recorder.waiting.wait()
        statuses = [answer.status_code for answer in await posts(place, keys[1], 4, "zoe new")]
        doors.recorder.open.set()
        assert (await answer_from(reader)).status_code == 204
        writer.close()
    assert (statuses, app.times) == ([503, 503, 503, 429], 4)


@pytest.mark.parametrize("closing", [b"GET / HTTP/1.0\r\n\r\n", b"nonsense\r\n\r\n"], ids=["a last one", "a bad one"])
async def test_requests_ahead_of_their_answers_are_answered_in_order(doors: Doors, closing: bytes) -> None:
    app, key = Called(doors.app()), doors.key()
    one, strange = post(key), post("kpk_nobodys")
    async with serving(app) as place:
        await posts(place, key, 1)
        reader, writer = await asyncio.open_connection(*place)
        writer.write(one + strange + one + closing)
        answers = (await reader.read()).split(b"HTTP/1.1 ")[1:]
        writer.close()
    assert [answer[:3] for answer in answers[:3]] == [b"204"] * 3
    assert [b"x-refused" in answer for answer in answers[:3]] == [False, True, False]
    assert (len(answers), answers[3][:3] in (b"404", b"400")) == (4, True)


async def test_a_body_that_comes_later_is_the_applications(doors: Doors) -> None:
    app, key = Called(doors.app()), doors.key()
    async with serving(app) as place:
        await posts(place, key, 2)
        reader, writer = await asyncio.open_connection(*place)
        writer.write(post(key)[:-5])
        while app.times == 1:
            await asyncio.sleep(0)
        writer.write(b"hello")
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 204 ")
        writer.close()
    assert (app.times, doors.words) == (2, ["hello", "hello"])


async def test_an_http_1_0_client_is_answered_and_let_go(doors: Doors) -> None:
    app, key = Called(doors.app()), doors.key()
    async with serving(app) as place:
        await posts(place, key, 1)
        reader, writer = await asyncio.open_connection(*place)
        writer.write(post("kpk_nobodys", version="1.0"))
        assert b"connection: close\r\n" in await reader.read()
        writer.close()
    assert app.times == 1
