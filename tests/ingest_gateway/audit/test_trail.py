"""What is refused and what is done become rows on the log, and no answer waits for them or fails with them."""

import asyncio
from collections import Counter
from typing import Any

import pytest
from prometheus_client import REGISTRY

from blob_store.store import BlobStore
from event_log.faults import LogUnavailable, UnknownTopic
from ingest_gateway import family
from ingest_gateway import gateway as mounted
from ingest_gateway.audit import trail as module
from ingest_gateway.audit.trail import PublishedTrail
from ingest_gateway.options import GatewayOptions
from tests.ingest_gateway.audit.conftest import core_api, entry
from tests.ingest_gateway.conftest import PATH, Gateway, event
from tests.web.conftest import Clock, who
from web.app import WebApp
from web.caller import Role, at_least
from web.options import WebOptions
from web.tenancy import route

pytestmark = pytest.mark.anyio

ADMIN = route("/v1/admin/geo/update", who, ("POST",), roles=at_least(Role.ADMIN), action="geo.update")
EXPORT = route("/v1/exports", who, action="gdpr.export")


@pytest.fixture
def trail(gateway: Gateway, clock: Clock) -> PublishedTrail:
    return PublishedTrail(gateway.recorder, clock, retry_seconds=0.01)


@pytest.fixture
def app(gateway: Gateway, trail: PublishedTrail) -> WebApp:
    """The gateway, and two routes with an action: one for administrators, one for everybody."""
    stores = gateway.recorder, gateway.site.control, BlobStore(str(gateway.site.blobs))
    routes = [*mounted.routes(*stores, GatewayOptions(), WebOptions(), gateway.site.clock), ADMIN, EXPORT]
    return gateway.site.app(routes, families=family.families(), trail=trail)


async def asked(gateway: Gateway, app: WebApp, method: str, path: str, **more: Any) -> int:
    headers = {"X-Client-IP": "198.51.100.7", **more.pop("headers", {})}
    async with gateway.site.client(app) as client:
        return (await client.request(method, path, headers=headers, **more)).status_code


def rows(gateway: Gateway) -> list[tuple[str, dict[str, Any]]]:
    """What lies on the log: the topic, and what differs from row to row."""
    topics = [topic for topic, _ in gateway.recorder.published]
    left = {"schema_version", "received_at", "occurred_at", "event_id", "payload_digest", "request_id", "event_type"}
    return [
        (topic, {name: value for name, value in message.items() if name not in left})
        for topic, message in zip(topics, gateway.recorder.messages, strict=True)
    ]


async def test_a_refusal_in_an_organisation_is_a_row_of_its_audit(
    gateway: Gateway, app: WebApp, trail: PublishedTrail
) -> None:
    secret = event(session_id="", note="secret")
    async with trail.running():
        assert await asked(gateway, app, "POST", PATH, json=secret) == 400
    ((topic, row),) = rows(gateway)
    zoe = row["subject"]
    assert topic == "audit"
    assert row == {
        "tenant": "acme", "subject": zoe, "actor": zoe, "actor_source": "house", "actor_type": "user",
        "consent_level": 0, "consent_source": "default",
        "action": "request.refused", "resource_type": "route", "resource_id": PATH, "status": "refused",
        "status_code": 400, "code": "invalid_event",
    }  # fmt: skip
    ((_, record),) = gateway.recorder.published
    assert (record.key, record.client) == (b"acme", b"198.51.100.7\n")
    assert b"secret" not in record.value


async def test_a_refusal_of_nobody_is_a_row_of_the_house(gateway: Gateway, app: WebApp, trail: PublishedTrail) -> None:
    async with trail.running():
        assert await asked(gateway, app, "POST", PATH, headers={"Authorization": ""}) == 401
    ((topic, row),) = rows(gateway)
    assert topic == "audit_security"
    assert row == {
        "tenant": "", "subject": "", "consent_level": 0, "consent_source": "default", "action": "request.refused",
        "kind": "authentication", "route": PATH, "status_code": 401, "code": "token_missing",
    }  # fmt: skip


async def test_what_is_carried_out_is_a_row_under_its_name(
    gateway: Gateway, app: WebApp, trail: PublishedTrail
) -> None:
    admin = {"Authorization": f"Bearer {gateway.site.token(role='admin')}"}
    async with trail.running():
        assert await asked(gateway, app, "POST", ADMIN.path, headers=admin) == 200
        assert await asked(gateway, app, "GET", EXPORT.path) == 200
        assert await asked(gateway, app, "POST", PATH, json=event()) == 202
        told = {name: await posted_entry(gateway, app) for name in ("audit",)}
    said = [
        (row["action"], row["resource_id"], row["actor_type"], row["status_code"], row["metadata"])
        for topic, row in rows(gateway)
        if topic == "audit" and row["resource_type"] == "route"
    ]
    assert said == [
        ("geo.update", "/v1/admin/geo/update", "admin", 200, '{"method":"POST"}'),
        ("gdpr.export", "/v1/exports", "user", 200, '{"method":"GET"}'),
    ]
    assert told == {"audit": 202}


async def posted_entry(gateway: Gateway, app: WebApp) -> int:
    headers = {"Authorization": core_api(gateway)}
    return await asked(gateway, app, "POST", "/v1/audit/ingest", json=entry(), headers=headers)


async def test_a_flood_is_ten_rows_and_one_with_the_number_of_the_rest(
    gateway: Gateway, app: WebApp, trail: PublishedTrail, clock: Clock
) -> None:
    async with trail.running():
        for _ in range(37):
            await asked(gateway, app, "POST", PATH, json={})
        clock.pass_seconds(60)
        await asked(gateway, app, "POST", PATH, json={})
    found = rows(gateway)
    assert [topic for topic, _ in found].count("audit") == 11
    ((_, flood),) = [each for each in found if each[0] == "audit_security"]
    assert (flood["action"], flood["count"], flood["tenant"], flood["route"]) == ("request.flood", 27, "acme", PATH)


async def test_what_was_folded_in_the_running_minute_is_published_at_the_end(
    gateway: Gateway, app: WebApp, trail: PublishedTrail
) -> None:
    async with trail.running():
        for _ in range(12):
            await asked(gateway, app, "GET", "/v1/nothing", headers={"Authorization": ""})
    assert [row.get("count") for _, row in rows(gateway)] == [None] * 10 + [2]


async def test_while_the_log_is_away_answers_leave_at_once_and_rows_wait(
    gateway: Gateway, app: WebApp, trail: PublishedTrail
) -> None:
    gateway.recorder.failure = LogUnavailable("away")
    async with trail.running():
        async with asyncio.timeout(60):
            assert await asked(gateway, app, "GET", "/v1/nothing") == 404
            await gateway.recorder.waiting.wait()
        assert gateway.recorder.published == []
        gateway.recorder.failure = None
    assert [row["status_code"] for _, row in rows(gateway)] == [404]


async def test_a_row_that_is_tried_again_has_the_same_id(gateway: Gateway, trail: PublishedTrail, app: WebApp) -> None:
    tried: list[bytes] = []
    publish = gateway.recorder.publish

    async def failing(topic: str, records: Any) -> Any:
        tried.extend(record.value for record in records)
        if len(tried) < 3:
            raise LogUnavailable("away")
        return await publish(topic, records)

    gateway.recorder.publish = failing  # type: ignore[method-assign]
    async with trail.running():
        await asked(gateway, app, "GET", "/v1/nothing")
        async with asyncio.timeout(30):
            while len(tried) < 3:
                await asyncio.sleep(0)
    assert len(tried) == 3
    assert len(set(tried)) == 1


def dropped() -> float:
    return REGISTRY.get_sample_value("kinelake_audit_rows_dropped_total") or 0


async def test_beyond_the_room_rows_are_dropped_and_counted(
    gateway: Gateway, app: WebApp, trail: PublishedTrail, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A flood of strangers while the log is away costs no organisation its rows, and none costs what was done."""
    monkeypatch.setattr(module, "MOST_WAITING", 4)
    before = dropped()
    for path, headers in (("/v1/nothing", {"Authorization": ""}), (ADMIN.path, {})):
        for number in range(5):
            sender = {"X-Client-IP": f"198.51.100.{number}", **headers}
            assert await asked(gateway, app, "POST", path, headers=sender) >= 400
    assert dropped() - before == 3 + 4
    assert await asked(gateway, app, "GET", EXPORT.path) == 200
    async with trail.running():
        pass
    assert Counter(topic for topic, _ in rows(gateway)) == {"audit_security": 2, "audit": 2}
    assert "gdpr.export" in {row["action"] for _, row in rows(gateway)}


async def test_at_the_end_what_the_log_does_not_take_is_dropped_and_counted(
    gateway: Gateway, app: WebApp, trail: PublishedTrail
) -> None:
    before = dropped()
    gateway.recorder.failure = LogUnavailable("away")
    async with trail.running():
        await asked(gateway, app, "GET", "/v1/nothing")
        await asked(gateway, app, "GET", "/v1/nothing", headers={"Authorization": ""})
    assert dropped() - before == 2
    assert rows(gateway) == []


async def test_what_the_log_will_never_take_is_dropped_and_the_rest_goes_on(
    gateway: Gateway, app: WebApp, trail: PublishedTrail
) -> None:
    before = dropped()
    gateway.recorder.failure = UnknownTopic("audit")
    async with trail.running():
        await asked(gateway, app, "GET", "/v1/nothing")
        async with asyncio.timeout(30):
            while dropped() == before:
                await asyncio.sleep(0)
        gateway.recorder.failure = None
        await asked(gateway, app, "GET", "/v1/nothing")
    assert dropped() - before == 1
    assert len(rows(gateway)) == 1
