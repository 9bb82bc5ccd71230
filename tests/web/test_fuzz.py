"""Headers, digits, tokens and User-Agents of any kind through the whole application: no 5xx, no hang, no growth."""

import gc
import hmac
import json
import string
import tracemalloc
from random import Random
from typing import Any
from uuid import uuid4

import anyio
import jwt
import pytest
from anyio.lowlevel import checkpoint
from hypothesis import given
from hypothesis import strategies as st

from tests.ingest_gateway.conftest import PATH, Gateway, event
from tests.kit.fuzzing import fuzzed
from tests.web.conftest import Site
from web.development import development_secret

pytestmark = pytest.mark.anyio

PATIENCE_SECONDS = 60
MOST_KEPT = 2**18

READ = [
    "Authorization",
    "Content-Type",
    "Content-Encoding",
    "Content-Length",
    "Idempotency-Key",
    "Sec-GPC",
    "User-Agent",
    "X-Consent-Level",
    "X-Organization-Id",
    "X-Actor-Type",
    "X-Actor-Hash",
    "X-Client-IP",
    "X-Forwarded-For",
    "X-Request-Id",
    "X-Real-IP",
    "Forwarded",
    "Origin",
    "Access-Control-Request-Method",
    "Access-Control-Request-Headers",
    "Host",
    "Cookie",
    "Range",
    "Accept",
]
DIGITS = st.one_of(
    st.integers().map(str),
    st.integers(1, 6000).map(lambda length: "7" * length),
    st.text(string.digits + "+-_. eE\t:,[]%x٣²", max_size=40),
    st.sampled_from(
        ["1.2.3.4:" + "9" * 4301, "[::1%" + "z" * 300 + "]:1", "::ffff:1.2.3.4", "fe80::1%eth0", "1" * 60_000]
    ),
)
VALUES = st.one_of(
    st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"]), max_size=100),
    DIGITS,
    st.sampled_from(["application/json", "gzip", "identity", "1", "0, 1", "acme", "admin", "Bearer x", "Bearer a.b.c"]),
)
OF_AGENTS = ["Mozilla/5.0 ", "(", ")", "iPhone; ", "CPU OS 17_", "Android ", "Safari/", "9" * 50, ";", "Version/"]
AGENTS = st.one_of(
    st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"]), max_size=600),
    st.lists(st.sampled_from(OF_AGENTS), max_size=60).map("".join),
)


class Asked:
    """One application for many cases."""

    def __init__(self, gateway: Gateway) -> None:
        self.app = gateway.app(cors_origins="https://app.example")
        self.token = gateway.site.token()
        self.recorder = gateway.recorder

    async def ask(self, method: str, path: str, headers: list[tuple[str, str]], content: bytes = b"") -> int:
        """The status, below 500 and within seconds; a refusal is in our shape."""
        sent: list[Any] = []
        given: list[Any] = [{"type": "http.request", "body": content, "more_body": False}]

        async def receive() -> Any:
            return given.pop() if given else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        with anyio.fail_after(PATIENCE_SECONDS):
            await self.app(_scope(method, path, headers), receive, send)
        status: int = sent[0]["status"]
        assert status < 500, sent
        assert status < 400 or json.loads(sent[1]["body"])["code"]
        return status


def _scope(method: str, path: str, headers: list[tuple[str, str]]) -> dict[str, Any]:
    return {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "client": ("127.0.0.1", 40000),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
    }


@pytest.fixture
def asked(site: Site) -> Asked:
    return Asked(Gateway(site))


def with_token(asked: Asked, headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [("Authorization", f"Bearer {asked.token}"), ("Content-Type", "application/json"), *headers]


EVENT = json.dumps(event()).encode()


@given(
    st.lists(st.tuples(st.sampled_from(READ), VALUES), max_size=8), st.booleans(), st.sampled_from(["POST", "OPTIONS"])
)
@fuzzed(1000)
async def test_any_headers_in_any_number(
    asked: Asked, headers: list[tuple[str, str]], known: bool, method: str
) -> None:
    await asked.ask(method, PATH, with_token(asked, headers) if known else headers, EVENT)


@given(st.sampled_from(READ), DIGITS, DIGITS)
@fuzzed(1000)
async def test_any_digits_in_any_header(asked: Asked, name: str, first: str, second: str) -> None:
    await asked.ask("POST", PATH, with_token(asked, [(name, first), (name, second)]), EVENT)


@given(AGENTS)
@fuzzed(1200)
async def test_any_user_agent_is_taken(asked: Asked, agent: str) -> None:
    assert await asked.ask("POST", PATH, with_token(asked, [("User-Agent", agent)]), EVENT) == 202


NUMBERS = st.integers() | st.floats() | st.sampled_from([10**400, -(10**400), 2**63, 1e308, 2.0, 1771326000, True])
CLAIM = st.one_of(NUMBERS, st.text(max_size=20), st.none(), st.lists(NUMBERS, max_size=2), st.just({"a": 1}))
CLAIMS = st.dictionaries(
    st.sampled_from(["exp", "nbf", "iat", "sub", "org", "role", "consent", "iss", "aud", "jti", "x"]), CLAIM, max_size=4
)
TOKEN_HEADERS = st.dictionaries(
    st.sampled_from(["kid", "typ", "cty", "jku", "x5u", "crit", "b64", "zip"]), CLAIM, max_size=2
)


@given(CLAIMS, TOKEN_HEADERS)
@fuzzed(400)
async def test_any_claims_under_a_right_signature(
    asked: Asked,
    site: Site,
    claims: dict[str, Any],
    head: dict[str, Any],
) -> None:
    known = jwt.decode(asked.token, options={"verify_signature": False})
    payload = json.dumps(known | claims).encode()
    token = jwt.PyJWS().encode(payload, development_secret(site.secrets), "HS256")
    forged = _with_header(token, head, site)
    assert await asked.ask("POST", PATH, [("Authorization", f"Bearer {forged}")]) in (401, 403, 415)


async def test_an_exp_of_401_digits_is_a_401(asked: Asked, site: Site) -> None:
    known = jwt.decode(asked.token, options={"verify_signature": False})
    payload = json.dumps(known | {"exp": 10**400}).encode()
    token = jwt.PyJWS().encode(payload, development_secret(site.secrets), "HS256")
    assert await asked.ask("POST", PATH, [("Authorization", f"Bearer {token}")], EVENT) == 401


def _with_header(token: str, head: dict[str, Any], site: Site) -> str:
    """The same token with further header fields, signed again."""
    payload = token.split(".")[1]
    header = jwt.utils.base64url_encode(json.dumps({"typ": "JWT", "alg": "HS256", **head}).encode()).decode()
    signed = f"{header}.{payload}".encode()
    signature = hmac.digest(development_secret(site.secrets), signed, "sha256")
    return f"{header}.{payload}.{jwt.utils.base64url_encode(signature).decode()}"


@given(st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"]), max_size=200) | DIGITS)
@fuzzed(500)
async def test_any_text_instead_of_a_token(asked: Asked, text: str) -> None:
    for value in (text, f"Bearer {text}", f"Bearer {asked.token}{text}", asked.token):
        assert await asked.ask("POST", PATH, [("Authorization", value)], EVENT) in (401, 415)


async def test_thousands_of_different_requests_leave_nothing_behind(asked: Asked) -> None:
    """To the byte, and without what Hypothesis remembers: every id, agent, token and path is new.

    Of addresses there are 256: the latest 4,096 are remembered.
    """
    odd = Random(1)

    async def ask(requests: int) -> int:
        for _ in range(requests):
            text = odd.randbytes(40).hex()
            lines = [("User-Agent", text), ("X-Forwarded-For", f"2001:db8::{text[:2]}"), ("X-Request-Id", text)]
            body = json.dumps(event(session_id=text, event_id=str(uuid4()))).encode()
            assert await asked.ask("POST", PATH, with_token(asked, lines), body) == 202
            assert await asked.ask("GET", f"/{text}", [("Authorization", f"Bearer {text}")]) == 404
            assert await asked.ask("POST", PATH, [("Authorization", f"Bearer {text}.{text}.{text}")], body) == 401
            await checkpoint()  # asyncio forgets the deadlines that were met
        asked.recorder.published.clear()
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        before = await ask(700)
        assert await ask(700) - before < MOST_KEPT
    finally:
        tracemalloc.stop()
