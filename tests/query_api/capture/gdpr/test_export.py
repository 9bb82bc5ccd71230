"""An export has everything of a person and of nobody else, in its order, and is valid JSON only when it is whole."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest

from control.written_offsets import Written
from event_log import partition_of
from query_api.capture import events
from query_api.capture.gdpr import sessions, stored
from schemas.capture import EVENTS
from tests.kit.recorder import PARTITIONS
from tests.query_api.capture.gdpr.conftest import FIRST, NOW, SECOND, Site, session_id

pytestmark = pytest.mark.anyio


async def exported(site: Site, user_id: str, key: str = "first", **query: Any) -> Any:
    async with site.client(key) as client:
        answer = await client.post(f"/v1/gdpr/export/{user_id}", params=query)
    assert answer.status_code == 200, answer.text
    return msgspec.json.decode(answer.content)


def some(site: Site) -> None:
    """alice has two sessions in the first project and one in the second; bob has one."""
    first = site.session(session_id(1), "alice")
    site.begun(first, '{"app_version":"1.2.3"}')
    site.events(first, {"timestamp_ms": 3500, "x": 2}, {"timestamp_ms": 1200, "x": 1, "payload": '{"a":1}'})
    site.chunk(first, 1)
    site.chunk(first, 0, "1" * 64)
    site.chunk(first, 0, "2" * 64)
    site.session(session_id(2), "alice", completed_at=NOW, created_at=NOW - timedelta(minutes=1))
    site.events(site.session(session_id(3), "alice", SECOND), {"timestamp_ms": 5})
    site.events(site.session(session_id(4), "bob"), {"timestamp_ms": 7, "target": "of bob"})
    site.audited(first, "session_initiated", NOW, f'{{"session_id":"{first.id}"}}')


async def test_an_export_has_the_projects_sessions_with_their_events_and_chunks(site: Site) -> None:
    some(site)
    export = await exported(site, "alice")
    assert list(export) == ["user_id", "sessions", "audit_logs", "total_events"]
    first, second = export["sessions"]
    assert (first["id"], first["user_id"], first["metadata"]) == (session_id(1), "alice", {"app_version": "1.2.3"})
    assert first["events"][0] == {
        "id": 2, "session_id": session_id(1), "event_type": "click", "timestamp_ms": 1200, "x": 1, "y": None,
        "target": None, "payload": {"a": 1}, "created_at": "2026-04-25T11:00:01Z",
    }  # fmt: skip
    assert [event["id"] for event in first["events"]] == [2, 1]
    assert [(chunk["chunk_index"], chunk["sha256"]) for chunk in first["chunks"]] == [(0, "2" * 64), (1, "0" * 64)]
    async with site.client() as client:
        assert (await client.get(first["chunks"][0]["url"])).text == "2" * 64
    assert (second["status"], second["events"], second["chunks"], second["metadata"]) == ("completed", [], [], None)
    assert export["total_events"] == 2
    (entry,) = export["audit_logs"]
    assert (entry["action"], entry["actor"], entry["project_id"]) == ("session_initiated", "alice", FIRST)


async def test_a_key_of_the_organisation_gets_every_project_and_every_other_family(site: Site) -> None:
    some(site)
    export = await exported(site, "alice", "everywhere")
    assert list(export) == ["user_id", "sessions", "audit_logs", "other_families", "motion", "total_events"]
    assert [session["project_id"] for session in export["sessions"]] == [FIRST, SECOND, FIRST]
    assert export["total_events"] == 3
    assert {"media_events", "pose_frames", "error_reports", "dead_letters"} <= set(export["other_families"])
    assert (await exported(site, "alice", "foreign"))["sessions"] == []


async def test_somebody_unknown_has_an_empty_export(site: Site) -> None:
    some(site)
    assert await exported(site, "nobody") == {"user_id": "nobody", "sessions": [], "audit_logs": [], "total_events": 0}


NAMES = ("a/b", "a%2Fb?", "ä 😀", "audit-logs", "..", "a%", "x" * 300)


async def test_a_user_may_be_called_anything(site: Site) -> None:
    for number, user_id in enumerate(NAMES):
        site.session(session_id(number), user_id)
    for user_id in NAMES:
        path = "/v1/gdpr/export/" + "".join(f"%{byte:02X}" for byte in user_id.encode())
        async with site.client() as client:
            answer = await client.post(httpx.URL("http://kinelake.test").copy_with(raw_path=path.encode()))
        export = msgspec.json.decode(answer.content)
        assert (export["user_id"], len(export["sessions"])) == (user_id, 1)


async def test_pages_together_are_the_whole(site: Site) -> None:
    for number in range(1, 6):
        # three began at the same moment: then their ids decide
        site.events(
            site.session(session_id(number), "alice", created_at=NOW - timedelta(minutes=max(number, 3))),
            *({"timestamp_ms": place} for place in range(number)),
        )
    whole = await exported(site, "alice")
    for size in (1, 2, 3, 100):
        assert await in_pages(site, size, whole["total_events"]) == whole["sessions"]


async def in_pages(site: Site, size: int, total: int) -> list[Any]:
    found: list[Any] = []
    query: dict[str, Any] = {"page_size": size}
    while True:
        page = await exported(site, "alice", **query)
        assert list(page)[-3:] == ["next_cursor", "has_more", "total_events"]
        assert page["total_events"] == total == 15
        found += page["sessions"]
        if not page["has_more"]:
            assert page["next_cursor"] is None
            return found
        query["cursor"] = page["next_cursor"]


BAD_PAGES: Sequence[Mapping[str, str]] = (
    {"page_size": "0"}, {"page_size": "101"}, {"page_size": "x"}, {"page_size": ""}, {"cursor": "abc"},
    {"page_size": "5", "cursor": "?"}, {"page_size": "5", "cursor": "e30"}, {"page_size": "5", "cursor": "é"},
    {"page_size": "5", "cursor": "A" * 300},
)  # fmt: skip


async def test_a_page_that_cannot_be_is_refused_by_name(site: Site) -> None:
    for query in BAD_PAGES:
        async with site.client() as client:
            answer = await client.post("/v1/gdpr/export/alice", params=query)
        assert answer.status_code == 400, query
        (error,) = answer.json().values()
        assert error.startswith(f"{'cursor' if 'cursor' in query else 'page_size'}: ")
    assert not site.recorder.published


async def test_a_session_of_many_events_is_read_a_few_at_a_time_and_comes_in_order(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "TOGETHER", 7)
    monkeypatch.setattr(events, "PAGE_EVENTS", 7)
    many = site.session(session_id(1), "alice")
    times = [(37 * place) % 50 for place in range(100)]
    for start in range(0, 100, 25):
        rows = [{"timestamp_ms": times[place], "position": place + 1} for place in range(start, start + 25)]
        site.events(many, *rows)
    for number in range(2, 5):
        site.events(site.session(session_id(number), "alice"), *({"timestamp_ms": 1} for _ in range(3)))
    export = await exported(site, "alice")
    places = [(event["timestamp_ms"], event["id"]) for event in export["sessions"][0]["events"]]
    assert places == sorted((time, place) for place, time in enumerate(times, 1))
    assert [len(session["events"]) for session in export["sessions"]] == [100, 3, 3, 3]
    assert export["total_events"] == 109


async def test_a_failure_on_the_way_breaks_the_transfer(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    some(site)

    def failing(*_: Any) -> Any:
        raise OSError("the disk is gone")

    monkeypatch.setattr(stored.Stored, "chunks_of", failing)
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    path = "/v1/gdpr/export/alice"
    scope = {
        "type": "http", "asgi": {"spec_version": "2.4"}, "method": "POST", "path": path, "raw_path": path.encode(),
        "query_string": b"", "headers": [(b"x-api-key", b"first")], "client": ("127.0.0.1", 1), "scheme": "http",
        "root_path": "", "http_version": "1.1", "server": ("kinelake.test", 80),
    }  # fmt: skip
    await site.app(scope, receive, send)
    begun, *pieces = sent
    assert begun["status"] == 200
    # a server closes the connection of an answer that does not end
    assert all(piece["more_body"] for piece in pieces)
    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(b"".join(piece["body"] for piece in pieces))


async def test_an_export_waits_until_what_was_written_is_in_the_tables(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    some(site)
    monkeypatch.setattr("query_api.own_writes.PATIENCE_SECONDS", 0.05)
    site.control.written.note([Written(f"project:{FIRST}", EVENTS.name, 0, 1_000_000)])
    async with site.client() as client:
        answer = await client.post("/v1/gdpr/export/alice")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    async with site.client("second") as client:
        assert (await client.post("/v1/gdpr/export/alice")).status_code == 200


async def test_each_export_is_noted_without_the_name(site: Site) -> None:
    some(site)
    await exported(site, "alice")
    (entry,) = site.recorder.messages
    assert (entry["action"], entry["actor"], entry["project_id"]) == ("gdpr_export", "api_key:id-of-first", FIRST)
    assert msgspec.json.decode(entry["metadata"]) == {"subject_hash": site.subject("alice")}
    ((partition, next_offset),) = site.control.written.of(f"project:{FIRST}")["audit"].items()
    assert (partition, next_offset) == (partition_of(b"acme", PARTITIONS), 1)
    assert b"alice" not in site.recorder.published[0][1].value
