"""Families: whose a path is, what its errors look like, who may call it, what OpenAPI says of it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

import httpx
import jsonschema
import msgspec
import pytest
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from schemas.shared.faults import BadDeclaration
from tests.web.conftest import ROUTES, Site, fail, take, who
from web.authentication import Authenticator
from web.caller import Caller, Role, at_least
from web.families import Families, Family
from web.headers import headers_of
from web.operation import Operation
from web.problems import Problem, unauthorized
from web.telemetry import TELEMETRY
from web.tenancy import RouteSpec, route
from web.tokens import Identity

pytestmark = pytest.mark.anyio


class Refused(Struct):
    """An error of the gym."""

    error: str
    message: str


def refused(problem: Problem) -> Response:
    body = msgspec.json.encode(Refused(problem.code, problem.detail))
    return Response(body, problem.status, problem.headers, media_type="application/json")


def by_badge(authenticator: Authenticator) -> Callable[[Request], Awaitable[Caller]]:
    """Anybody with a badge, who is a user of the gym."""

    async def caller(request: Request) -> Caller:
        badge = headers_of(request).once("X-Badge")
        if badge is None:
            raise unauthorized("badge_missing", "show the badge in X-Badge")
        return await authenticator.named(request, Identity("acme", badge, Role.USER, 2, "default", 0))

    return caller


GYM = Family(
    name="gym",
    prefixes=("/v1/gym/",),
    renderer=refused,
    error_schema=Refused,
    authenticate=by_badge,
    security={"badge": {"type": "apiKey", "in": "header", "name": "X-Badge"}},
    media_types=("application/json", "text/plain"),
)
GYM_ROUTES = [
    *ROUTES,
    route("/v1/gym/who", who, operation=Operation("Who is in", responses={200: Caller})),
    route("/v1/gym/take", take, ("POST",), operation=Operation("Take", request={}, responses={202: {}})),
    route("/v1/gym/fail", fail),
    route("/v1/gym/admin", who, roles=at_least(Role.ADMIN)),
]


def gym(site: Site, routes: Sequence[RouteSpec] = GYM_ROUTES, **options: Any) -> Any:
    return site.app(list(routes), families=(TELEMETRY, GYM), **options)


def is_the_gyms(answer: httpx.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/json")
    assert list(answer.json()) == ["error", "message"]
    assert answer.json()["error"] == code


def is_telemetrys(answer: httpx.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["code"] == code


@pytest.mark.parametrize("path", ["/v1/gym", "/v1/gym/", "/v1/gym/nothing", "/v1/gym/a/b/c/"])
async def test_all_below_a_prefix_is_refused_in_its_familys_shape(site: Site, path: str) -> None:
    async with site.client(gym(site)) as client:
        is_the_gyms(await client.get(path), 404, "not_found")


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/gymnastics", "/v1/gy", "/v1/GYM/who", "//v1/gym"])
async def test_what_only_looks_like_a_prefix_is_the_defaults(site: Site, path: str) -> None:
    async with site.client(gym(site)) as client:
        is_telemetrys(await client.get(path), 404, "not_found")


async def test_whatever_goes_wrong_below_a_prefix_is_said_in_its_familys_shape(site: Site) -> None:
    headers = {"X-Badge": "zoe", "X-Said": "secret"}
    async with site.client(gym(site), **headers) as client:
        is_the_gyms(await client.put("/v1/gym/who"), 405, "method_not_allowed")
        is_the_gyms(await client.post("/v1/gym/take", content=b"<a/>"), 415, "unsupported_media_type")
        is_the_gyms(await client.post("/v1/gym/take", json="x" * 3000), 413, "body_too_large")
        is_the_gyms(await client.get("/v1/gym/admin"), 403, "role_forbidden")
        is_the_gyms(await client.get("/v1/gym/fail"), 500, "internal_error")


async def test_requests_beyond_the_room_are_refused_in_their_familys_shape(site: Site) -> None:
    inner: list[httpx.Response] = []

    async def ask(request: Request, caller: Caller) -> Response:
        inner.extend([await client.get("/v1/gym/who"), await client.get("/v1/who")])
        return Response("asked")

    app = gym(site, [route("/v1/ask", ask)], in_flight_requests=1)
    async with site.client(app) as client:
        assert (await client.get("/v1/ask")).status_code == 200
    is_the_gyms(inner[0], 503, "overloaded")
    is_telemetrys(inner[1], 503, "overloaded")


async def test_a_preflight_is_refused_in_the_shape_of_the_path_that_it_asks_for(site: Site) -> None:
    asked = {"Origin": "https://b.example", "Access-Control-Request-Method": "GET"}
    async with site.client(gym(site, cors_origins=("https://a.example",))) as client:
        is_the_gyms(await client.options("/v1/gym/who", headers=asked), 400, "cors_refused")
        is_telemetrys(await client.options("/v1/who", headers=asked), 400, "cors_refused")


async def test_a_route_is_authenticated_by_its_family_and_by_no_other(site: Site) -> None:
    async with site.client(gym(site)) as client:
        is_the_gyms(await client.get("/v1/gym/who"), 401, "badge_missing")
        badge = await client.get("/v1/gym/who", headers={"X-Badge": "zoe"})
        token = await client.get("/v1/who")
    async with site.client(gym(site), Authorization="") as client:
        is_telemetrys(await client.get("/v1/who", headers={"X-Badge": "zoe"}), 401, "token_missing")
    assert badge.status_code == 200
    assert badge.json()["subject"] == token.json()["subject"], "one person is one subject, however they call"


async def test_a_415_names_what_the_family_takes(site: Site) -> None:
    async with site.client(gym(site), **{"X-Badge": "zoe"}) as client:
        answer = await client.post("/v1/gym/take", content=b"a", headers={"Content-Type": "text/html"})
        plain = await client.post("/v1/gym/take", content=b"a", headers={"Content-Type": "Text/Plain; charset=UTF-8"})
        default = await client.post("/v1/take", content=b"a", headers={"Content-Type": "text/plain"})
    assert answer.json()["message"] == "The body must be application/json in UTF-8 or text/plain."
    assert plain.status_code == 202
    assert default.json()["detail"] == "The body must be application/json in UTF-8."


async def test_a_family_may_take_bodies_that_say_nothing(site: Site) -> None:
    silent = replace(GYM, media_types=("application/json", ""))
    async with site.client(site.app(GYM_ROUTES, families=(TELEMETRY, silent)), **{"X-Badge": "zoe"}) as client:
        assert (await client.post("/v1/gym/take", content=b"a")).status_code == 202


async def test_the_document_has_each_familys_security_error_and_media_types(site: Site) -> None:
    async with site.client(gym(site), Authorization="") as client:
        document = (await client.get("/openapi.json")).json()
    in_gym, other = document["paths"]["/v1/gym/take"]["post"], document["paths"]["/v1/take"]["post"]
    assert (in_gym["security"], other["security"]) == ([{"badge": []}], [{"bearer": []}])
    assert set(document["components"]["securitySchemes"]) == {"bearer", "badge"}
    assert list(in_gym["requestBody"]["content"]) == ["application/json", "text/plain"]
    assert list(in_gym["responses"]["415"]["content"]) == ["application/json"]
    assert list(other["responses"]["415"]["content"]) == ["application/problem+json"]
    ref = in_gym["responses"]["415"]["content"]["application/json"]["schema"]["$ref"]
    schema = document["components"]["schemas"][ref.rpartition("/")[2]]
    jsonschema.validate({"error": "a", "message": "b"}, schema)


def family(name: str, *prefixes: str, **own: Any) -> Family:
    return replace(GYM, name=name, prefixes=prefixes, **own)


@pytest.mark.parametrize(
    ("others", "reason"),
    [
        ([family("a", "/a/"), family("b", "/b/", "/a/")], "the families a and b both claim /a/; leave it to one"),
        ([family("a", "/a/"), family("a", "/b/")], "two families are called a; rename one"),
        ([family("a", "/a")], "a prefix begins and ends with /"),
        ([family("a", "a/")], "a prefix begins and ends with /"),
        ([family("a", "/")], "telemetry and a both claim /"),
        (
            [family("a", "/a/", security={"bearer": {"type": "apiKey", "in": "header", "name": "X-A"}})],
            "the family a has a security scheme bearer of its own; rename it",
        ),
    ],
)
def test_families_that_cannot_live_side_by_side_are_refused_at_the_start(others: list[Family], reason: str) -> None:
    with pytest.raises(BadDeclaration, match=reason):
        Families([TELEMETRY, *others])


def test_without_a_default_there_are_no_families() -> None:
    with pytest.raises(BadDeclaration, match="no family claims /"):
        Families([GYM])


def test_the_longest_prefix_counts() -> None:
    families = Families([TELEMETRY, family("a", "/v1/a/"), family("b", "/v1/a/b/")])
    assert [families.of(path).name for path in ("/v1/a", "/v1/a/b", "/v1/a/bc", "/v1/a/b/c", "*", "")] == [
        "a", "b", "a", "b", "telemetry", "telemetry",
    ]  # fmt: skip


@pytest.mark.parametrize("template", ["/{activity}/who", "/v1/{what}"])
def test_a_route_that_could_answer_below_another_familys_prefix_is_refused(site: Site, template: str) -> None:
    with pytest.raises(BadDeclaration, match="could answer under /v1/gym/, which is gym's"):
        gym(site, [route(template, who)])
