"""POST /v1/admin/geo/update and GET /v1/admin/geo/status, with a worker that does the work."""

import asyncio
import threading
from datetime import UTC, datetime
from pathlib import Path

import httpx
import maxminddb
import pytest

from control.geo import UPDATE_KIND, GeoDescription
from tests.kit.maxmind import EDITION, IT, RO, MaxMindServer, mmdb, released
from tests.query_api.admin.conftest import Working
from tests.query_api.conftest import REST_SECONDS, Site

UPDATE, STATUS = "/v1/admin/geo/update", "/v1/admin/geo/status"
NOT_LOADED = {"database_type": None, "build_date": None, "loaded": False, "entries": 0}


@pytest.mark.anyio
async def test_an_update_answers_as_the_contract_says_and_shows_in_the_status(
    site: Site, server: MaxMindServer, working: Working, tmp_path: Path
) -> None:
    server.content = released(mmdb(tmp_path / "geo.mmdb", {RO: "RO", IT: "IT"}))
    built = built_on(tmp_path / "geo.mmdb")
    async with site.client("admin") as client:
        assert (await client.get(STATUS)).json() == NOT_LOADED
        with working():
            updated = await client.post(UPDATE)
            again = await client.post(UPDATE)
        status = await client.get(STATUS)
    entries = updated.json()["entries"]
    assert updated.status_code == 200
    assert list(updated.json().items()) == [("status", "updated"), ("database_version", built), ("entries", entries)]
    assert again.json() == {**updated.json(), "status": "current"}
    named = [("database_type", EDITION), ("build_date", built), ("loaded", True), ("entries", entries)]
    assert list(status.json().items()) == named
    assert entries > 0


def built_on(database: Path) -> str:
    """The day of its making, as it says itself."""
    with maxminddb.open_database(database) as opened:
        return datetime.fromtimestamp(opened.metadata().build_epoch, UTC).date().isoformat()


@pytest.mark.anyio
async def test_what_cannot_be_had_or_used_is_502_with_the_reason_and_the_old_one_stays(
    site: Site, server: MaxMindServer, working: Working, tmp_path: Path
) -> None:
    server.content = released(mmdb(tmp_path / "geo.mmdb", {RO: "RO"}))
    async with site.client("admin") as client:
        with working():
            await client.post(UPDATE)
            before = (await client.get(STATUS)).json()
            server.content = b"<html>"
            corrupt = await client.post(UPDATE)
            server.status = 500
            unreachable = await client.post(UPDATE)
        assert (await client.get(STATUS)).json() == before
    assert (corrupt.status_code, corrupt.json()["code"]) == (502, "geo_update_failed")
    assert "the archive cannot be read" in corrupt.json()["detail"]
    assert corrupt.headers["content-type"] == "application/problem+json"
    assert unreachable.status_code == 502
    assert "500 SERVER_ERROR" in unreachable.json()["detail"]


@pytest.mark.anyio
async def test_without_an_account_it_is_503_with_the_settings_to_set(site: Site, working: Working) -> None:
    async with site.client("admin") as client:
        with working(geo_account=None):
            answer = await client.post(UPDATE)
    assert (answer.status_code, answer.json()["code"]) == (503, "geo_not_configured")
    assert "KINELAKE_GEO_ACCOUNT" in answer.json()["detail"]


@pytest.mark.anyio
async def test_of_two_updates_at_once_the_second_is_409(
    site: Site, server: MaxMindServer, working: Working, tmp_path: Path
) -> None:
    server.content, server.hold = released(mmdb(tmp_path / "geo.mmdb", {RO: "RO"})), threading.Event()
    async with site.client("admin") as client:
        with working():
            first = asyncio.create_task(client.post(UPDATE))
            while not server.asked:
                await asyncio.sleep(REST_SECONDS)
            second = await client.post(UPDATE)
            server.hold.set()
            assert (await first).json()["status"] == "updated"
    assert (second.status_code, second.json()["code"]) == (409, "geo_update_running")


@pytest.mark.anyio
async def test_what_takes_too_long_is_504_and_goes_on(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("query_api.admin.geo.WAIT_SECONDS", 0.0)
    async with site.client("admin") as client:
        answer = await client.post(UPDATE)
    assert (answer.status_code, answer.json()["code"]) == (504, "geo_update_slow")
    assert [job.state for job in site.control.jobs.list(kind=UPDATE_KIND)] == ["queued"]


@pytest.mark.anyio
async def test_the_file_of_the_settings_shows_until_one_is_downloaded(site: Site) -> None:
    file = GeoDescription("0" * 64, EDITION, datetime(2026, 2, 15, 23, 59, tzinfo=UTC), 42)
    site.control.geo.opened_file(file)
    async with site.client("admin") as client:
        named = {"database_type": EDITION, "build_date": "2026-02-15", "loaded": True, "entries": 42}
        assert (await client.get(STATUS)).json() == named
        site.control.geo.opened_file(None)
        assert (await client.get(STATUS)).json() == NOT_LOADED


ROUTES = [
    ("POST", UPDATE),
    ("GET", STATUS),
    ("GET", "/v1/admin/privacy/exclusions"),
    ("POST", "/v1/admin/privacy/exclusions/sync"),
    ("GET", "/v1/admin/privacy/exclusions/sync/1"),
    ("GET", "/v1/admin/privacy/exclusions/check?ip=198.51.100.45"),
]


@pytest.mark.anyio
@pytest.mark.parametrize("role", ["user", "specialist", "system"])
async def test_only_administrators_may(site: Site, role: str) -> None:
    async with site.client(role) as client:
        answers = [await client.request(method, path) for method, path in ROUTES]
    assert [answer.status_code for answer in answers] == [403] * len(ROUTES)
    assert site.control.jobs.list() == []


@pytest.mark.anyio
async def test_without_a_token_nobody_may(site: Site) -> None:
    transport = httpx.ASGITransport(site.app(), client=("127.0.0.1", 40000))
    async with httpx.AsyncClient(transport=transport, base_url="http://kinelake.test") as client:
        answers = [await client.request(method, path) for method, path in ROUTES]
    assert [answer.status_code for answer in answers] == [401] * len(ROUTES)
