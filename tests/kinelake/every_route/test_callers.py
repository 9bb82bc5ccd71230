"""Every route of the application by everybody who may not call it, and by everybody who may: no route is forgotten.

What is refused is so before its content is looked at, so requests here have none.
"""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import timedelta

import jwt
import pytest

from tests.kit.refusals import flaw
from tests.kit.whole import COOKIE, HOME, ROLES, Known, Whole
from web.development import development_secret
from web.tenancy import PUBLIC_PATHS

pytestmark = pytest.mark.xdist_group("every_route")

PEOPLE = ("user", "specialist", "admin")
SPECIALISTS = ("specialist", "admin")
ADMINS = ("admin",)
KEYS = ("a key",)
SENDERS = ("a public token",)
LINKED = ("a link",)
HOLDERS = ("a secret token",)
FILMED_PEOPLE = ("a person's key",)
THEIR_ADMINS = ("an administrator's key",)
WRITERS = ("a write key",)
ALLOWED: Mapping[str, tuple[str, ...]] = {
    "POST /v1/media/events": PEOPLE,
    "GET /v1/media/events": SPECIALISTS,
    "GET /v1/media/bandwidth/stats": SPECIALISTS,
    "GET /v1/media/sessions/stats": SPECIALISTS,
    "GET /v1/media/qoe": SPECIALISTS,
    "GET /v1/media/usage": SPECIALISTS,
    "GET /v1/media/sessions": PEOPLE,
    "GET /v1/media/sessions/{session_id}": PEOPLE,
    "POST /v1/analytics/track": PEOPLE,
    "GET /v1/analytics/track": SPECIALISTS,
    "POST /v1/pose/frames": PEOPLE,
    "GET /v1/pose/frames": SPECIALISTS,
    "GET /v1/pose/sessions": PEOPLE,
    "GET /v1/pose/sessions/{session_id}": PEOPLE,
    "POST /v1/audit/ingest": ("system",),
    "POST /v1/errors/report": PEOPLE,
    "GET /v1/errors/report": SPECIALISTS,
    "POST /v1/consent": ROLES,
    "GET /v1/consent": PEOPLE,
    "POST /v1/admin/geo/update": ADMINS,
    "GET /v1/admin/geo/status": ADMINS,
    "GET /v1/admin/privacy/exclusions": ADMINS,
    "GET /v1/admin/privacy/exclusions/check": ADMINS,
    "POST /v1/admin/privacy/exclusions/sync": ADMINS,
    "GET /v1/admin/privacy/exclusions/sync/{id}": ADMINS,
    "POST /v1/sessions/init": KEYS,
    "POST /v1/sessions/{session_id}/chunks": KEYS,
    "POST /v1/sessions/{session_id}/events": KEYS,
    "POST /v1/sessions/{session_id}/complete": KEYS,
    "GET /v1/sessions": KEYS,
    "GET /v1/sessions/{session_id}": KEYS,
    "GET /v1/analytics/heatmap": KEYS,
    "GET /v1/analytics/funnel": KEYS,
    "POST /v1/analytics/funnel": KEYS,
    "GET /v1/analytics/sessions/stats": KEYS,
    "GET /v1/sessions/{session_id}/video": KEYS,
    "POST /v1/gdpr/export/{user_id}": KEYS,
    "DELETE /v1/gdpr/delete/{user_id}": KEYS,
    "GET /v1/gdpr/audit-logs": KEYS,
    "GET /v1/gdpr/erasures/{erasure_id}": KEYS,
    "POST /api/events": SENDERS,
    "POST /api/player": SENDERS,
    "POST /api/funnel": SENDERS,
    "POST /api/realtime": SENDERS,
    "POST /api/sql/select": HOLDERS,
    "POST /api/models": HOLDERS,
    "GET /api/models": HOLDERS,
    "GET /api/models/{id}/file": HOLDERS,
    "POST /api/export": HOLDERS,
    "GET /api/analytics/heatmap": HOLDERS,
    "GET /api/analytics/funnel": HOLDERS,
    "GET /api/analytics/performance": HOLDERS,
    "GET /api/analytics/retention": HOLDERS,
    "GET /api/analytics/trajectories/{session_id}": HOLDERS,
    "POST /jumping/sessions": FILMED_PEOPLE,
    "POST /running/sessions": FILMED_PEOPLE,
    "POST /weightlifting/sessions": FILMED_PEOPLE,
    "POST /mobility-assessment/sessions": FILMED_PEOPLE,
    "POST /jumping/management/sessions": THEIR_ADMINS,
    "POST /running/management/sessions": THEIR_ADMINS,
    "POST /weightlifting/management/sessions": THEIR_ADMINS,
    "POST /mobility-assessment/management/sessions": THEIR_ADMINS,
    "GET /jumping/sessions/{session_id}": FILMED_PEOPLE,
    "GET /jumping/sessions/{session_id}/export": FILMED_PEOPLE,
    "GET /running/sessions/{session_id}": FILMED_PEOPLE,
    "GET /running/sessions/{session_id}/export": FILMED_PEOPLE,
    "GET /weightlifting/sessions/{session_id}": FILMED_PEOPLE,
    "GET /weightlifting/sessions/{session_id}/export": FILMED_PEOPLE,
    "GET /mobility-assessment/sessions/{session_id}": FILMED_PEOPLE,
    "GET /mobility-assessment/sessions/{session_id}/export": FILMED_PEOPLE,
    "GET /sessions/{session_id}/analyzed-video": FILMED_PEOPLE,
    "POST /sessions/{session_id}/analyzed-video": FILMED_PEOPLE,
    "GET /session-management/sessions/{session_id}/analyzed-video": FILMED_PEOPLE,
    "POST /session-management/sessions/{session_id}/analyzed-video": FILMED_PEOPLE,
    "GET /session-management/sessions": FILMED_PEOPLE,
    "DELETE /session-management/sessions/{session_id}": FILMED_PEOPLE,
    "POST /session-management/sessions/{session_id}/page": FILMED_PEOPLE,
    "GET /motion/{session_id}": LINKED,
    "GET /motion/{session_id}/curves": LINKED,
    "GET /weightlifting/sessions/{session_id}/lift-analysis": FILMED_PEOPLE,
    "GET /mobility-assessment/sessions/{session_id}/report": FILMED_PEOPLE,
    "POST /mobility-assessment/sessions/{session_id}/report": FILMED_PEOPLE,
    "GET /mobility-assessment/sessions/{session_id}/summary": FILMED_PEOPLE,
    "POST /mobility-assessment/sessions/{session_id}/summary": FILMED_PEOPLE,
    "POST /mobility-assessment/sessions/{session_id}/recommendation": FILMED_PEOPLE,
    "GET /mobility-assessment/threads/{thread_id}": FILMED_PEOPLE,
    "POST /mobility-assessment/sessions/{session_id}/joint-mobility": FILMED_PEOPLE,
    "GET /mobility-assessment/sessions/{session_id}/joint-mobility-config": FILMED_PEOPLE,
    "POST /mobility-assessment/sessions/{session_id}/joint-mobility-config": FILMED_PEOPLE,
    **{f"POST /v1/{name}": WRITERS for name in ("t", "i", "p", "s", "g", "a", "b", "m", "batch", "import")},
    **{f"POST /v1/{name}": WRITERS for name in ("track", "identify", "page", "screen", "group", "alias")},
    "POST /v1/cmcd/{key}": WRITERS,
    "POST /beacon/v1/batch": WRITERS,
    "GET /v1/projects/{key}/settings": WRITERS,
    "GET /sourceConfig": WRITERS,
    "GET /dashboard": ADMINS,
    "GET /dashboard/audit": ADMINS,
    "GET /dashboard/analytics": ADMINS,
    "GET /dashboard/capture": ADMINS,
    "GET /dashboard/capture/heatmap.png": ADMINS,
    "GET /dashboard/erasures": ADMINS,
    "GET /dashboard/game": ADMINS,
    "GET /dashboard/media": ADMINS,
    "GET /dashboard/media/session": ADMINS,
    "GET /dashboard/media/map.svg": ADMINS,
    "GET /dashboard/security": ADMINS,
    "GET /dashboard/detail/{type}/{id}": ADMINS,
    "POST /dashboard/logout": ADMINS,
}
"""Operation → the roles that the specification lets in."""


def signed(app: Whole, **changed: object) -> str:
    """A token of the installation's own key that says something else."""
    return jwt.encode(app.claims(**changed), development_secret(app.installation.folder.secrets), "HS256")


def unsigned(app: Whole) -> str:
    head, claims = ({"alg": "none", "typ": "JWT"}, app.claims())
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (head, claims)]
    return f"{'.'.join(parts)}."


Forge = Callable[[Whole], str]
INVALID, MISSING = "token_invalid", "token_missing"
FORGED: Mapping[str, tuple[str, Forge]] = {
    "garbled": (INVALID, lambda app: "Bearer x.y.z"),
    "another key's": (INVALID, lambda app: f"Bearer {jwt.encode(app.claims(), 'k' * 64, 'HS256')}"),
    "expired": ("token_expired", lambda app: f"Bearer {app.token(ttl=-3600)}"),
    "not valid yet": (INVALID, lambda app: f"Bearer {signed(app, nbf=app.claims()['exp'])}"),
    "for somebody else": (INVALID, lambda app: f"Bearer {signed(app, aud='another')}"),
    "from somebody else": (INVALID, lambda app: f"Bearer {signed(app, iss='another')}"),
    "of no organisation": ("", lambda app: f"Bearer {signed(app, org=None)}"),
    "of nobody": ("", lambda app: f"Bearer {signed(app, sub=None)}"),
    "unsigned": (INVALID, lambda app: f"Bearer {unsigned(app)}"),
    "a password": (MISSING, lambda app: f"Basic {app.token()}"),
    "without a scheme": (MISSING, lambda app: app.token()),
    "a dashboard's cookie": (INVALID, lambda app: f"Bearer {app.cookie()}"),
}
BAKED: Mapping[str, Forge] = {
    "garbled": lambda app: "x.y.z",
    "expired": lambda app: app.cookie(lasts=timedelta(seconds=-1)),
    "another organisation's seal": lambda app: jwt.encode(
        {**jwt.decode(app.cookie(org="globex"), options={"verify_signature": False}), "org": HOME}, "k" * 64, "HS256"
    ),
    "a bearer token": lambda app: app.token(),
    "unsigned": unsigned,
}


def guarded(app: Whole, *, dashboard: bool) -> list[tuple[str, Known]]:
    """Operations for people, by token or by cookie."""
    by_people = [known for known in app.guarded if not _otherwise(known)]
    return [operation for known in by_people if known.of_dashboard == dashboard for operation in known.operations()]


def _otherwise(known: Known) -> bool:
    """Whether its callers come neither by token nor by cookie."""
    by_key = known.by_key or known.by_application or known.by_person or known.by_write_key
    return by_key or known.by_link


def keyed(app: Whole) -> list[tuple[str, Known]]:
    """Operations for callers by API key."""
    return [operation for known in app.guarded if known.by_key for operation in known.operations()]


def flaws(found: Mapping[str, str]) -> dict[str, str]:
    """What is wrong, by operation."""
    return {name: said for name, said in found.items() if said}


def test_the_specification_names_the_roles_of_every_route_there_is(app: Whole) -> None:
    operations = [f"{method} {known.template}" for known in app.guarded for method, known in known.operations()]
    assert sorted(operations) == sorted(ALLOWED)


def test_what_answers_without_a_token_is_on_the_list_of_public_paths(app: Whole) -> None:
    assert {known.template for known in app.routes if known.public} == PUBLIC_PATHS


@pytest.mark.parametrize("how", FORGED)
def test_no_route_takes_a_token_that_is_none(app: Whole, how: str) -> None:
    code, forge = FORGED[how]
    found = {}
    for method, known in guarded(app, dashboard=False):
        answer = app.ask(method, known.path, {"Authorization": forge(app)})
        challenge = answer.headers.get("WWW-Authenticate", "")
        found[f"{method} {known.template}"] = flaw(answer, known, 401, code) or (
            "" if challenge.startswith("Bearer realm=") else f"challenge {challenge!r}"
        )
    assert flaws(found) == {}


def test_no_page_opens_without_its_link_whatever_one_shows_instead(app: Whole) -> None:
    shown: list[dict[str, str]] = [
        {},
        {"Authorization": f"Bearer {app.token()}"},
        {"Authorization": f"API-KEY {app.person_key(HOME)}"},
        {"Cookie": f"{COOKIE}={app.cookie()}"},
    ]
    pages = [operation for known in app.guarded if known.by_link for operation in known.operations()]
    assert pages
    for method, known in pages:
        for headers in shown:
            answer = app.ask(method, known.path, headers)
            assert (answer.status_code, "Ask for a new one" in answer.text) == (403, True), known


def test_no_route_answers_without_a_token(app: Whole) -> None:
    found = {}
    for method, known in guarded(app, dashboard=False):
        for asked in (method, "HEAD") if method == "GET" else (method,):
            answer = app.ask(asked, known.path)
            found[f"{asked} {known.template}"] = flaw(answer, known, 401, MISSING) or (
                "" if answer.headers["WWW-Authenticate"] == 'Bearer realm="kinelake"' else "another challenge"
            )
    assert flaws(found) == {}


def test_two_tokens_are_a_400_that_names_the_header(app: Whole) -> None:
    found = {}
    for method, known in guarded(app, dashboard=False):
        twice = [("Authorization", f"Bearer {app.token()}")] * 2
        answer = app.ask(method, known.path, twice)
        fields = [error["field"] for error in answer.json().get("errors", [])]
        found[f"{method} {known.template}"] = flaw(answer, known, 400) or ("" if fields == ["Authorization"] else "?")
    assert flaws(found) == {}


@pytest.mark.parametrize("how", BAKED)
def test_no_page_opens_by_a_cookie_that_is_none(app: Whole, how: str) -> None:
    cookie = {"Cookie": f"{COOKIE}={BAKED[how](app)}"}
    found = {
        f"{method} {known.template}": flaw(app.ask(method, known.path, cookie), known, 303)
        for method, known in guarded(app, dashboard=True)
    }
    assert flaws(found) == {}


def test_no_page_opens_by_a_bearer_token_or_without_anything(app: Whole) -> None:
    found = {}
    for method, known in guarded(app, dashboard=True):
        for headers in ({}, {"Authorization": f"Bearer {app.token()}"}):
            answer = app.ask(method, known.path, headers)
            found[f"{method} {known.template} {list(headers)}"] = flaw(answer, known, 303)
    assert flaws(found) == {}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_is_refused_where_the_specification_does_not_let_it_in(app: Whole, role: str) -> None:
    found = {}
    for method, known in [*guarded(app, dashboard=False), *guarded(app, dashboard=True)]:
        name = f"{method} {known.template}"
        answer = app.ask(method, known.path, app.signed_in(known, role))
        if role not in ALLOWED[name]:
            found[name] = flaw(answer, known, 403, "role_forbidden")
        elif answer.status_code in (303, 401, 403, 422) or answer.status_code >= 500:
            found[name] = f"{answer.status_code}: {answer.text[:200]}"
    assert flaws(found) == {}
