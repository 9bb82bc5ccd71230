"""A public write key opens nothing but what takes events by it: every route, every method, every way to show one."""

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping

import httpx
import pytest

from tests.kinelake.every_route.test_callers import flaws
from tests.kit.whole import COOKIE, HOME, KEYED, Known, Whole

pytestmark = pytest.mark.xdist_group("every_route")

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
REFUSED = (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND, httpx.codes.METHOD_NOT_ALLOWED)
SIGN_IN = "/dashboard/login"
TYPES = ("application/json", "application/msgpack", "text/plain")
"""What bodies may be called: a family that looks at that first must not hide that a key would open it."""

Shown = tuple[str, Mapping[str, str]]
"""What stands behind a path, and headers."""
WAYS: Mapping[str, Callable[[str], Shown]] = {
    "Basic": lambda key: ("", {"Authorization": f"Basic {b64encode(f'{key}:'.encode()).decode()}"}),
    "Basic's password": lambda key: ("", {"Authorization": f"Basic {b64encode(f':{key}'.encode()).decode()}"}),
    "the query": lambda key: (f"?writeKey={key}", {}),
    "a token's query": lambda key: (f"?token={key}&access_token={key}&api_key={key}", {}),
    "X-API-Key": lambda key: ("", {KEYED: key}),
    "a bearer token": lambda key: ("", {"Authorization": f"Bearer {key}"}),
    "API-KEY": lambda key: ("", {"API-KEY": key}),
    "API-KEY in Authorization": lambda key: ("", {"Authorization": f"API-KEY {key}"}),
    "x-public-token": lambda key: ("", {"x-public-token": key}),
    "X-Write-Key": lambda key: ("", {"X-Write-Key": key}),
    "a cookie": lambda key: ("", {"Cookie": f"{COOKIE}={key}; writeKey={key}"}),
}


def others(app: Whole) -> Iterator[tuple[str, Known]]:
    """Every method of every route that no write key is for, listed or not."""
    for known in app.guarded:
        if not known.by_write_key:
            yield from ((method, known) for method in METHODS)


def opened(app: Whole, method: str, path: str, headers: Mapping[str, str]) -> str:
    """How a route lets somebody in; "" where it does not, whatever their body is called."""
    for media_type in TYPES if method in ("POST", "PUT", "PATCH") else TYPES[:1]:
        answer = app.ask(method, path, {**headers, "Content-Type": media_type}, content=b"{}")
        signing_in = answer.headers.get("Location", "").startswith(SIGN_IN)
        unread = answer.status_code == httpx.codes.UNSUPPORTED_MEDIA_TYPE
        if answer.status_code not in REFUSED and not signing_in and not unread:
            return f"{answer.status_code} {answer.text[:100]}"
    return ""


@pytest.mark.parametrize("way", WAYS)
def test_a_write_key_opens_no_other_route_however_it_is_shown(app: Whole, way: str) -> None:
    behind, headers = WAYS[way](app.write_key(HOME))
    found = {
        f"{method} {known.template}": opened(app, method, f"{known.path}{behind}", headers)
        for method, known in others(app)
    }
    assert flaws(found) == {}
    assert len(found) > 300


def test_a_write_key_in_place_of_a_parameter_opens_nothing(app: Whole) -> None:
    key = app.write_key(HOME)
    found = {
        f"{method} {known.template}": opened(app, method, known.with_all(key), {})
        for method, known in others(app)
        if "{" in known.template
    }
    assert flaws(found) == {}


def test_what_anybody_may_ask_says_the_same_to_who_shows_a_write_key(app: Whole) -> None:
    for known in (known for known in app.routes if known.public and known.template != "/metrics"):
        for way in WAYS.values():
            behind, headers = way(app.write_key(HOME))
            told, shown = app.ask("GET", known.path), app.ask("GET", f"{known.path}{behind}", headers)
            assert told.status_code == shown.status_code, known


def test_what_a_write_key_opens_answers_nothing_that_anybody_stored(app: Whole) -> None:
    """Documents that SDKs fetch first name the key and this host, and nothing else is read with a key."""
    reading = {known.template for known in app.guarded if known.by_write_key and "GET" in known.methods}
    assert reading == {"/v1/projects/{key}/settings", "/sourceConfig"}
    for known in (known for known in app.guarded if known.by_write_key):
        for method in set(METHODS) - set(known.methods):
            headers = app.signed_in(known)
            assert app.ask(method, known.path, headers).status_code in REFUSED, (method, known)
