"""Prompt routes answer a POST that came whole as the application answers it whose body comes later."""

import asyncio
import gzip
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import replace
from typing import Any

import httpx
import pytest
import structlog
from prometheus_client import REGISTRY
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.web.conftest import BOOTH_ROUTES, BY_KEY, Site
from tests.web.test_at_once import Called, answer_from, serving
from web.caller import Caller
from web.problems import Problem
from web.telemetry import TELEMETRY
from web.tenancy import RouteSpec, route

pytestmark = pytest.mark.anyio

JSON = "application/json"
ORIGIN = "https://shop.test"


class Slow:
    """A route that answers once it is let go; `waits` once it does."""

    def __init__(self) -> None:
        self.waits, self.go = asyncio.Event(), asyncio.Event()

    async def __call__(self, request: Request, caller: Caller) -> Response:
        await request.body()
        self.waits.set()
        await self.go.wait()
        return JSONResponse({"waited": True})


async def broken(request: Request, caller: Caller) -> Response:
    raise RuntimeError("nobody's business")


async def breaking(request: Request, caller: Caller) -> Response:
    return Response(headers={"X-Said": "no\r\nSet-Cookie: yes"})


async def refusing(request: Request, caller: Caller) -> Response:
    raise Problem(409, "too_late", "It is too late.", headers={"Retry-After": "7"})


@pytest.fixture
async def slow() -> Slow:
    return Slow()


@pytest.fixture
def app(site: Site, slow: Slow) -> Called:
    routes = [*BOOTH_ROUTES, route("/v1/slow", slow, ("POST",)), route("/v1/broken", broken, ("POST",))]
    more = [route("/v1/refusing", refusing, ("POST",)), route("/v1/breaking", breaking, ("POST",))]
    prompt = [_prompt(spec) for spec in [*routes, *more]]
    return Called(site.app(prompt, families=(TELEMETRY, BY_KEY), rate_limit_requests=1_000, body_seconds=5))


def _prompt(spec: RouteSpec) -> RouteSpec:
    return replace(spec, prompt="POST" in spec.methods)


CASES: Mapping[str, tuple[str, Mapping[str, str | None], bytes]] = {
    "taken": ("/v1/take", {}, b"{}"),
    "taken packed": ("/v1/take", {"Content-Encoding": "gzip"}, gzip.compress(b"{}", mtime=0)),
    "a corrupt body": ("/v1/take", {"Content-Encoding": "gzip"}, b"no gzip"),
    "an unknown packing": ("/v1/take", {"Content-Encoding": "br"}, b"{}"),
    "too large": ("/v1/take", {}, b"x" * 2001),
    "a bomb": ("/v1/take", {"Content-Encoding": "gzip"}, gzip.compress(b"0" * 4001, mtime=0)),
    "another media type": ("/v1/take", {"Content-Type": "text/plain"}, b"{}"),
    "no token": ("/v1/take", {"Authorization": None}, b"{}"),
    "a bad token": ("/v1/take", {"Authorization": "Bearer no"}, b"{}"),
    "a request id": ("/v1/take", {"X-Request-Id": "mine"}, b"{}"),
    "one more slash": ("/v1/take/", {}, b"{}"),
    "a fixed path beside a parameter": ("/v1/things/best", {}, b"{}"),
    "a method that is not there": ("/v1/things/7", {}, b"{}"),
    "no path": ("/v1/nothing", {}, b"{}"),
    "an error": ("/v1/broken", {}, b"{}"),
    "a refusal": ("/v1/refusing", {}, b"{}"),
    "a booth without its key": ("/v1/booth/take", {}, b"{}"),
}


def _request(site: Site, name: str) -> tuple[bytes, bytes]:
    """Head and body."""
    path, headers, body = CASES[name]
    usual = {"Authorization": f"Bearer {site.token()}", "Content-Type": JSON, "Content-Length": str(len(body))}
    given = {**usual, **headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items() if value is not None)
    return f"POST {path} HTTP/1.1\r\nHost: kinelake.test\r\n{lines}\r\n".encode(), body


async def _asked(place: tuple[str, int], head: bytes, body: bytes, app: Called, whole: bool) -> httpx.Response:
    reader, writer = await asyncio.open_connection(*place)
    times = app.times
    writer.write(head + body if whole else head)
    while not whole and app.times == times:
        await asyncio.sleep(0)
    if not whole:
        writer.write(body)
    answer = await answer_from(reader)
    writer.close()
    return answer


@pytest.fixture
def logged() -> Iterator[list[MutableMapping[str, Any]]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


@pytest.mark.parametrize("name", CASES)
async def test_a_whole_post_is_answered_as_one_in_pieces(
    site: Site, app: Called, name: str, logged: list[MutableMapping[str, Any]]
) -> None:
    head, body = _request(site, name)
    async with serving(app) as place:
        pieces = await _asked(place, head, body, app, whole=False)
        told = [{**line, "request_id": "", "where": ""} for line in logged]
        logged.clear()
        calls, counted = app.times, _counted()
        whole = await _asked(place, head, body, app, whole=True)
    assert (whole.status_code, whole.content) == (pieces.status_code, pieces.content)
    assert _named(whole) == _named(pieces)
    assert [{**line, "request_id": "", "where": ""} for line in logged] == told
    assert _counted() == counted + 1
    assert app.times - calls == (name in NOT_PROMPT)


NOT_PROMPT = ("one more slash", "a method that is not there", "no path")


def _named(answer: httpx.Response) -> dict[str, str]:
    """Its headers, but for an id that the server drew, and what is left of a budget."""
    drawn = {"x-request-id": "drawn"} if answer.headers["x-request-id"] != "mine" else {}
    return {**answer.headers, **drawn, "x-ratelimit-remaining": ""}


def _counted() -> float:
    """Requests that were answered, by the metric."""
    samples = [
        sample
        for metric in REGISTRY.collect()
        if metric.name == "kinelake_request_seconds"
        for sample in metric.samples
    ]
    return sum(sample.value for sample in samples if sample.name.endswith("_count"))


async def test_the_budget_of_a_key_is_spent_and_told(site: Site, app: Called) -> None:
    shown = site.key(site.project())
    head = f"POST /v1/booth/take HTTP/1.1\r\nHost: kinelake.test\r\nX-API-Key: {shown}\r\nContent-Type: {JSON}\r\n"
    async with serving(app) as place:
        asked = [await _asked(place, f"{head}Content-Length: 2\r\n\r\n".encode(), b"{}", app, True) for _ in range(3)]
    assert [answer.status_code for answer in asked] == [202] * 3
    assert [answer.headers["x-ratelimit-remaining"] for answer in asked] == ["999", "998", "997"]
    assert app.times == 1  # which made the layers


async def test_no_header_begins_another_one(site: Site, app: Called) -> None:
    head, body = _request(site, "taken")
    async with serving(app) as place:
        await _asked(place, head, body, app, whole=True)  # which makes the layers
        answer = await _asked(place, head.replace(b"/v1/take", b"/v1/breaking"), body, app, whole=True)
    assert (answer.status_code, "set-cookie" in answer.headers, app.times) == (500, False, 1)


async def test_where_other_pages_are_let_in_the_application_answers(site: Site) -> None:
    app = Called(site.app([_prompt(spec) for spec in BOOTH_ROUTES], cors_origins=(ORIGIN,)))
    head, body = _request(site, "taken")
    head = head.replace(b"Host:", f"Origin: {ORIGIN}\r\nHost:".encode())
    async with serving(app) as place:
        answers = [await _asked(place, head, body, app, whole=True) for _ in range(2)]
    assert [answer.headers["access-control-allow-origin"] for answer in answers] == [ORIGIN] * 2
    assert app.times == 2


async def test_a_client_that_leaves_is_answered_by_nobody_and_leaves_room(site: Site, app: Called, slow: Slow) -> None:
    head, body = _request(site, "taken")
    head = head.replace(b"/v1/take", b"/v1/slow")
    async with serving(app) as place:
        _, writer = await asyncio.open_connection(*place)
        writer.write(head + body)
        await slow.waits.wait()
        assert _in_flight() == 1
        writer.close()
        await writer.wait_closed()
        await asyncio.sleep(0)
        slow.go.set()
        while _in_flight():
            await asyncio.sleep(0)
        assert (await _asked(place, head, body, app, whole=True)).json() == {"waited": True}


async def test_who_asks_again_before_the_answer_is_answered_in_order(site: Site, app: Called, slow: Slow) -> None:
    head, body = _request(site, "taken")
    async with serving(app) as place:
        reader, writer = await asyncio.open_connection(*place)
        writer.write(head.replace(b"/v1/take", b"/v1/slow") + body + head + body)
        await slow.waits.wait()
        slow.go.set()
        assert [(await answer_from(reader)).status_code for _ in range(2)] == [200, 202]
        writer.close()


async def test_a_connection_that_waits_keeps_nothing_of_its_last_body(site: Site, app: Called) -> None:
    head, body = _request(site, "taken")
    async with serving(app) as place:
        reader, writer = await asyncio.open_connection(*place)
        for _ in range(2):  # the first makes the layers
            writer.write(head + body)
            assert (await answer_from(reader)).status_code == 202
        (connection,) = app.state.connections
        kept: Any = connection.cycle  # type: ignore[union-attr]
        assert (bytes(kept.body), [value for value in kept.scope.values() if value == body]) == (b"", [])
        writer.close()


async def test_what_is_cancelled_when_patience_ends_is_answered_as_any_other(
    site: Site, app: Called, slow: Slow
) -> None:
    head, body = _request(site, "taken")
    async with serving(app) as place:
        reader, writer = await asyncio.open_connection(*place)
        writer.write(head.replace(b"/v1/take", b"/v1/slow") + body)
        await slow.waits.wait()
        for task in app.state.tasks:
            task.cancel()
        answer = await answer_from(reader)
        writer.close()
    assert (answer.status_code, answer.headers["connection"], _in_flight()) == (500, "close", 0)


def _in_flight() -> float | None:
    return REGISTRY.get_sample_value("kinelake_requests_in_flight")
