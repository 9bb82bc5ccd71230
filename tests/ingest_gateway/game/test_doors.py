"""Who is let in by an application's tokens, in what order a request is looked at, and how it is refused."""

from collections.abc import Sequence

import httpx
import pytest

from ingest_gateway.game.family import ALIASES, EVENTS
from tests.ingest_gateway.game.conftest import APP_ID, MSGPACK, Doors
from web.application_tokens import PUBLIC, SECRET

pytestmark = pytest.mark.anyio

SENDING = (EVENTS, *ALIASES)
BODY = b"\x80"


def refused(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of an answer in the family's shape, without anything more."""
    said = answer.json()
    assert list(said) == ["error", "message"], said
    assert said["message"]
    assert answer.headers["Content-Type"] == "application/json"
    return answer.status_code, said["error"]


async def sent(client: httpx.AsyncClient, headers: Sequence[tuple[str, str]], path: str = EVENTS) -> httpx.Response:
    return await client.post(path, content=BODY, headers=[("Content-Type", MSGPACK), *headers])


@pytest.mark.parametrize("path", SENDING)
@pytest.mark.parametrize("header", ["x-public-token", "x-api-key", "X-API-KEY"])
async def test_the_public_token_sends_and_says_whose_application_it_is(doors: Doors, path: str, header: str) -> None:
    tokens = doors.tokens(doors.application(consent=1))
    async with doors.client() as client:
        answer = await sent(client, [(header, tokens.public)], path)
    caller = answer.json()
    named = {"tenant": "acme", "project_id": APP_ID, "scope": PUBLIC, "role": "system"}
    consent = {"consent_level": 1, "consent_source": "default"}
    assert {name: caller[name] for name in named | consent} == named | consent


@pytest.mark.parametrize("path", ["/api/models"])
async def test_the_secret_token_opens_what_is_protected_as_key_and_as_bearer(doors: Doors, path: str) -> None:
    tokens = doors.tokens(doors.application())
    async with doors.client() as client:
        for headers in ({"x-api-key": tokens.secret}, {"Authorization": f"bearer {tokens.secret}"}):
            caller = (await client.get(path, headers=headers)).json()
            assert (caller["project_id"], caller["scope"]) == (APP_ID, SECRET)


async def test_what_does_not_send_is_a_401(doors: Doors) -> None:
    tokens = doors.tokens(doors.application())
    good, secret = tokens.public, tokens.secret
    wrong: list[list[tuple[str, str]]] = [
        [],
        [("x-public-token", "")],
        [("x-public-token", "nobody's")],
        [("x-public-token", good[:-1])],
        [("x-public-token", good.swapcase())],
        [("x-public-token", good + "x" * 100)],
        [("x-public-token", secret)],
        [("x-api-key", secret)],
        [("x-api-key", "nobody's")],
        [("x-public-token", "nobody's"), ("x-api-key", good)],
        [("x-public-token", ""), ("x-api-key", good)],
        [("x-public-token", good), ("x-public-token", good)],
        [("x-api-key", good), ("x-api-key", good)],
        [("Authorization", f"Bearer {good}")],
        [("Authorization", f"Bearer {secret}")],
        [("Authorization", f"Bearer {doors.site.token()}")],
    ]
    async with doors.client(doors.app(ingest_rate_limit_requests=1000)) as client:
        for headers in wrong:
            answer = await sent(client, headers)
            assert refused(answer) == (401, "unauthorized"), headers
            assert answer.headers["WWW-Authenticate"] == 'ApiKey realm="kinelake", header="x-public-token"'


async def test_of_what_is_protected_a_public_token_is_a_403_and_all_else_a_401(doors: Doors) -> None:
    tokens = doors.tokens(doors.application())
    wrong: list[tuple[tuple[int, str], list[tuple[str, str]]]] = [
        ((401, "unauthorized"), []),
        ((401, "unauthorized"), [("x-api-key", "nobody's")]),
        ((401, "unauthorized"), [("Authorization", "Bearer nobody's")]),
        ((401, "unauthorized"), [("Authorization", f"Basic {tokens.secret}")]),
        ((401, "unauthorized"), [("Authorization", tokens.secret)]),
        ((401, "unauthorized"), [("x-public-token", tokens.secret)]),
        ((401, "unauthorized"), [("x-public-token", tokens.public)]),
        ((401, "unauthorized"), [("x-api-key", "nobody's"), ("Authorization", f"Bearer {tokens.secret}")]),
        ((401, "unauthorized"), [("Authorization", f"Bearer {doors.site.token(role='admin')}")]),
        ((403, "forbidden"), [("x-api-key", tokens.public)]),
        ((403, "forbidden"), [("Authorization", f"Bearer {tokens.public}")]),
    ]
    async with doors.client() as client:
        for expected, headers in wrong:
            assert refused(await client.get("/api/models", headers=headers)) == expected, headers


async def test_sql_is_off_for_who_has_the_secret_token_and_nobody_else_learns_of_it(doors: Doors) -> None:
    tokens = doors.tokens(doors.application())
    async with doors.client() as client:
        for headers, expected in (
            ({"x-api-key": tokens.secret}, (501, "sql_unavailable")),
            ({"Authorization": f"Bearer {tokens.secret}"}, (501, "sql_unavailable")),
            ({"x-api-key": tokens.public}, (403, "forbidden")),
            ({}, (401, "unauthorized")),
        ):
            answer = await client.post("/api/sql/select", json={"sql": "SELECT 1"}, headers=headers)
            assert refused(answer) == expected


async def test_two_tokens_of_a_kind_are_valid_and_an_older_one_ends_with_the_second_rotation(doors: Doors) -> None:
    application = doors.application()
    made = []
    async with doors.client(doors.app(ingest_rate_limit_requests=1000)) as client:
        for valid in ([200], [200, 200], [401, 200, 200], [401, 401, 200, 200]):
            made.append(doors.token(application, PUBLIC))
            doors.site.clock.pass_seconds(1)
            assert [(await sent(client, [("x-public-token", token)])).status_code for token in made] == valid


async def test_a_revoked_token_is_let_in_no_more_at_once(doors: Doors) -> None:
    tokens = doors.tokens(doors.application())
    async with doors.client() as client:
        assert (await sent(client, [("x-public-token", tokens.public)])).status_code == 200
        for each in doors.site.control.api_keys.list():
            doors.site.control.api_keys.revoke(each.id)
        assert refused(await sent(client, [("x-public-token", tokens.public)])) == (401, "unauthorized")
        answer = await client.get("/api/models", headers={"x-api-key": tokens.secret})
        assert refused(answer) == (401, "unauthorized")


async def test_the_published_examples_token_is_refused_outside_development_whatever_control_says(doors: Doors) -> None:
    doors.token(doors.application(), PUBLIC, "YOUR_PUBLIC_TOKEN")
    jwks = doors.site.secrets.parent / "jwks.json"
    issuer = {"jwt_issuer": "https://id.example", "jwt_audience": "kinelake", "jwks": str(jwks)}
    for options, status in (({}, 200), (issuer, 401)):
        async with doors.client(doors.app(**options)) as client:
            assert (await sent(client, [("x-public-token", "YOUR_PUBLIC_TOKEN")])).status_code == status


@pytest.mark.parametrize(
    "kind",
    ["application/json", "application/vnd.a+json", "Application/JSON; charset=utf-8", "text/plain", "json", "*/*",
     "multipart/form-data; boundary=x", "application/msgpackx", "application/x-www-form-urlencoded"],
)  # fmt: skip
async def test_another_media_type_is_a_415_before_the_token_is_looked_at(doors: Doors, kind: str) -> None:
    async with doors.client() as client:
        for path in SENDING[:2]:
            answer = await client.post(path, content=BODY, headers={"Content-Type": kind})
            assert refused(answer) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    "kind", [None, "application/msgpack", "application/x-msgpack", "application/octet-stream", "APPLICATION/MSGPACK"]
)
async def test_messagepack_by_any_of_its_names_or_by_none_is_taken(doors: Doors, kind: str | None) -> None:
    token = doors.tokens(doors.application()).public
    headers = {"x-public-token": token} | ({} if kind is None else {"Content-Type": kind})
    async with doors.client() as client:
        assert (await client.post(EVENTS, content=BODY, headers=headers)).status_code == 200


async def test_what_is_nowhere_what_does_not_answer_and_what_fails_is_said_in_the_familys_shape(doors: Doors) -> None:
    secret = doors.tokens(doors.application()).secret
    async with doors.client(x_api_key=secret) as client:
        assert refused(await client.get("/api")) == (404, "not_found")
        assert refused(await client.get("/api/nothing")) == (404, "not_found")
        assert refused(await client.get(EVENTS)) == (405, "method_not_allowed")
        assert refused(await client.get("/api/fail")) == (500, "internal_error")
    async with doors.client(doors.app(), x_api_key=secret) as client:
        doors.site.control.close()
        (doors.site.secrets.parent / "control.db").rename(doors.site.secrets.parent / "away.db")
        answer = await client.get("/api/models")
        assert refused(answer) == (503, "unavailable")
        assert answer.headers["Retry-After"] == "1"
