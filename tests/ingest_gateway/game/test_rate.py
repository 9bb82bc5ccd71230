"""The limit of an address: what is counted, what of it is together, and when there is room again."""

import httpx
import pytest

from ingest_gateway.game.family import ALIASES, EVENTS
from tests.ingest_gateway.game.conftest import MSGPACK, Doors

pytestmark = pytest.mark.anyio

BAD_REQUESTS: tuple[dict[str, str], ...] = ({"Content-Type": "application/json"}, {"x-public-token": "nobody's"}, {})
"""Refused, and counted all the same."""


@pytest.fixture
def token(doors: Doors) -> str:
    return doors.tokens(doors.application()).public


async def statuses(client: httpx.AsyncClient, count: int, path: str = EVENTS) -> list[int]:
    return [(await client.post(path, content=b"\x80")).status_code for _ in range(count)]


async def test_the_eleventh_request_of_an_address_within_a_second_is_a_429(doors: Doors, token: str) -> None:
    async with doors.client(x_public_token=token) as client:
        assert await statuses(client, 10) == [200] * 10
        refused = await client.post(EVENTS, content=b"\x80")
        assert (refused.status_code, refused.json()["error"]) == (429, "rate_limited")
        assert list(refused.json()) == ["error", "message"]
        assert refused.headers["Retry-After"] == "1"
        doors.ticks.now += 0.9375
        assert await statuses(client, 1) == [429]
        doors.ticks.now += 0.0625
        assert await statuses(client, 9) == [200] * 9
        assert await statuses(client, 1) == [429], "the refused one of just now counts"


async def test_events_and_their_aliases_share_the_budget_with_all_that_was_refused(doors: Doors, token: str) -> None:
    async with doors.client() as client:
        for number, headers in enumerate(BAD_REQUESTS * 3):
            path = (EVENTS, *ALIASES)[number % 4]
            assert (await client.post(path, content=b"\x80", headers=headers)).status_code in (401, 415)
        good = {"x-public-token": token, "Content-Type": MSGPACK}
        answers = [await client.post(path, content=b"\x80", headers=good) for path in (EVENTS, *ALIASES)]
        assert [answer.status_code for answer in answers] == [200, 429, 429, 429]


async def test_the_limit_comes_before_the_media_type_and_before_the_token(doors: Doors) -> None:
    async with doors.client(Content_Type="application/json") as client:
        assert await statuses(client, 11) == [415] * 10 + [429]


async def test_each_address_has_a_budget_of_its_own_and_a_network_of_ipv6_one(doors: Doors, token: str) -> None:
    app = doors.app()
    peers = ("203.0.113.9", "203.0.113.10", "2001:db8:1:2::1", "2001:db8:1:2::2", "2001:db8:1:3::1")
    found = {}
    for peer in peers:
        async with doors.client(app, peer, x_public_token=token) as client:
            found[peer] = await statuses(client, 10)
    full, none = [200] * 10, [429] * 10
    assert found == dict(zip(peers, (full, full, full, none, full), strict=True))


async def test_the_address_is_what_a_trusted_proxy_says_and_nobody_else(doors: Doors, token: str) -> None:
    app = doors.app(trusted_proxies=("198.51.100.1/32",))
    for peer, expected in (("198.51.100.1", [200] * 12), ("198.51.100.2", [200] * 10 + [429] * 2)):
        found = []
        async with doors.client(app, peer, x_public_token=token) as client:
            for number in range(12):
                forwarded = {"X-Forwarded-For": f"203.0.113.{number}"}
                found.append((await client.post(EVENTS, content=b"\x80", headers=forwarded)).status_code)
        assert found == expected


async def test_what_sends_nothing_and_what_only_asks_beforehand_costs_nothing(doors: Doors) -> None:
    tokens = doors.tokens(doors.application())
    app = doors.app(cors_origins=("https://a.example",))
    preflight = {
        "Origin": "https://a.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-public-token, content-type",
    }
    async with doors.client(app) as client:
        for _ in range(11):
            assert (await client.options(EVENTS, headers=preflight)).status_code == 200
            assert (await client.options(EVENTS)).status_code == 204
            assert (await client.get("/api/models", headers={"x-api-key": tokens.secret})).status_code == 200
        sending = {"x-public-token": tokens.public, "Origin": "https://a.example"}
        answers = [await client.post(EVENTS, content=b"\x80", headers=sending) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert answers[-1].headers["Access-Control-Allow-Origin"] == "https://a.example"
    assert "Retry-After" in answers[-1].headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize(("limit", "processes", "share"), [(1, 1, 1), (25, 1, 25), (10, 3, 3), (10, 4, 2), (2, 9, 1)])
async def test_the_limit_is_a_setting_of_which_a_process_has_its_share(
    doors: Doors, token: str, limit: int, processes: int, share: int
) -> None:
    app = doors.app(ingest_rate_limit_requests=limit, ingest_rate_limit_processes=processes)
    async with doors.client(app, x_public_token=token) as client:
        assert await statuses(client, share + 1) == [200] * share + [429]
