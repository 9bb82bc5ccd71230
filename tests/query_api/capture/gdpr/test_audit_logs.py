"""Audit logs of a project: the newest first, numbered downwards from how many there are, by clear name until erased."""

from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from schemas.audit import AUDIT
from sinks.audit.erased import scrub
from sinks.erased import PEOPLE, SESSIONS, Erasing
from sinks.files import TableFiles
from tests.query_api.capture.gdpr.conftest import FIRST, NOW, SECOND, Site, session_id

pytestmark = pytest.mark.anyio


async def logs(site: Site, key: str = "first", **query: Any) -> Any:
    async with site.client(key) as client:
        answer = await client.get("/v1/gdpr/audit-logs", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_entries_are_the_projects_own_as_the_contract_shows_them(site: Site) -> None:
    session = site.session(session_id(1), "alice")
    site.audited(session, "session_initiated", NOW, f'{{"session_id":"{session.id}"}}')
    site.audited(site.session(session_id(2), "alice", SECOND), "session_initiated", NOW)
    assert await logs(site) == {
        "logs": [
            {
                "id": 1,
                "project_id": FIRST,
                "action": "session_initiated",
                "actor": "alice",
                "details": {"session_id": session.id},
                "created_at": "2026-04-25T12:00:00Z",
            }
        ],
        "total": 1,
    }


async def test_pages_count_down_from_the_total(site: Site) -> None:
    session = site.session(session_id(1), "alice")
    # two at each moment: then the later one in the log is the newer
    for number in range(7):
        site.audited(session, f"action-{number}", NOW + timedelta(seconds=number // 2))
    found = [await logs(site, limit=3, offset=offset) for offset in (0, 3, 6, 9)]
    assert {page["total"] for page in found} == {7}
    entries = [(entry["id"], entry["action"]) for page in found for entry in page["logs"]]
    assert entries == [(number + 1, f"action-{number}") for number in reversed(range(7))]


async def test_whom_an_erasure_took_is_no_longer_named(site: Site) -> None:
    alice, bob = site.session(session_id(1), "alice"), site.session(session_id(2), "bob")
    site.audited(alice, "session_initiated", NOW, '{"session_id":"of-alice"}')
    site.audited(bob, "session_initiated", NOW + timedelta(seconds=1))
    site.now += timedelta(minutes=1)
    async with site.client() as client:
        await client.delete("/v1/gdpr/delete/alice")
    for scrubbed in (False, True):
        if scrubbed:
            person = (1, "acme", alice.subject, FIRST, site.now)
            erasing = Erasing(pl.DataFrame([person], PEOPLE, orient="row"), pl.DataFrame(schema=SESSIONS))
            assert scrub(TableFiles.open(site.tables, AUDIT.primary), erasing, lambda: None).rows == {1: 1}
        newer, older = (await logs(site))["logs"]
        assert (newer["actor"], newer["id"]) == ("bob", 2)
        assert (older["actor"], older["details"], older["id"]) == (None, None, 1)
    assert (await logs(site))["total"] == 2


async def test_a_page_that_cannot_be_is_refused_by_name(site: Site) -> None:
    wrong = {"limit": ("0", "101", "ten", ""), "offset": ("-1", "1.5", "x")}
    for name, values in wrong.items():
        for value in values:
            async with site.client() as client:
                answer = await client.get("/v1/gdpr/audit-logs", params={name: value})
            assert answer.status_code == 400
            assert answer.json()["error"].startswith(f"{name}: ")
