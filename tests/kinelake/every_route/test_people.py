"""Every route for callers by a key that acts for a person: wrong keys, roles, plans, and sessions of others."""

from collections.abc import Callable, Mapping, Sequence

import pytest

from tests.kinelake.every_route.test_callers import ALLOWED, FILMED_PEOPLE, THEIR_ADMINS, flaws
from tests.kit.motion.filmed_people import filmed
from tests.kit.refusals import flaw
from tests.kit.whole import HOME, Known, Whole, mark
from web.people_keys import ADMIN, SUB_ADMIN, USER

pytestmark = pytest.mark.xdist_group("every_route")

OTHER = "globex"
CHALLENGE = 'API-KEY realm="kinelake"'
NO_KEY = {"error": "missing or invalid API key in Authorization or API-KEY"}
FORMS = ("API-KEY {}", "api-key {}", "Bearer {}", "{}")

Headers = Sequence[tuple[str, str]]
WRONG: Mapping[str, Callable[[Whole], Headers]] = {
    "none": lambda app: [],
    "an empty one": lambda app: [("API-KEY", "")],
    "one of nobody": lambda app: [("Authorization", "API-KEY kl_mot_" + "x" * 43)],
    "one that is nearly one": lambda app: [("API-KEY", app.person_key(HOME)[:-1])],
    "one in another case": lambda app: [("API-KEY", app.person_key(HOME).swapcase())],
    "two": lambda app: [("API-KEY", app.person_key(HOME)), ("Authorization", app.person_key(OTHER))],
    "a project's": lambda app: [("API-KEY", app.key(HOME))],
    "a bearer token": lambda app: [("Authorization", f"Bearer {app.token()}")],
    "one under another scheme": lambda app: [("Authorization", f"Basic {app.person_key(HOME)}")],
    "one where projects have theirs": lambda app: [("X-API-Key", app.person_key(HOME))],
    "one in a cookie": lambda app: [("Cookie", f"API-KEY={app.person_key(HOME)}")],
}


def operations(app: Whole) -> list[tuple[str, Known]]:
    """Those for callers by a person's key."""
    return [operation for known in app.guarded if known.by_person for operation in known.operations()]


def of_sessions(app: Whole) -> list[tuple[str, Known]]:
    return [(method, known) for method, known in operations(app) if "{session_id}" in known.template]


def sent(known: Known) -> dict[str, object]:
    """Something that the route takes, so that it is the session that is refused."""
    return {"json": {}} if known.template.endswith("/joint-mobility-config") else {}


def by(app: Whole, org: str = HOME, role: str = USER, plan: str = "Pro", user_id: str | None = None) -> dict[str, str]:
    return {"Authorization": f"API-KEY {app.person_key(org, role, plan, user_id)}"}


def test_the_routes_are_the_specifications(app: Whole) -> None:
    assert {f"{method} {known.template}" for method, known in operations(app)} == {
        name for name, allowed in ALLOWED.items() if allowed in (FILMED_PEOPLE, THEIR_ADMINS)
    }


@pytest.mark.parametrize("how", WRONG)
def test_no_route_takes_a_key_that_is_none(app: Whole, how: str) -> None:
    found = {}
    for method, known in operations(app):
        for slash in ("", "/"):
            answer = app.ask(method, f"{known.path}{slash}", WRONG[how](app), **sent(known))
            same = answer.headers.get("WWW-Authenticate") == CHALLENGE and answer.json() == NO_KEY
            found[f"{method} {known.template}{slash}"] = flaw(answer, known, 401) or ("" if same else answer.text)
    assert flaws(found) == {}


@pytest.mark.parametrize("form", FORMS)
def test_a_key_opens_in_every_form_of_the_contract(app: Whole, form: str) -> None:
    for method, known in operations(app):
        answer = app.ask(method, known.path, {"Authorization": form.format(app.person_key(HOME))})
        assert answer.status_code not in (401, 403, 500), (known, answer.text)


def test_a_key_in_the_query_is_none(app: Whole) -> None:
    for method, known in operations(app):
        answer = app.ask(method, f"{known.path}?API-KEY={app.person_key(HOME)}")
        assert flaw(answer, known, 401) == "", known


@pytest.mark.parametrize("role", [USER, SUB_ADMIN, ADMIN])
def test_a_session_of_another_organisation_is_a_403_and_one_of_nobodys_a_404(app: Whole, role: str) -> None:
    found = {}
    assert app.person_key(OTHER)
    for method, known in of_sessions(app):
        name, path = f"{method} {known.template}", known.of(OTHER)
        found[f"{name} 403"] = flaw(app.ask(method, path, by(app, role=role), **sent(known)), known, 403)
        for nobodys in ("01900000-0000-7000-8000-000000000199", "x", "%00", "x" * 500):
            answer = app.ask(method, path.replace(filmed(OTHER, known.template), nobodys), by(app, role=role))
            expected = 415 if sent(known) and method == "POST" else 404
            found[f"{name} {nobodys[:20]}"] = flaw(answer, known, expected)
    assert len(found) >= 5 * 20
    assert flaws(found) == {}


def test_a_session_of_somebody_else_in_the_organisation_is_a_403_but_for_administrators(app: Whole) -> None:
    found = {}
    for method, known in of_sessions(app):
        name, path = f"{method} {known.template}", known.of(HOME)
        found[name] = flaw(app.ask(method, path, by(app, user_id="ben"), **sent(known)), known, 403)
        if method != "DELETE":
            answer = app.ask(method, path, by(app, role=SUB_ADMIN, user_id="eve"), **sent(known))
            found[f"{name} by an administrator"] = answer.text if answer.status_code in (401, 403, 500) else ""
    assert flaws(found) == {}


def test_a_session_under_another_activity_is_a_404(app: Whole) -> None:
    for method, known in of_sessions(app):
        if not known.template.startswith(("/sessions/", "/session-management/")):
            elsewhere = filmed(HOME, "/running/" if "/running/" not in known.template else "/jumping/")
            path = known.path.replace(filmed(HOME, known.template), elsewhere)
            assert flaw(app.ask(method, path, by(app), **sent(known)), known, 404) == "", known


def test_sessions_for_others_are_begun_by_administrators_alone(app: Whole) -> None:
    for method, known in operations(app):
        if ALLOWED[f"{method} {known.template}"] == THEIR_ADMINS:
            assert flaw(app.ask(method, known.path, by(app)), known, 403) == ""
            assert app.ask(method, known.path, by(app, role=SUB_ADMIN)).status_code == 400


def test_nothing_that_a_key_reads_is_another_organisations(app: Whole) -> None:
    for org, other in ((HOME, OTHER), (OTHER, HOME)):
        for method, known in operations(app):
            if method == "GET":
                answer = app.ask("GET", known.of(org), by(app, org, ADMIN))
                assert answer.status_code in (200, 202, 404), (known, answer.text)
                assert mark(other) not in answer.text, known


def test_what_a_key_lists_is_its_own_organisations(app: Whole) -> None:
    listed = app.ask("GET", "/session-management/sessions/", by(app, OTHER)).json()
    assert {one["title"] for one in listed["sessions"].values()} == {mark(OTHER)}
    assert listed["total"] == 4


def test_nothing_is_below_what_there_is_whatever_the_method(app: Whole) -> None:
    for known in (known for known in app.guarded if known.by_person):
        for method in ("GET", "POST", "DELETE"):
            answer = app.ask(method, f"{known.of(HOME)}/and/nothing", by(app))
            assert flaw(answer, known, 404) == "", (method, known)
