"""What the audit trail is told of refusals and of administrators, and what is made of it without another one."""

import pytest
import structlog
from prometheus_client import REGISTRY

from control.organisations import subject_of
from schemas.shared.faults import BadDeclaration
from tests.web.conftest import ROUTES, Site, who
from web.audit_trail import AdminAction, Refusal, Sender
from web.caller import Role, at_least
from web.tenancy import route

pytestmark = pytest.mark.anyio


class Kept:
    """An audit trail that keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[Refusal | AdminAction] = []

    def refused(self, refusal: Refusal) -> None:
        self.told.append(refusal)

    def acted(self, action: AdminAction) -> None:
        self.told.append(action)


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0


async def test_every_refusal_is_told_with_its_kind_and_stream_and_nothing_of_the_request(site: Site) -> None:
    trail = Kept()
    changing = route("/v1/steps", who, ("POST",), roles=at_least(Role.ADMIN), stream="steps", action="steps.change")
    routes = [*ROUTES, changing]
    async with site.client(site.app(routes, trail=trail)) as client:
        ids = [
            (await client.post("/v1/steps")).headers["X-Request-Id"],
            (await client.post("/v1/steps", headers={"Authorization": "Bearer x"})).headers["X-Request-Id"],
            (await client.post("/v1/take", json="x" * 3000)).headers["X-Request-Id"],
            (await client.get("/v1/zoe@example.com")).headers["X-Request-Id"],
        ]
        await client.get("/v1/who")
        await client.get("/v1/fail", headers={"X-Said": "secret"})
    assert trail.told == [
        Refusal("authorization", "steps", 403, "role_forbidden", ids[0], "/v1/steps", zoe(site)),
        Refusal("authentication", "steps", 401, "token_invalid", ids[1], "/v1/steps", Sender("127.0.0.1")),
        Refusal("limit", "", 413, "body_too_large", ids[2], "/v1/take", zoe(site)),
        Refusal("request", "", 404, "not_found", ids[3], "", Sender("127.0.0.1")),
    ]


def zoe(site: Site, role: str = "user") -> Sender:
    """Who sends every request here."""
    acme = site.control.organisations.get("acme")
    assert acme is not None
    return Sender("127.0.0.1", "acme", subject_of(acme.key, "zoe"), role)


async def test_a_route_with_an_action_is_told_of_whoever_calls_it(site: Site) -> None:
    trail = Kept()
    routes = [route("/v1/me", who, action="gdpr.export")]
    async with site.client(site.app(routes, trail=trail)) as client:
        done = await client.get("/v1/me")
    acted = AdminAction("gdpr.export", "GET", "/v1/me", "", 200, done.headers["X-Request-Id"], zoe(site))
    assert trail.told == [acted]


UPDATE = route("/v1/admin/update", who, ("POST",), roles=at_least(Role.ADMIN), action="geo.update")


async def test_an_action_is_told_once_it_is_done_and_a_look_at_a_page_is_none(site: Site) -> None:
    trail = Kept()
    admin = {"Authorization": f"Bearer {site.token(role='admin')}"}
    async with site.client(site.app([*ROUTES, UPDATE], trail=trail)) as client:
        done = (await client.post(UPDATE.path, headers=admin)).headers["X-Request-Id"]
        refused = (await client.post(UPDATE.path)).headers["X-Request-Id"]
        assert (await client.get("/v1/admin", headers=admin)).status_code == 200
    assert trail.told == [
        AdminAction("geo.update", "POST", UPDATE.path, "", 200, done, zoe(site, "admin")),
        Refusal("authorization", "", 403, "role_forbidden", refused, UPDATE.path, zoe(site)),
    ]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_change_that_only_administrators_may_make_has_a_name(method: str) -> None:
    with pytest.raises(BadDeclaration, match=r"/v1/admin/update.*name it"):
        route("/v1/admin/update", who, ("GET", method), roles=at_least(Role.ADMIN))


async def test_by_default_both_are_counted_and_what_administrators_do_is_logged(site: Site) -> None:
    refused = {"kind": "authorization", "stream": "", "status": "403", "code": "role_forbidden"}
    acted = {"method": "POST", "route": UPDATE.path}
    before = counted("kinelake_refusals_total", **refused), counted("kinelake_admin_actions_total", **acted)
    with structlog.testing.capture_logs() as logs:
        async with site.client(site.app([UPDATE])) as client:
            await client.post(UPDATE.path)
            await client.post(UPDATE.path, headers={"Authorization": f"Bearer {site.token(role='admin')}"})
    after = counted("kinelake_refusals_total", **refused), counted("kinelake_admin_actions_total", **acted)
    assert [now - then for now, then in zip(after, before, strict=True)] == [1, 1]
    assert [(line["event"], line["action"]) for line in logs] == [("admin_action", "geo.update")]
