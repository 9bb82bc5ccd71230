"""Headers given twice, blanks around values, names in any case."""

from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import Response

from tests.kit.fuzzing import fuzzed
from tests.web.conftest import Site
from web.caller import Caller
from web.headers import RequestHeaders, headers_of
from web.problems import Problem
from web.tenancy import route

pytestmark = pytest.mark.anyio

STRANGER = "203.0.113.9"
Line = tuple[str, str]


def headers(*lines: tuple[str, str]) -> RequestHeaders:
    return RequestHeaders((name.lower().encode(), value.encode("latin-1")) for name, value in lines)


async def ask(site: Site, *lines: Line, method: str = "GET", path: str = "/v1/who", **rest: Any) -> Any:
    """A request with exactly these headers beside its token."""
    named = [("Authorization", f"Bearer {site.token()}"), *lines]
    raw = [(name.encode(), value.encode()) for name, value in named]
    transport = httpx.ASGITransport(site.app(**rest.pop("options", {})), client=(rest.pop("peer", "127.0.0.1"), 4))
    async with httpx.AsyncClient(transport=transport, base_url="http://kinelake.test") as client:
        return await client.request(method, path, headers=raw, **rest)


def test_the_ways_to_read_a_header() -> None:
    read = headers(("X-A", " 1\t"), ("X-A", "2, 3"), ("X-B", "b"))
    assert ("X-a" in read, "X-C" in read) == (True, False)
    assert read.all("X-A") == ["1", "2, 3"]
    assert list(read.members("x-a")) == ["1", "2", "3"]
    assert (read.single("X-A"), read.single("X-B"), read.single("X-C")) == (None, "b", None)
    assert (read.joined("X-A"), read.joined("X-C")) == ("1, 2, 3", "")
    assert (read.once("X-B"), read.once("X-C")) == ("b", None)
    with pytest.raises(Problem, match="400"):
        read.once("X-A")


@given(st.text(st.characters(max_codepoint=255)))
@fuzzed(500)
def test_only_spaces_and_tabs_around_a_value_are_no_part_of_it(value: str) -> None:
    assert headers(("X-A", f"\t {value} \t")).once("X-A") == value.strip(" \t")


def test_a_request_reads_its_headers_once() -> None:
    request = Request({"type": "http", "headers": [(b"x-a", b"1")]})
    assert headers_of(request) is headers_of(request.scope)


@pytest.mark.parametrize(
    ("levels", "level", "source"),
    [
        (["3", "1"], 1, "header"),
        (["1", "3"], 1, "header"),
        (["3, 1"], 1, "header"),
        (["3", "3"], 2, "token"),
        (["2", "x"], 0, "header"),
        ([""], 0, "header"),
        ([" 1\t"], 1, "header"),
        (["1,"], 0, "header"),
        (["0001"], 0, "header"),
        (["٣"], 0, "header"),
        (["9" * 5000], 0, "header"),
    ],
    ids=lambda value: repr(value)[:20],
)
async def test_of_several_consent_levels_the_lowest_counts(
    site: Site, levels: list[str], level: int, source: str
) -> None:
    answer = await ask(site, *(("X-Consent-Level", given) for given in levels))
    assert (answer.json()["consent_level"], answer.json()["consent_source"]) == (level, source)


@pytest.mark.parametrize(
    "given", [["1 "], ["1\t"], [" 1"], ["0", "1"], ["1", "0"], ["0, 1"]], ids=lambda given: repr(given)
)
async def test_a_signal_of_global_privacy_control_is_seen_wherever_it_stands(site: Site, given: list[str]) -> None:
    assert (await ask(site, *(("Sec-GPC", value) for value in given))).json()["gpc"] is True


@pytest.mark.parametrize("given", ["0", "", "11", "true", "1;x"])
async def test_what_is_no_1_is_no_signal(site: Site, given: str) -> None:
    assert (await ask(site, ("Sec-GPC", given))).json()["gpc"] is False


TWICE = {
    "Authorization": ("Bearer x", "Bearer y"),
    "X-Organization-Id": ("acme", "globex"),
    "X-Actor-Type": ("user", "admin"),
    "Content-Type": ("application/json", "application/json"),
    "Content-Encoding": ("identity", "gzip"),
    "Content-Length": ("2", "3"),
}


@pytest.mark.parametrize("name", TWICE)
async def test_a_header_that_decides_and_is_given_twice_is_a_400_that_names_it(site: Site, name: str) -> None:
    taken = [("Content-Type", "application/json")] if not name.startswith("Content-Type") else []
    lines = [*taken, *((name, value) for value in TWICE[name])]
    answer = await ask(site, *lines, method="POST", path="/v1/take", content=b"{}")
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"] == [{"field": name, "message": "must be given once"}]


async def test_one_proxy_may_name_the_client_and_another_the_caller(site: Site) -> None:
    named = [
        ("X-Organization-Id", "globex"),
        ("X-Actor-Type", "admin"),
        ("X-Consent-Level", "1"),
        ("X-Forwarded-For", "198.51.100.7"),
    ]
    networks = {"trusted_proxies": "10.0.0.0/8", "identity_proxies": "10.9.0.0/16"}
    seen = [
        (await ask(site, *named, peer=peer, options=networks)).json() for peer in ("10.0.0.1", "10.9.0.1", STRANGER)
    ]
    facts = [(who["tenant"], who["role"], who["consent_level"], who["client_ip"]) for who in seen]
    assert facts == [
        ("acme", "user", 1, "198.51.100.7"),
        ("globex", "admin", 1, "198.51.100.7"),
        ("acme", "user", 1, STRANGER),
    ]


@pytest.mark.parametrize("number", ["1.2.3.4:" + "7" * 4301, "[::1]:" + "7" * 4301, "1.2.3.4:٣", "9" * 60_000])
@pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Client-IP", "Forwarded", "X-Real-IP"])
async def test_an_address_that_is_none_is_passed_over_on_every_path(site: Site, name: str, number: str) -> None:
    for path, status in (("/v1/who", 200), ("/health", 200), ("/v1/nothing", 404)):
        answer = await ask(site, (name, number), path=path)
        assert answer.status_code == status


async def test_a_stated_length_that_is_none_is_a_400(site: Site) -> None:
    for length in ("+5", "5_0", "٥", "9" * 4301):
        lines = [("Content-Type", "application/json"), ("Content-Length", length)]
        answer = await ask(site, *lines, method="POST", path="/v1/take", content=b"{}")
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "Content-Length")


async def test_every_user_agent_that_was_sent_is_kept_as_one(site: Site) -> None:
    async def agent(request: Request, caller: Caller) -> Response:
        return Response(msgspec.json.encode(caller.user_agent))

    app = site.app([route("/v1/agent", agent)])
    async with site.client(app) as client:
        answer = await client.get("/v1/agent", headers=[("User-Agent", "A/1"), ("User-Agent", "B/2")])
    assert answer.json() == "A/1, B/2"
