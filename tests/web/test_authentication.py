"""From request to Caller: consent, trusted headers, organisations, how long a token is believed."""

from typing import Any

import httpx
import pytest

from control.organisations import subject_of
from tests.web.conftest import ROUTES, Clock, Site
from web.app import create_app
from web.authentication import Authenticator, authenticator
from web.caller import Caller, Role
from web.options import WebOptions
from web.tokens import TokenVerifier

pytestmark = pytest.mark.anyio

STRANGER = "203.0.113.9"


async def who(site: Site, peer: str = "127.0.0.1", **headers: str) -> dict[str, Any]:
    async with site.client(peer=peer) as client:
        answer = await client.get("/v1/who", headers=headers)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_a_caller_is_who_the_token_says_under_the_organisations_own_name_for_them(site: Site) -> None:
    caller = await who(site, STRANGER, **{"User-Agent": "Player/1", "Sec-GPC": "1"})
    acme = site.control.organisations.get("acme")
    assert acme is not None
    assert caller == {
        "tenant": "acme",
        "subject": subject_of(acme.key, "zoe"),
        "user_id": "zoe",
        "role": "user",
        "consent_level": 2,
        "consent_source": "token",
        "gpc": True,
        "client_ip": STRANGER,
        "user_agent": "Player/1",
        "request_id": caller["request_id"],
        "trusted": False,
        "project_id": "",
        "key_id": "",
        "scope": "",
        "plan": "",
    }


async def test_a_trusted_proxy_overrides_organisation_role_address_and_request(site: Site) -> None:
    overrides = {
        "X-Organization-Id": "globex",
        "X-Actor-Type": "admin",
        "X-Client-IP": "198.51.100.7",
        "X-Request-Id": "from-core-api",
    }
    caller = await who(site, **overrides)
    assert (caller["tenant"], caller["role"], caller["client_ip"]) == ("globex", "admin", "198.51.100.7")
    assert (caller["request_id"], caller["trusted"]) == ("from-core-api", True)


async def test_the_same_headers_from_anyone_else_say_nothing(site: Site) -> None:
    overrides = {
        "X-Organization-Id": "globex",
        "X-Actor-Type": "admin",
        "X-Client-IP": "1.1.1.1",
    }
    caller = await who(site, STRANGER, **overrides)
    assert (caller["tenant"], caller["role"], caller["client_ip"]) == ("acme", "user", STRANGER)


@pytest.mark.parametrize("peer", ["127.0.0.1", STRANGER])
@pytest.mark.parametrize(
    ("header", "level", "source"),
    [
        ("1", 1, "header"),
        ("0", 0, "header"),
        ("2", 2, "token"),
        ("3", 2, "token"),
        ("x", 0, "header"),
        ("-1", 0, "header"),
    ],
)
async def test_a_consent_header_only_lowers_the_level_whoever_says_it(
    site: Site, peer: str, header: str, level: int, source: str
) -> None:
    caller = await who(site, peer, **{"X-Consent-Level": header})
    assert (caller["consent_level"], caller["consent_source"]) == (level, source)


async def test_an_organisation_header_that_cannot_be_one_is_a_400_naming_it(site: Site) -> None:
    async with site.client() as client:
        answer = await client.get("/v1/who", headers={"X-Organization-Id": "x" * 129})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "X-Organization-Id"


@pytest.mark.parametrize("given", [None, "Basic abc", "Bearer", "Bearer ", "abc"], ids=repr)
async def test_a_request_without_a_bearer_token_is_a_401_that_asks_for_one(site: Site, given: str | None) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(site.app()), base_url="http://kinelake.test") as client:
        answer = await client.get("/v1/who", headers={} if given is None else {"Authorization": given})
    assert (answer.status_code, answer.json()["code"]) == (401, "token_missing")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="kinelake"'


async def test_a_believed_token_ends_with_its_exp(site: Site, clock: Clock) -> None:
    async with site.client(Authorization=f"Bearer {site.token(ttl=40)}") as client:
        assert (await client.get("/v1/who")).status_code == 200
        clock.pass_seconds(71)
        answer = await client.get("/v1/who")
    assert (answer.status_code, answer.json()["code"]) == (401, "token_expired")


async def test_a_token_is_verified_again_after_a_minute(
    site: Site, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with site.client() as client:
        assert (await client.get("/v1/who")).status_code == 200
        verified = []
        real = TokenVerifier.verify

        async def counted(verifier: TokenVerifier, token: str) -> Any:
            verified.append(token)
            return await real(verifier, token)

        monkeypatch.setattr(TokenVerifier, "verify", counted)
        for _ in range(3):
            await client.get("/v1/who")
        assert verified == []
        clock.pass_seconds(60)
        await client.get("/v1/who")
        assert len(verified) == 1


async def test_in_production_an_unknown_organisation_is_a_401_until_it_is_made(site: Site) -> None:
    verifier = TokenVerifier.for_development(site.secrets, site.clock)
    keys = authenticator(WebOptions(), site.control, site.secrets, site.clock).keys
    authenticating = Authenticator(verifier, site.control, site.clock, keys, in_development=False)
    options = WebOptions(access_log=False)
    app = create_app(ROUTES, options=options, authenticator=authenticating)
    async with site.client(app) as client:
        answer = await client.get("/v1/who")
        assert (answer.status_code, answer.json()["code"]) == (401, "organisation_unknown")
        site.control.organisations.create("acme")
        assert (await client.get("/v1/who")).status_code == 200


async def test_the_memory_of_tokens_is_bounded(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.authentication.MOST_TOKENS", 2)
    options = WebOptions(access_log=False)
    authenticating = authenticator(options, site.control, site.secrets, site.clock)
    app = create_app(ROUTES, options=options, authenticator=authenticating)
    async with site.client(app) as client:
        for name in "abcd":
            await client.get("/v1/who", headers={"Authorization": f"Bearer {site.token(sub=name)}"})
    assert len(authenticating._believed) == 2


def test_a_caller_does_not_show_the_person() -> None:
    caller = Caller(
        tenant="acme",
        subject="s" * 64,
        user_id="zoe",
        role=Role.USER,
        consent_level=2,
        consent_source="token",
        gpc=False,
        client_ip="192.0.2.1",
        user_agent="",
        request_id="r",
        trusted=False,
    )
    assert repr(caller) == "Caller(tenant='acme', role='user', request_id='r')"
