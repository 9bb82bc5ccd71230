"""Every route for callers by an application's token: who shows none that is valid, and who shows the other kind."""

from collections.abc import Callable, Mapping, Sequence

import pytest

from tests.kinelake.every_route.test_callers import ALLOWED, HOLDERS, SENDERS, flaws
from tests.kit.refusals import flaw
from tests.kit.whole import HOME, KEYED, Known, Whole
from web.application_tokens import PROTECTED, PUBLIC, SECRET, SENDING

pytestmark = pytest.mark.xdist_group("every_route")

SENT_WITH = "x-public-token"
Headers = Sequence[tuple[str, str]]
WRONG: Mapping[str, Callable[[Whole, str], Headers]] = {
    "none": lambda app, scope: [],
    "an empty one": lambda app, scope: [(KEYED, "")],
    "one of nobody": lambda app, scope: [(KEYED, f"kl_game_{scope}_" + "x" * 43)],
    "one that is nearly one": lambda app, scope: [(KEYED, app.app_token(HOME, scope)[:-1])],
    "one in another case": lambda app, scope: [(KEYED, app.app_token(HOME, scope).swapcase())],
    "one twice": lambda app, scope: [(KEYED, app.app_token(HOME, scope))] * 2,
    "a key of a project": lambda app, scope: [(KEYED, app.key(HOME))],
    "a bearer token": lambda app, scope: [("Authorization", f"Bearer {app.token()}")],
    "a wrong one before a good one": lambda app, scope: [
        (SENT_WITH if scope == PUBLIC else KEYED, "x"),
        (KEYED, app.app_token(HOME, PUBLIC)) if scope == PUBLIC else _bearer(app),
    ],
    "one in a cookie": lambda app, scope: [("Cookie", f"{KEYED}={app.app_token(HOME, scope)}")],
}


def _bearer(app: Whole) -> tuple[str, str]:
    return "Authorization", f"Bearer {app.app_token(HOME, SECRET)}"


def operations(app: Whole) -> list[tuple[str, Known]]:
    """Those for callers by an application's token."""
    return [operation for known in app.guarded if known.by_application for operation in known.operations()]


def test_the_routes_are_the_specifications(app: Whole) -> None:
    assert {f"{method} {known.template}": known.opened_by for method, known in operations(app)} == {
        name: PUBLIC if allowed == SENDERS else SECRET
        for name, allowed in ALLOWED.items()
        if allowed in (SENDERS, HOLDERS)
    }


@pytest.mark.parametrize("how", WRONG)
def test_no_route_takes_a_token_that_is_none(app: Whole, how: str) -> None:
    found = {}
    for method, known in operations(app):
        answer = app.ask(method, known.path, WRONG[how](app, known.opened_by))
        found[f"{method} {known.template}"] = flaw(answer, known, 401, "unauthorized")
    assert flaws(found) == {}


def test_the_other_token_of_an_application_opens_nothing(app: Whole) -> None:
    found = {}
    for method, known in operations(app):
        other, expected = (SECRET, 401) if known.opened_by == PUBLIC else (PUBLIC, 403)
        answer = app.ask(method, known.path, {KEYED: app.app_token(HOME, other)})
        found[f"{method} {known.template}"] = flaw(answer, known, expected)
    assert flaws(found) == {}


def test_a_token_in_the_query_is_none(app: Whole) -> None:
    for method, known in operations(app):
        token = app.app_token(HOME, known.opened_by)
        answer = app.ask(method, f"{known.path}?{KEYED}={token}&{SENT_WITH}={token}")
        assert flaw(answer, known, 401, "unauthorized") == "", known


def test_the_document_says_which_token_opens_a_route_and_which_routes_are_counted(app: Whole) -> None:
    paths = app.app.openapi()["paths"]
    for method, known in operations(app):
        said = paths[known.template][method.lower()]
        sends = known.opened_by == PUBLIC
        assert [*said["security"]] == [{scheme: []} for scheme in (SENDING if sends else PROTECTED)], known
        assert ("429" in said["responses"]) == sends, known
