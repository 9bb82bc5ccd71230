"""Callers by API keys, and what every answer to them says of their budgets."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response

from control.organisations import subject_of
from tests.web.conftest import BOOTH_ROUTES, BY_KEY, Clock, Site
from web.api_keys import HEADER
from web.caller import Caller
from web.telemetry import TELEMETRY
from web.tenancy import route

pytestmark = pytest.mark.anyio

WHO = "/v1/booth/who"
NO_KEY = {"error": "missing or invalid X-API-Key"}
LEFT = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


def left(answer: httpx.Response) -> list[int]:
    """Limit, what remains, seconds until all of it is there again."""
    return [int(answer.headers[name]) for name in LEFT]


async def test_a_keys_caller_is_its_projects_and_stands_for_nobody_else(site: Site) -> None:
    project = site.project(consent=1)
    key = site.key(project, "all")
    async with site.client(site.booth(), **{HEADER: key, "X-Organization-Id": "globex"}) as client:
        caller = (await client.get(WHO)).json()
    (known,) = site.control.api_keys.list()
    acme = site.control.organisations.get("acme")
    assert acme is not None
    said = {"tenant": "acme", "project_id": project.id, "key_id": known.id, "scope": "all", "role": "system"}
    named = {"user_id": f"api_key:{known.id}", "subject": subject_of(acme.key, f"api_key:{known.id}")}
    consent = {"consent_level": 1, "consent_source": "default", "gpc": False}
    assert {name: caller[name] for name in said | named | consent} == said | named | consent


@pytest.mark.parametrize(
    ("peer", "stated", "level"),
    [
        ("127.0.0.1", "0", (0, "header")),
        ("127.0.0.1", "3", (2, "default")),
        ("127.0.0.1", "x", (0, "header")),
        ("203.0.113.9", "0", (0, "header")),
        ("203.0.113.9", "3", (2, "default")),
    ],
)
async def test_a_request_may_only_lower_the_projects_level_whoever_sends_it(
    site: Site, peer: str, stated: str, level: tuple[int, str]
) -> None:
    headers = {HEADER: site.key(site.project()), "X-Consent-Level": stated, "Sec-GPC": "1"}
    async with site.client(site.booth(), peer, **headers) as client:
        caller = (await client.get(WHO)).json()
    assert (caller["consent_level"], caller["consent_source"], caller["gpc"]) == (*level, True)


@pytest.mark.parametrize("key", [None, "", " ", "wrong", "k" * 72, "k" * 73, "k" * 5000, "schlüssel".encode()])
async def test_a_missing_key_and_a_wrong_one_get_the_same_answer(site: Site, key: str | bytes | None) -> None:
    shown = [] if key is None else [(HEADER, key)]
    async with site.client(site.booth()) as client:
        answer = await client.get(WHO, headers=shown)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()) == (401, NO_KEY)
    assert answer.headers["WWW-Authenticate"] == 'ApiKey realm="kinelake", header="X-API-Key"'
    assert left(answer) == [30, 29, 60]


async def test_a_key_longer_than_bcrypt_looks_at_is_never_valid(site: Site) -> None:
    project = site.project()
    for length, status in ((72, 200), (73, 401)):
        async with site.client(site.booth(), **{HEADER: site.key(project, secret="k" * length)}) as client:
            assert (await client.get(WHO)).status_code == status


async def test_two_keys_are_a_400_that_names_the_header_and_spend_the_addresss_budget(site: Site) -> None:
    key = site.key(site.project())
    async with site.client(site.booth()) as client:
        answer = await client.get(WHO, headers=[(HEADER, key), (HEADER, key)])
    assert (answer.status_code, left(answer)) == (400, [30, 29, 60])


async def test_a_token_is_no_key_and_a_key_no_token(site: Site) -> None:
    key = site.key(site.project())
    async with site.client(site.booth()) as client:
        assert (await client.get(WHO)).status_code == 401
    async with site.client(site.booth(), Authorization=f"Bearer {key}", **{HEADER: key}) as client:
        assert (await client.get("/v1/who")).status_code == 401
        assert (await client.get("/v1/booth/people")).status_code == 403


async def test_a_sha256_hash_that_was_taken_over_lets_its_key_in(site: Site) -> None:
    site.control.api_keys.take_over("booth", site.project(), "", sha256(b"legacy").hexdigest())
    async with site.client(site.booth(), **{HEADER: "legacy"}) as client:
        assert (await client.get(WHO)).status_code == 200


async def test_a_key_has_a_hundred_requests_a_minute_and_another_hundred_of_the_other_kind(
    site: Site, clock: Clock
) -> None:
    async with site.client(site.booth(), **{HEADER: site.key(site.project())}) as client:
        answers = [await client.get(WHO) for _ in range(101)]
        assert [answer.status_code for answer in answers] == [200] * 100 + [429]
        assert [left(answer)[:2] for answer in answers] == [[100, n] for n in (*range(99, -1, -1), 0)]
        assert left(await client.get("/v1/booth/people")) == [100, 99, 60]
        clock.pass_seconds(20.5)
        refused = await client.get(WHO)
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "40")
        assert left(refused) == [100, 0, 40]
        assert list(refused.json()) == ["error"]
        clock.pass_seconds(39)
        assert left(await client.get(WHO)) == [100, 0, 1]
        clock.pass_seconds(0.5)
        assert left(await client.get(WHO)) == [100, 99, 60]


async def test_every_answer_says_what_is_left_whatever_its_status(site: Site) -> None:
    headers = {HEADER: site.key(site.project()), "X-Said": "secret", "Origin": "https://a.example"}
    as_json = {"Content-Type": "application/json"}
    app = site.booth(cors_origins=("https://a.example",))
    async with site.client(app, **headers) as client:
        answers = [
            await client.get(WHO),
            await client.head(WHO),
            await client.post("/v1/booth/take", json=1),
            await client.post("/v1/booth/take", content=b"{}", headers={**as_json, "Content-Encoding": "gzip"}),
            await client.get(WHO, headers={HEADER: "wrong"}),
            await client.get("/v1/booth/people"),
            await client.get("/v1/booth/nothing"),
            await client.delete(WHO),
            await client.post("/v1/booth/take", json="x" * 3000),
            await client.post("/v1/booth/take", content=b"<a/>"),
            await client.get("/v1/booth/fail"),
        ]
    statuses = [200, 200, 202, 400, 401, 403, 404, 405, 413, 415, 500]
    assert [answer.status_code for answer in answers] == statuses
    for answer in answers:
        limit, remaining, reset = left(answer)
        assert limit in (30, 100)
        assert 0 <= remaining < limit
        assert reset == 60
        assert {name.lower() for name in LEFT} <= exposed(answer)
    assert left(answers[1])[1] == 98, "HEAD is counted like GET"


def exposed(answer: httpx.Response) -> set[str]:
    return {name.strip().lower() for name in answer.headers["Access-Control-Expose-Headers"].split(",")}


async def test_a_503_of_the_crowded_room_says_it_too_and_costs_nothing(site: Site) -> None:
    inner: list[httpx.Response] = []

    async def ask(request: Request, caller: Caller) -> Response:
        inner.append(await client.get(WHO))
        return Response("asked")

    app = site.app([*BOOTH_ROUTES, route("/v1/ask", ask)], families=(TELEMETRY, BY_KEY), in_flight_requests=1)
    async with site.client(app, **{HEADER: site.key(site.project())}) as client:
        await client.get(WHO)
        await client.get("/v1/ask")
    assert (inner[0].status_code, left(inner[0])) == (503, [100, 99, 60])


async def test_a_control_store_that_is_away_is_a_503_that_says_it_too(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, key = site.booth(), site.key(site.project())
    monkeypatch.setattr("control.api_keys.ApiKeys.revision", _away)
    async with site.client(app, **{HEADER: key}) as client:
        answer = await client.get(WHO)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert left(answer) == [30, 30, 60]


def _away(_: object) -> int:
    from control.faults import ControlUnavailable

    raise ControlUnavailable("it does not answer")


async def test_options_and_preflights_are_free(site: Site) -> None:
    asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}
    wanted = {**asked, "Access-Control-Request-Headers": HEADER}
    async with site.client(site.booth(cors_origins=("https://a.example",))) as client:
        for _ in range(40):
            assert (await client.options(WHO)).status_code == 204
            assert (await client.options(WHO, headers=wanted)).status_code == 200
        assert left(await client.get(WHO)) == [30, 29, 60]


async def guesses(client: httpx.AsyncClient, keys: Sequence[str]) -> list[int]:
    return [(await client.get(WHO, headers={HEADER: key} if key else {})).status_code for key in keys]


async def test_guesses_and_calls_without_a_key_spend_their_addresss_thirty_a_minute(site: Site, clock: Clock) -> None:
    app, key = site.booth(), site.key(site.project())
    wrong = [f"guess-{n % 7}" if n % 3 else "" for n in range(31)]
    async with site.client(app, "203.0.113.9") as client:
        assert await guesses(client, wrong) == [401] * 30 + [429]
        refused = await client.get(WHO, headers={HEADER: key})
        assert (refused.status_code, left(refused)) == (429, [30, 0, 60])
    async with site.client(app, "203.0.113.10", **{HEADER: key}) as client:
        assert (await client.get(WHO)).status_code == 200
    async with site.client(app, "203.0.113.9") as client:
        known = await client.get(WHO, headers={HEADER: key})
        assert (known.status_code, left(known)) == (200, [100, 98, 60]), "a key that is known has its own budget"
        clock.pass_seconds(60)
        assert await guesses(client, ["guess"]) == [401]


async def test_valid_keys_cost_their_address_nothing(site: Site) -> None:
    app, project = site.booth(), site.project()
    async with site.client(app, "203.0.113.9") as client:
        assert await guesses(client, [site.key(project) for _ in range(40)]) == [200] * 40
        assert left(await client.get(WHO)) == [30, 29, 60]


async def test_all_of_an_ipv6_network_is_one_address_and_another_is_another(site: Site) -> None:
    app = site.booth()
    left_by_peer = {"2001:db8::1": 29, "2001:db8::2:1": 28, "2001:db8:0:1::1": 29, "::ffff:1.2.3.4": 29, "1.2.3.4": 28}
    for peer, remaining in left_by_peer.items():
        async with site.client(app, peer) as client:
            assert left(await client.get(WHO))[1] == remaining, peer


async def test_what_nobody_counts_says_nothing_of_budgets(site: Site) -> None:
    async with site.client(site.booth()) as client:
        for path in ("/v1/who", "/v1/boothless", "/health", "/nothing"):
            assert not set(LEFT) & set((await client.get(path)).headers)


async def test_the_budget_is_a_setting(site: Site) -> None:
    async with site.client(
        site.booth(rate_limit_requests=2, rate_limit_interval="2m"), **{HEADER: site.key(site.project())}
    ) as client:
        answers = [await client.get(WHO) for _ in range(3)]
    assert [left(answer) for answer in answers] == [[2, 1, 120], [2, 0, 120], [2, 0, 120]]
    assert answers[-1].status_code == 429


async def test_two_processes_on_one_control_store_share_a_keys_budget(site: Site) -> None:
    apps = [site.booth(rate_limit_windows="control") for _ in range(2)]
    key = site.key(site.project())
    statuses = []
    for n in range(102):
        async with site.client(apps[n % 2], **{HEADER: key}) as client:
            statuses.append((await client.get(WHO)).status_code)
    assert statuses == [200] * 100 + [429] * 2


async def test_a_revoked_key_is_let_in_no_more_and_a_new_one_at_once(site: Site) -> None:
    project, app = site.project(), site.booth()
    key = site.key(project)
    async with site.client(app, **{HEADER: key}) as client:
        assert (await client.get(WHO)).status_code == 200
        assert (await client.get(WHO, headers={HEADER: "chosen"})).status_code == 401
        site.control.api_keys.revoke(site.control.api_keys.list()[0].id)
        assert (await client.get(WHO)).status_code == 401
        site.key(project, secret="chosen")
        assert (await client.get(WHO, headers={HEADER: "chosen"})).status_code == 200


async def test_a_key_opens_its_own_family_alone(site: Site) -> None:
    project = site.project()
    site.control.api_keys.take_over("capture", project, "", sha256(b"legacy").hexdigest())
    async with site.client(site.booth(), **{HEADER: "legacy"}) as client:
        assert (await client.get(WHO)).status_code == 401


async def test_nothing_of_a_key_or_an_address_is_in_control(site: Site, tmp_path: Any) -> None:
    key, app = site.key(site.project(), secret="a-very-own-secret-key"), site.booth(rate_limit_windows="control")
    for shown in (key, "a-very-wrong-key"):
        async with site.client(app, "203.0.113.9", **{HEADER: shown}) as client:
            await client.get(WHO)
    site.control.close()
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("control.db*"))
    assert b"request_windows" in stored
    assert not [said for said in (b"a-very-own", b"a-very-wrong", b"203.0.113.9") if said in stored]


async def test_the_document_names_the_scheme_and_the_429(site: Site) -> None:
    async with site.client(site.booth()) as client:
        document = (await client.get("/openapi.json")).json()
    asked = document["paths"][WHO]["get"]
    assert asked["security"] == [{"apiKey": []}]
    assert "429" in asked["responses"]
    assert "429" not in document["paths"]["/v1/who"]["get"]["responses"]
    assert document["components"]["securitySchemes"]["apiKey"] == {"type": "apiKey", "in": "header", "name": HEADER}


async def test_a_process_with_another_pepper_says_so_and_serves_the_other_families(site: Site) -> None:
    site.key(site.project())
    async with site.client(site.booth(key_pepper="another secret of more than 32 characters")) as client:
        ready = await client.get("/health/ready")
    assert ready.status_code == 200
    (noticed,) = ready.json()["notices"]
    assert (noticed["field"], "KINELAKE_KEY_PEPPER" in noticed["message"]) == ("api_keys", True)
