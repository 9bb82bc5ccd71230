"""Paths are found in one look where they can be, and always where a router that tries fixed ones first finds them."""

import asyncio
from typing import Any
from unittest.mock import Mock

from hypothesis import example, given, settings
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Router
from starlette.types import ASGIApp, Message

from web.families import Authenticate, Families
from web.telemetry import TELEMETRY
from web.tenancy import TEMPLATE, Routed, starlette_routes, written_route

TEMPLATES = (
    "/v1/a",
    "/v1/a/{id}",
    "/v1/a/{id}/b",
    "/v1/{kind}",
    "/v1/{kind}/b",
    "/v1/c/d/{last}",
    "/v1/d/{name}.json",
    "/v1/x/{one}-{two}",
    "/{other}/x/{last}",
)
PARTS = st.sampled_from(["", "v1", "a", "b", "c", "d", "x", "{id}", "é", "\n", "a\nb", "a.json", "a-b"])


async def _nothing(request: Request, authenticate: Authenticate) -> Response:
    return Response()


ROUTES = starlette_routes(
    [written_route(template, _nothing, ("POST",)) for template in TEMPLATES], Families((TELEMETRY,)), Mock(), Mock()
)
FIXED_FIRST = sorted(ROUTES, key=lambda route: bool(route.param_convertors))
ROUTER = Router(FIXED_FIRST)
ROUTED = Routed(Router(ROUTES))


def found(app: Any, path: str) -> tuple[str | None, dict[str, str]]:
    """The template that answers, and what its parameters are."""
    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "path": path,
        "root_path": "",
        "headers": [],
        "query_string": b"",
    }

    async def receive() -> Message:
        raise AssertionError("nothing is read")

    async def send(message: Message) -> None: ...

    asyncio.run(_called(app, scope, receive, send))
    return scope.get(TEMPLATE), scope.get("path_params") or {}


async def _called(app: ASGIApp, scope: Any, receive: Any, send: Any) -> None:
    await app(scope, receive, send)


@given(st.lists(PARTS, max_size=5).map(lambda parts: "/" + "/".join(parts)))
@example("/v1/a")
@settings(max_examples=1000)
def test_the_endpoint_of_a_path_is_the_routers(path: str) -> None:
    assert found(ROUTED, path) == found(ROUTER, path)


def test_a_parameter_at_the_end_is_told() -> None:
    assert found(ROUTED, "/v1/a/7") == ("/v1/a/{id}", {"id": "7"})
    assert found(ROUTED, "/v1/a/7/c") == ("/v1/a/{id}", {"id": "7/c"})
