"""The frame: error shapes, slash forms, methods, CORS, room, health, metrics, documents."""

import asyncio
from typing import Any

import httpx
import jsonschema
import pytest
import structlog
from starlette.requests import Request
from starlette.responses import Response

from control.faults import ControlUnavailable
from tests.web.conftest import ROUTES, Site
from web.app import create_app
from web.authentication import authenticator
from web.caller import Caller
from web.faults import UnguardedRoute
from web.options import WebOptions
from web.problems import FieldError, Problem
from web.tenancy import PUBLIC_PATHS, public_route, refuse_unguarded, route, unguarded

pytestmark = pytest.mark.anyio

STRANGER = "203.0.113.9"


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The body, after checking that it is an RFC 9457 document and nothing else."""
    body: dict[str, Any] = answer.json()
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert list(body)[:5] == ["type", "title", "status", "code", "detail"]
    assert (body["status"], body["code"]) == (status, code)
    assert answer.headers["X-Request-Id"]
    return body


async def test_an_unknown_route_is_a_404_problem(site: Site) -> None:
    async with site.client() as client:
        problem(await client.get("/v1/nothing"), 404, "not_found")
        problem(await client.post("/"), 404, "not_found")


@pytest.mark.parametrize(
    ("path", "method", "allow"),
    [
        ("/v1/take", "GET", "OPTIONS, POST"),
        ("/v1/things/1", "PUT", "DELETE, GET, HEAD, OPTIONS"),
        ("/health", "POST", "GET, HEAD, OPTIONS"),
    ],
)
async def test_a_method_that_a_path_does_not_have_is_a_405_naming_those_it_has(
    site: Site, path: str, method: str, allow: str
) -> None:
    async with site.client() as client:
        answer = await client.request(method, path)
    problem(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == allow


async def test_a_failure_of_ours_is_a_500_that_shows_and_logs_nothing_of_the_request(site: Site) -> None:
    with structlog.testing.capture_logs() as logs:
        async with site.client() as client:
            answer = await client.get("/v1/fail", headers={"X-Said": "secret"})
    problem(answer, 500, "internal_error")
    (line,) = [line for line in logs if line["event"] == "request_failed"]
    assert (line["error"], line["request_id"]) == ("RuntimeError", answer.headers["X-Request-Id"])
    assert "secret" not in answer.text + repr(line)


async def test_what_is_away_for_a_moment_is_a_503_with_retry_after(site: Site) -> None:
    async def away(request: Request, caller: Caller) -> Response:
        raise ControlUnavailable("the database is away")

    async with site.client(site.app([route("/v1/away", away)])) as client:
        answer = await client.get("/v1/away")
    problem(answer, 503, "unavailable")
    assert answer.headers["Retry-After"] == "1"


async def test_a_problem_carries_its_errors_headers_and_members(site: Site) -> None:
    async def refuse(request: Request, caller: Caller) -> Response:
        wrong = [FieldError("data.position_seconds", "must be at least 0")]
        raise Problem(400, "invalid_request", "No.", errors=wrong, headers={"X-A": "b"}, members={"accepted": 0})

    async with site.client(site.app([route("/v1/refuse", refuse)])) as client:
        answer = await client.get("/v1/refuse")
    body = problem(answer, 400, "invalid_request")
    assert body["errors"] == [{"field": "data.position_seconds", "message": "must be at least 0"}]
    assert (body["accepted"], answer.headers["X-A"]) == (0, "b")


@pytest.mark.parametrize("path", ["/v1/who", "/health", "/openapi.json", "/v1/things/7"])
async def test_both_slash_forms_answer_without_redirect(site: Site, path: str) -> None:
    async with site.client() as client:
        for form in (path, f"{path}/"):
            assert (await client.get(form)).status_code == 200


async def test_fixed_paths_come_before_those_with_parameters(site: Site) -> None:
    async with site.client() as client:
        assert (await client.post("/v1/things/best", json={})).status_code == 202
        problem(await client.post("/v1/things/other", json={}), 405, "method_not_allowed")


async def test_head_answers_like_get_and_options_needs_no_token(site: Site) -> None:
    async with site.client(Authorization="") as client:
        assert (await client.head("/health")).status_code == 200
        options = await client.options("/v1/take")
        assert (await client.head("/v1/who")).status_code == 401
    assert (options.status_code, options.headers["Allow"]) == (204, "OPTIONS, POST")


async def test_a_role_too_low_is_a_403_that_says_which_is_needed(site: Site) -> None:
    async with site.client() as client:
        body = problem(await client.get("/v1/admin"), 403, "role_forbidden")
        assert (body["required"], body["given"]) == (["admin"], "user")
        for role, status in (("admin", 200), ("specialist", 403), ("system", 403)):
            token = site.token(role=role)
            assert (await client.get("/v1/admin", headers={"Authorization": f"Bearer {token}"})).status_code == status


ORIGIN = {"Origin": "https://app.example"}
PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization, idempotency-key, x-consent-level",
}


async def test_a_preflight_from_a_listed_origin_passes_without_a_token(site: Site) -> None:
    async with site.client(site.app(cors_origins="https://app.example"), Authorization="") as client:
        answer = await client.options("/v1/take", headers={**ORIGIN, **PREFLIGHT})
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example"
    assert "Idempotency-Key" in answer.headers["Access-Control-Allow-Headers"]


async def test_errors_carry_the_cors_headers_too(site: Site) -> None:
    async with site.client(site.app(cors_origins=("https://app.example",))) as client:
        for path in ("/v1/nothing", "/v1/fail", "/v1/take"):
            answer = await client.get(path, headers=ORIGIN)
            assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example"
            exposed = answer.headers["Access-Control-Expose-Headers"].split(", ")
            assert {"X-Request-Id", "X-Data-As-Of", "X-Next-From-Ms"} <= set(exposed)


@pytest.mark.parametrize("origins", ["", "https://other.example"])
async def test_an_origin_that_is_not_listed_gets_no_cors_headers(site: Site, origins: str) -> None:
    async with site.client(site.app(cors_origins=origins)) as client:
        answer = await client.get("/v1/who", headers=ORIGIN)
        preflight = await client.options("/v1/take", headers={**ORIGIN, **PREFLIGHT})
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Access-Control-Allow-Origin" not in preflight.headers
    if origins:
        problem(preflight, 400, "cors_refused")


async def test_beyond_the_room_in_flight_requests_are_a_503_and_health_still_answers(site: Site) -> None:
    release, entered = asyncio.Event(), asyncio.Event()

    async def wait(request: Request, caller: Caller) -> Response:
        entered.set()
        await release.wait()
        return Response()

    app = site.app([route("/v1/wait", wait)], in_flight_requests=1)
    async with site.client(app) as client:
        first = asyncio.create_task(client.get("/v1/wait"))
        await entered.wait()
        answer = await client.get("/v1/wait")
        problem(answer, 503, "overloaded")
        assert answer.headers["Retry-After"] == "1"
        assert (await client.get("/health/ready")).status_code == 200
        release.set()
        assert (await first).status_code == 200
        assert (await client.get("/v1/wait")).status_code == 200


async def test_readiness_names_everything_that_is_wrong(site: Site) -> None:
    async def fine() -> None:
        return None

    async def away() -> None:
        raise ControlUnavailable("the control database does not answer")

    async def broken() -> None:
        raise KeyError("secret")

    async with site.client(site.app(checks={"log": fine, "control": away, "tables": broken})) as client:
        answer = await client.get("/health/ready")
        assert (await client.get("/health")).json() == {"status": "ok"}
        assert (await client.get("/health/live")).json() == {"status": "ok"}
    body = problem(answer, 503, "not_ready")
    assert body["errors"] == [
        {"field": "control", "message": "the control database does not answer"},
        {"field": "tables", "message": "the check itself failed: KeyError"},
    ]


@pytest.mark.parametrize(
    ("peer", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("10.1.2.3", {}, 200),
        (STRANGER, {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": STRANGER}, 403),
        ("10.1.2.3", {"X-Forwarded-For": STRANGER}, 403),
        (STRANGER, {"X-Forwarded-For": "127.0.0.1"}, 403),
    ],
)
async def test_metrics_are_for_this_machine_and_trusted_proxies_only(
    site: Site, peer: str, headers: dict[str, str], status: int
) -> None:
    async with site.client(site.app(trusted_proxies="10.0.0.0/8"), peer) as client:
        assert (await client.get("/metrics", headers=headers)).status_code == status


async def test_requests_are_measured_by_template_never_by_path(site: Site) -> None:
    async with site.client() as client:
        await client.get("/v1/things/zoe-was-here")
        await client.request("BREW", "/v1/things/zoe-was-here")
        await client.get("/zoe/was/elsewhere")
        text = (await client.get("/metrics")).text
    assert 'kinelake_request_seconds_count{method="GET",route="/v1/things/{id}",status="2xx"}' in text
    assert 'method="other",route="/v1/things/{id}",status="4xx"' in text
    assert 'route="unknown",status="4xx"' in text
    assert "zoe" not in text


async def test_one_log_line_a_request_holds_the_id_and_no_person(site: Site) -> None:
    options = WebOptions()
    authenticating = authenticator(options, site.control, site.secrets, site.clock)
    app = create_app(ROUTES, options=options, authenticator=authenticating)
    with structlog.testing.capture_logs() as logs:
        async with site.client(app) as client:
            answer = await client.get("/v1/things/zoe?name=zoe")
    (line,) = [line for line in logs if line["event"] == "request"]
    assert (line["route"], line["status"]) == ("/v1/things/{id}", 200)
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert "zoe" not in repr(line)


def test_every_route_but_the_public_ones_authenticates(site: Site) -> None:
    app = site.app()
    assert unguarded(app.routes) == []
    public = {spec.path for spec in app._specs if spec.public}
    assert public == {path for path in PUBLIC_PATHS if not path.startswith(("/dashboard/", "/files/", "/try"))}


def test_an_app_with_a_route_added_past_the_check_does_not_start(site: Site) -> None:
    app = site.app()

    @app.get("/v1/open")
    async def everything() -> dict[str, str]:
        return {}

    with pytest.raises(UnguardedRoute, match="/v1/open"):
        refuse_unguarded(app)


async def test_the_start_itself_refuses_such_an_app(site: Site) -> None:
    app = site.app()
    app.add_route("/v1/open", lambda request: Response())
    with pytest.raises(UnguardedRoute):
        async with app.router.lifespan_context(app):
            pass


def test_a_public_route_is_one_of_the_list(site: Site) -> None:
    async def anything(request: Request) -> Response:
        return Response()

    with pytest.raises(UnguardedRoute, match="/v1/open"):
        public_route("/v1/open", anything)


def test_a_path_cannot_answer_one_method_twice(site: Site) -> None:
    with pytest.raises(ValueError, match="twice"):
        site.app([*ROUTES, ROUTES[0]])


async def test_openapi_describes_every_operation_with_its_schemas(site: Site) -> None:
    async with site.client(site.app(public_base_url="https://api.example")) as client:
        document = (await client.get("/openapi.json")).json()
    assert document["servers"] == [{"url": "https://api.example"}]
    take = document["paths"]["/v1/take"]["post"]
    assert take["security"] == [{"bearer": []}]
    assert take["requestBody"]["content"]["application/json"]["example"] == {"a": 1}
    assert {"202", "400", "401", "403", "408", "413", "415", "500", "503"} == set(take["responses"])
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
