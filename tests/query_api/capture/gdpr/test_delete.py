"""A deletion hides a person at once, says once what goes, and can be followed by whoever may know of it."""

from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest

from schemas.errors import STREAM as ERRORS
from tests.query_api.capture.gdpr.conftest import FIRST, NOW, SECOND, Site, session_id

pytestmark = pytest.mark.anyio


def some(site: Site) -> None:
    """alice has two sessions with three events in the first project and one with one in the second; bob has one."""
    site.events(site.session(session_id(1), "alice"), {"timestamp_ms": 1}, {"timestamp_ms": 2})
    site.events(site.session(session_id(2), "alice"), {"timestamp_ms": 3})
    site.events(site.session(session_id(3), "alice", SECOND), {"timestamp_ms": 4})
    site.events(site.session(session_id(4), "bob"), {"timestamp_ms": 5})


async def deleted(site: Site, user_id: str, key: str = "first") -> httpx.Response:
    async with site.client(key) as client:
        answer = await client.delete(f"/v1/gdpr/delete/{user_id}")
    assert answer.status_code == 200, answer.text
    return answer


async def sessions(site: Site, user_id: str, key: str) -> list[str]:
    async with site.client(key) as client:
        export = msgspec.json.decode((await client.post(f"/v1/gdpr/export/{user_id}")).content)
    return [session["id"] for session in export["sessions"]]


async def test_a_deletion_takes_what_is_of_the_project_and_says_how_much(site: Site) -> None:
    some(site)
    answer = await deleted(site, "alice")
    assert answer.json() == {"deleted_sessions": 2, "deleted_events": 3}
    assert await sessions(site, "alice", "everywhere") == [session_id(3)]
    assert await sessions(site, "bob", "first") == [session_id(4)]
    async with site.client() as client:
        receipt = (await client.get(answer.headers["Location"])).json()
    told = {"state": "hidden", "project_id": FIRST, "deleted_sessions": 2, "deleted_events": 3}
    assert told.items() <= receipt.items()
    assert (receipt["requested_by"], receipt["hidden_at"]) == ("api_key:id-of-first", "2026-04-25T12:00:00Z")
    assert "alice" not in str(receipt)


async def test_a_deletion_that_runs_is_not_begun_again(site: Site) -> None:
    some(site)
    first = await deleted(site, "alice")
    site.session(session_id(5), "alice")
    again = await deleted(site, "alice")
    assert again.json() == {"deleted_sessions": 0, "deleted_events": 0}
    assert again.headers["Location"] == first.headers["Location"]
    assert len(site.control.erasures.newest()) == 1


async def test_nobody_is_forgotten_who_is_not_known(site: Site) -> None:
    some(site)
    for user_id, key in (("nobody", "first"), ("nobody", "everywhere"), ("alice", "foreign")):
        answer = await deleted(site, user_id, key)
        assert answer.json() == {"deleted_sessions": 0, "deleted_events": 0}
        assert "Location" not in answer.headers
    assert site.control.erasures.newest() == []


async def test_a_key_of_the_organisation_forgets_everywhere(site: Site) -> None:
    some(site)
    answer = await deleted(site, "alice", "everywhere")
    assert answer.json() == {"deleted_sessions": 3, "deleted_events": 4}
    (erasure,) = site.control.erasures.newest()
    assert (erasure.scope, erasure.subject) == ("", site.subject("alice"))
    assert await sessions(site, "alice", "everywhere") == []


async def test_somebody_without_sessions_is_known_by_the_rows_of_other_families(site: Site) -> None:
    row = {"tenant": "acme", "subject": site.subject("zoe"), "occurred_at": NOW, "error_message": "failed"}
    site.put(ERRORS, site.session(session_id(1), "someone"), row)
    async with site.client("everywhere") as client:
        before = msgspec.json.decode((await client.post("/v1/gdpr/export/zoe")).content)
    assert [row["error_message"] for row in before["other_families"]["error_reports"]] == ["failed"]
    site.now += timedelta(minutes=1)
    assert "Location" not in (await deleted(site, "zoe")).headers
    assert "Location" in (await deleted(site, "zoe", "everywhere")).headers
    async with site.client("everywhere") as client:
        after: Any = msgspec.json.decode((await client.post("/v1/gdpr/export/zoe")).content)
    assert after["other_families"]["error_reports"] == []


async def test_a_receipt_is_for_the_project_or_the_organisation_that_asked(site: Site) -> None:
    some(site)
    of_first = (await deleted(site, "alice")).headers["Location"]
    of_all = (await deleted(site, "bob", "everywhere")).headers["Location"]
    found = {}
    for key in ("first", "second", "everywhere", "foreign"):
        async with site.client(key) as client:
            found[key] = [(await client.get(location)).status_code for location in (of_first, of_all)]
    assert found == {"first": [200, 404], "second": [404, 404], "everywhere": [200, 200], "foreign": [404, 404]}
    async with site.client() as client:
        unknown = await client.get("/v1/gdpr/erasures/nothing")
    assert (unknown.status_code, list(unknown.json())) == (404, ["error"])


async def test_each_deletion_is_noted_with_its_counts_and_without_the_name(site: Site) -> None:
    some(site)
    await deleted(site, "alice")
    await deleted(site, "nobody")
    first, second = site.recorder.messages
    counts = {"deleted_sessions": 2, "deleted_events": 3}
    assert msgspec.json.decode(first["metadata"]) == {"subject_hash": site.subject("alice"), **counts}
    assert (first["action"], first["actor"], first.get("subject")) == ("gdpr_delete", "api_key:id-of-first", "")
    assert msgspec.json.decode(second["metadata"])["deleted_sessions"] == 0
    assert not any(b"alice" in record.value for _, record in site.recorder.published)
