"""GET /v1/sessions and /v1/sessions/{id}: keys and order, whose sessions one may read, what is refused."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from query_api.capture import events as reading
from query_api.faults import RowsGone
from tests.kit.media_sessions import NOON
from tests.query_api.capture.conftest import CaptureSite
from tests.reference.capture import answers
from tests.reference.capture.session import Event, Session

pytestmark = pytest.mark.anyio


def session_id(number: int) -> str:
    """Ids that sort by their number."""
    return str(UUID(int=(7 << 76) + number))


def session(number: int, *events: Event, **facts: Any) -> Session:
    """One that began so many minutes after noon."""
    began = NOON + timedelta(minutes=number, microseconds=123_456)
    return Session(session_id(number), f"user-{number}", began, events=list(events), **facts)


CLICK = Event("click", 1200, 450, 320, "button#submit", {"buttonText": "Save"})
INPUT = Event("input", 3500, 200, 150, "input#username")


async def asked(site: CaptureSite, path: str) -> Any:
    async with site.by_key() as client:
        return await client.get(f"/v1/sessions{path}")


def stored(site: CaptureSite, *sessions: Session) -> None:
    for each in sessions:
        site.written.begin(each)
        site.written.events(each)
    site.written.known(site.control, *sessions)


async def test_sessions_are_listed_as_in_the_contract(site: CaptureSite) -> None:
    three = [session(1, CLICK, INPUT), session(2), session(3, INPUT, completed_at=NOON + timedelta(hours=1))]
    stored(site, *three)
    answer = await asked(site, "")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.json() == {"sessions": answers.listing(three)}
    assert list(answer.json()["sessions"][0]) == [
        "id", "user_id", "duration_ms", "event_count", "status", "created_at",
    ]  # fmt: skip
    assert (await asked(site, "?limit=1&offset=1")).json() == {"sessions": answers.listing(three, 1, 1)}
    assert (await asked(site, "?offset=3")).json() == {"sessions": []}


async def test_one_session_is_answered_with_its_events_in_order(site: CaptureSite) -> None:
    one = session(1, INPUT, CLICK, Event("scroll", 1200), completed_at=NOON + timedelta(hours=1))
    stored(site, one)
    answer = await asked(site, f"/{one.id}")
    assert answer.json() == answers.detail(one)
    assert list(answer.json()["session"]) == [
        "id", "user_id", "duration_ms", "video_path", "event_count", "status",
    ]  # fmt: skip
    assert list(answer.json()["events"][0]) == [
        "id", "session_id", "event_type", "timestamp_ms", "x", "y", "target", "payload", "created_at",
    ]  # fmt: skip
    assert [event["id"] for event in answer.json()["events"]] == [2, 3, 1]


async def test_a_part_of_the_events_may_be_asked_for(site: CaptureSite) -> None:
    one = session(1, *(Event("key", 10 * number) for number in range(9)))
    stored(site, one)
    whole = answers.detail(one)
    part = (await asked(site, f"/{one.id}?event_limit=3&event_offset=2")).json()
    assert part == {"session": whole["session"], "events": whole["events"][2:5]}
    assert (await asked(site, f"/{one.id}?event_offset=9")).json() == {"session": whole["session"], "events": []}


async def test_a_session_of_several_pages_is_one_answer(site: CaptureSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PAGE_EVENTS", 4)
    monkeypatch.setattr(reading, "PAGE_BYTES", 100)
    texts = ({"words": "x" * (number % 5) * 20} for number in range(30))
    one = session(1, *(Event("key", 7 * (number % 3), payload=text) for number, text in enumerate(texts)))
    stored(site, one)
    assert (await asked(site, f"/{one.id}")).json() == answers.detail(one)


async def test_events_that_go_while_they_are_read_break_the_transfer(site: CaptureSite) -> None:
    one = session(1, CLICK, INPUT)
    stored(site, one)
    found = reading.SessionEvents.of(site.query._stores.tables, "acme", one.id)
    gone = reading.SessionEvents(one.id, found.rows.filter(False), found.order)
    with pytest.raises(RowsGone):
        next(gone.pages())


async def test_a_session_of_another_project_is_refused_and_one_that_is_none_is_unknown(site: CaptureSite) -> None:
    for number, project in enumerate((site.other, site.foreign), 1):
        site.tables_of(project).known(site.control, session(number))
        answer = await asked(site, f"/{session_id(number)}")
        assert (answer.status_code, answer.json()) == (403, {"error": "session does not belong to project"})
    for unknown in (session_id(9), "9", "%00", "a" * 5000, session_id(1).upper()[:-1] + "G", f"{session_id(1)}/x"):
        answer = await asked(site, f"/{unknown}")
        assert (answer.status_code, answer.json()) == (404, {"error": "session not found"}), unknown
    assert (await asked(site, "")).json() == {"sessions": []}


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("?limit=0", "limit: must be a whole number from 1 to 100"),
        ("?limit=101", "limit: must be a whole number from 1 to 100"),
        ("?limit=1.0", "limit: must be a whole number from 1 to 100"),
        ("?limit=", "limit: must be a whole number from 1 to 100"),
        ("?limit=1&limit=2", "limit: must be given once"),
        ("?offset=-1", "offset: must be a whole number from 0 to 1000000000"),
        (
            "?limit=x&offset=y",
            "limit: must be a whole number from 1 to 100; offset: must be a whole number from 0 to 1000000000",
        ),
        (f"/{session_id(1)}?event_limit=0", "event_limit: must be a whole number from 1 to 1000000000"),
        (f"/{session_id(1)}?event_offset=x", "event_offset: must be a whole number from 0 to 1000000000"),
    ],
)
async def test_a_wrong_parameter_is_named(site: CaptureSite, query: str, error: str) -> None:
    answer = await asked(site, query)
    assert (answer.status_code, answer.json()) == (400, {"error": error})


async def test_a_video_is_reached_by_a_link_once_it_is_there(site: CaptureSite) -> None:
    one = session(1)
    stored(site, one)
    none = await asked(site, f"/{one.id}/video")
    assert (none.status_code, none.json()) == (404, {"error": "session has no video"})
    site.control.video_assembly.queue(one.id)
    assembling = await asked(site, f"/{one.id}/video")
    assert (assembling.status_code, assembling.headers["Retry-After"], assembling.content) == (202, "2", b"")
    name = f"videos/{one.id}/made.mp4"
    site.blobs.put(name, b"a film")
    site.control.capture_sessions.assembled(one.id, name, site.now)
    assert (await asked(site, f"/{one.id}")).json()["session"]["video_path"] == name
    there = await asked(site, f"/{one.id}/video")
    assert (there.status_code, there.content) == (302, b"")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(site.usual), base_url="http://kinelake.test") as anybody:
        assert (await anybody.get(there.headers["Location"])).content == b"a film"
        site.now += timedelta(minutes=15)
        assert (await anybody.get(there.headers["Location"])).status_code == 404


async def test_nobody_elses_video_is_reached(site: CaptureSite) -> None:
    site.tables_of(site.other).known(site.control, session(1))
    assert (await asked(site, f"/{session_id(1)}/video")).status_code == 403
    assert (await asked(site, f"/{session_id(2)}/video")).status_code == 404


async def test_without_a_key_nothing_is_answered(site: CaptureSite) -> None:
    async with site.client("admin") as client:
        for path in ("/v1/sessions", f"/v1/sessions/{session_id(1)}", "/v1/analytics/heatmap", "/v1/analytics/funnel"):
            assert (await client.get(path)).status_code == 401, path
