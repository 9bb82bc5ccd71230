"""What of the dashboard the audit is told: who came in and who was refused, and whose records were looked at."""

import pytest

from control.organisations import subject_of
from schemas.shared.stream import streams
from tests.kit.media_sessions import append as append_sessions
from tests.kit.media_sessions import session, settle_tables
from tests.query_api.conftest import Site
from tests.query_api.dashboard.signed_in import append, csrf_in, event, sign_in, signed_in
from web.audit_trail import AdminAction, Refusal

pytestmark = pytest.mark.anyio
STREAM = next(iter(streams().values()))
MEDIA = streams()["media"]
RECORD = f"/dashboard/detail/{STREAM.name}/{event(STREAM, 1)['event_id']}"
LISTS = tuple(f"/dashboard/{name}" for name in ("audit", "security", "analytics", "media", "capture", "game"))
SESSION = "/dashboard/media/session?session_id=one"


class Kept:
    """An audit trail that keeps what it is told."""

    def __init__(self) -> None:
        self.actions: list[AdminAction] = []
        self.refusals: list[Refusal] = []

    def refused(self, refusal: Refusal) -> None:
        self.refusals.append(refusal)

    def acted(self, action: AdminAction) -> None:
        self.actions.append(action)


def subject(site: Site) -> str:
    acme = site.control.organisations.get("acme")
    assert acme is not None
    return subject_of(acme.key, "zoe")


async def test_records_that_were_looked_at_are_told_by_name_and_pages_without_any_are_not(site: Site) -> None:
    append(site.folder / "tables", STREAM.primary, event(STREAM, 1))
    settle_tables(site.folder / "tables")
    append_sessions(site.folder / "tables", session("one"))
    append(site.folder / "tables", MEDIA.primary, event(MEDIA, 1, session_id="one", media_id="squat"))
    await site.caught_up(site.client())
    trail = Kept()
    client = await signed_in(site, trail=trail)
    for page in ("/dashboard", *LISTS, RECORD, SESSION, "/dashboard/media/map.svg", "/dashboard/files/dashboard.css"):
        assert (await client.get(page)).status_code == 200, page
    form = {"csrf": csrf_in((await client.get("/dashboard")).text)}
    assert (await client.post("/dashboard/logout", data=form)).status_code == 303
    assert [told.action for told in trail.actions] == [
        "dashboard.sign_in",
        *["dashboard.records.list"] * len(LISTS),
        "dashboard.record.view",
        "dashboard.session.view",
        "dashboard.sign_out",
    ]
    assert {(told.sender.tenant, told.sender.subject) for told in trail.actions} == {("acme", subject(site))}
    assert trail.refusals == []


async def test_who_is_not_signed_in_and_a_look_that_finds_nothing_are_refusals_and_no_actions(site: Site) -> None:
    trail = Kept()
    stranger = site.client(trail=trail)
    del stranger.headers["Authorization"]
    assert (await sign_in(stranger, "nonsense")).status_code == 401
    assert (await sign_in(stranger, site.token("user", "acme", "zoe"))).status_code == 403
    assert (await stranger.post("/dashboard/login", data={"csrf": "another"})).status_code == 403
    assert (await stranger.get(RECORD)).status_code == 303
    assert [(told.code, told.sender.tenant) for told in trail.refusals] == [
        ("token_invalid", ""),
        ("role_forbidden", "acme"),
        ("csrf_refused", ""),
        ("not_signed_in", ""),
    ]
    assert trail.actions == []


def test_whatever_the_query_role_tells_has_a_name(site: Site) -> None:
    """No row of the audit has an empty action: what has none is not told, and every administrator's change has one."""
    told = {spec.action: spec for spec in site.query.routes() if spec.action}
    assert {"geo.update", "privacy.exclusions.sync", "dashboard.record.view"} <= set(told)
    for action in told:
        room, _, deed = action.partition(".")
        assert room, action
        assert deed, action
