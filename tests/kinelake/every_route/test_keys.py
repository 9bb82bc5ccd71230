"""Every route for callers by API key: who shows none that is valid, and whose key is another project's."""

from collections.abc import Callable, Mapping, Sequence

import httpx
import pytest

from tests.kinelake.every_route.test_callers import ALLOWED, KEYS, flaws, keyed
from tests.kit.refusals import flaw
from tests.kit.whole import HOME, KEYED, SESSIONS, Known, Whole, mark

pytestmark = pytest.mark.xdist_group("every_route")

OTHER = "globex"
CHALLENGE = 'ApiKey realm="kinelake", header="X-API-Key"'
NO_KEY = {"error": "missing or invalid X-API-Key"}


Headers = Sequence[tuple[str, str]]
WRONG: Mapping[str, Callable[[Whole], Headers]] = {
    "none": lambda app: [],
    "an empty one": lambda app: [(KEYED, "")],
    "one of nobody": lambda app: [(KEYED, "kl_cap_" + "x" * 43)],
    "one that is nearly one": lambda app: [(KEYED, app.key(HOME)[:-1])],
    "one in another case": lambda app: [(KEYED, app.key(HOME).swapcase())],
    "one with more behind it": lambda app: [(KEYED, app.key(HOME) + "x" * 23)],
    "a revoked one": lambda app: [(KEYED, app.ended_key)],
    "a bearer token": lambda app: [("Authorization", f"Bearer {app.token()}")],
    "a bearer token in its place": lambda app: [(KEYED, app.token())],
    "one as a bearer token": lambda app: [("Authorization", f"Bearer {app.key(HOME)}")],
    "one in a cookie": lambda app: [("Cookie", f"{KEYED}={app.key(HOME)}")],
}


def test_the_routes_are_the_specifications(app: Whole) -> None:
    assert {f"{method} {known.template}" for method, known in keyed(app)} == {
        name for name, allowed in ALLOWED.items() if allowed == KEYS
    }


@pytest.mark.parametrize("how", WRONG)
def test_no_route_takes_a_key_that_is_none(app: Whole, how: str) -> None:
    found = {}
    for method, known in keyed(app):
        answer = app.ask(method, known.path, WRONG[how](app))
        found[f"{method} {known.template}"] = flaw(answer, known, 401) or _other_words(answer)
    assert flaws(found) == {}


def _other_words(answer: httpx.Response) -> str:
    """Whatever is wrong with a key, the answer is one and the same."""
    same = answer.headers["WWW-Authenticate"] == CHALLENGE and answer.json() == NO_KEY
    return "" if same else f"{answer.headers['WWW-Authenticate']} {answer.text}"


def test_two_keys_are_a_400_that_names_the_header(app: Whole) -> None:
    found = {}
    for method, known in keyed(app):
        answer = app.ask(method, known.path, [(KEYED, app.key(HOME)), (KEYED, app.key(OTHER))])
        named = answer.json()["error"].startswith(f"{KEYED}: ")
        found[f"{method} {known.template}"] = flaw(answer, known, 400) or ("" if named else answer.text)
    assert flaws(found) == {}


def test_a_key_in_the_query_is_none(app: Whole) -> None:
    for method, known in keyed(app):
        answer = app.ask(method, f"{known.path}?{KEYED}={app.key(HOME)}&api_key={app.key(HOME)}")
        assert flaw(answer, known, 401) == "", known


def _of_sessions(app: Whole) -> list[tuple[str, Known]]:
    return [(method, known) for method, known in keyed(app) if "{session_id}" in known.template]


def test_a_session_of_another_projects_is_a_403_and_one_of_nobodys_a_404(app: Whole) -> None:
    found = {}
    for org in (HOME, OTHER):
        assert app.key(org)
    for method, known in _of_sessions(app):
        headers, body = {**app.signed_in(known), "X-Chunk-Index": "0"}, _sent(method, known)
        name, path = f"{method} {known.template}", known.of(OTHER)
        found[f"{name} 403"] = flaw(app.ask(method, path, headers, **body), known, 403)
        for nobodys in (SESSIONS[OTHER][:-1] + "9", "x", "%00", "x" * 500):
            answer = app.ask(method, path.replace(SESSIONS[OTHER], nobodys), headers, **body)
            found[f"{name} {nobodys[:20]}"] = flaw(answer, known, 404)
    assert len(found) >= 4 * 5
    assert flaws(found) == {}


def _sent(method: str, known: Known) -> dict[str, object]:
    """Something that the route takes, so that it is the session that is refused."""
    if known.template.endswith("/events"):
        return {"json": {"events": []}}
    if known.template.endswith("/chunks"):
        return {"files": {"chunk": ("frame.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(64))}}
    return {}


def test_nothing_that_a_key_reads_is_another_projects(app: Whole) -> None:
    for org, other in ((HOME, OTHER), (OTHER, HOME)):
        for method, known in keyed(app):
            if method == "GET":
                answer = app.ask("GET", known.of(org), app.signed_in(known, org=org))
                assert answer.status_code in (200, 202, 404), (known, answer.text)
                assert mark(other) not in answer.text, known


def test_what_a_key_reads_is_its_own_projects(app: Whole) -> None:
    listed = app.ask("GET", "/v1/sessions", {KEYED: app.key(OTHER)}).json()["sessions"]
    assert [(each["id"], each["user_id"]) for each in listed] == [(SESSIONS[OTHER], mark(OTHER))]
