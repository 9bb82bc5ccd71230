"""The media family's reads over HTTP: the contract's shapes, who may call, what is refused."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import polars as pl
import pytest
from deltalake import write_deltalake

from control.organisations import subject_of
from schemas.media.events import STREAM
from schemas.media.sessions import MEDIA_SESSION_STATES, MEDIA_SESSIONS
from schemas.media.usage import MEDIA_USAGE
from sinks.table import created, shaped
from tests.kit.media_sessions import NOON, append, session
from tests.query_api.conftest import Site

pytestmark = pytest.mark.anyio

STATISTICS = ("/v1/media/bandwidth/stats", "/v1/media/sessions/stats", "/v1/media/qoe", "/v1/media/usage")


def write(site: Site, table: Any, *rows: dict[str, Any]) -> None:
    created(site.tables, table)
    write_deltalake(site.tables.uri(table.name), shaped(pl.DataFrame(rows), table), mode="append")


def play(site: Site, *rows: dict[str, Any]) -> None:
    created(site.tables, MEDIA_SESSION_STATES)
    append(site.tables.folder, *rows)


async def test_bandwidth_is_answered_as_in_the_contract(site: Site) -> None:
    play(site, session("a"), session("b"), session("c", country_code=None, ttfb_ms=None))
    async with site.client() as client:
        await site.caught_up(client)
        answer = await client.get("/v1/media/bandwidth/stats")
    assert answer.json() == {
        "period": "7d",
        "group_by": "country_code",
        "stats": [
            {
                "country_code": country,
                "total_sessions": total,
                "avg_ttfb_ms": ttfb,
                "avg_load_time_ms": 900.0,
                "avg_buffering_count": 1.0,
                "avg_buffering_duration_ms": 400.0,
                "avg_bitrate": 1.5e9 / 590,
                "completion_rate": 1.0,
                "error_rate": 0.0,
            }
            for country, total, ttfb in (("RO", 2, 300.0), ("unknown", 1, None))
        ],
    }
    assert next(iter(answer.json()["stats"][0])) == "country_code"


async def test_sessions_are_answered_as_in_the_contract(site: Site) -> None:
    play(site, session("a"), session("b", end_status="abandoned", reached_end=False, ttfb_ms=1800.0))
    async with site.client() as client:
        answer = await site.caught_up(client)
    assert answer.text == (
        '{"period":"7d","total_sessions":2,"completed":1,"abandoned":1,"active":0,'
        '"avg_watch_time_seconds":590.0,"avg_completion_percent":98.0,"performance":{'
        '"p50_ttfb_ms":300.0,"p95_ttfb_ms":1800.0,"p50_load_time_ms":900.0,"p95_load_time_ms":900.0,'
        '"p50_buffer_duration_ms":400.0,"p95_buffer_duration_ms":400.0}}'
    )


async def test_no_sessions_are_zeros_and_nulls(site: Site) -> None:
    async with site.client() as client:
        answer = await site.caught_up(client)
        stats = await client.get("/v1/media/bandwidth/stats?period=1h&group_by=device_type")
    assert answer.json()["total_sessions"] == 0
    assert answer.json()["avg_watch_time_seconds"] is None
    assert set(answer.json()["performance"].values()) == {None}
    assert stats.json() == {"period": "1h", "group_by": "device_type", "stats": []}


async def test_a_status_filters_first(site: Site) -> None:
    play(site, session("a"), session("b", end_status="abandoned", reached_end=False))
    async with site.client() as client:
        await site.caught_up(client)
        answer = (await client.get("/v1/media/sessions/stats?status=abandoned")).json()
    assert [answer[name] for name in ("total_sessions", "completed", "abandoned", "active")] == [1, 0, 1, 0]


@pytest.mark.parametrize("path", STATISTICS)
@pytest.mark.parametrize("role", ["user", "system"])
async def test_statistics_are_for_specialists(site: Site, path: str, role: str) -> None:
    async with site.client(role) as client:
        assert (await client.get(path)).status_code == 403


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/v1/media/bandwidth/stats?period=2h", "period"),
        ("/v1/media/bandwidth/stats?group_by=subject", "group_by"),
        ("/v1/media/bandwidth/stats?group_by=", "group_by"),
        ("/v1/media/sessions/stats?status=paused", "status"),
        ("/v1/media/sessions/stats?status=", "status"),
        ("/v1/media/qoe?group_by=all", "group_by"),
        ("/v1/media/usage?interval=2m", "interval"),
        *((f"{path}?source=cmcd,phone", "source") for path in STATISTICS),
        ("/v1/media/qoe?source=", "source"),
        ("/v1/media/events?limit=1001", "limit"),
        ("/v1/media/events?limit=x", "limit"),
        ("/v1/media/events?limit=0000010001", "limit"),
        ("/v1/media/events?limit=%2B1", "limit"),
        ("/v1/media/events?limit=1_0", "limit"),
        ("/v1/media/events?limit=%D9%A3", "limit"),
        ("/v1/media/events?from=2026-02-17", "from"),
        ("/v1/media/events?to=yesterday", "to"),
        ("/v1/media/events?from=0001-01-01T00:00:00Z", "from"),
        ("/v1/media/events?from=0001-01-01T00:00:00%2B14:00", "from"),
        ("/v1/media/events?to=9999-12-31T23:59:59-14:00", "to"),
        ("/v1/media/events?to=2201-01-01T00:00:00Z", "to"),
        ("/v1/media/sessions", "session_id"),
        ("/v1/media/sessions?session_id=a&session_id=b", "session_id"),
    ],
)
async def test_what_is_unknown_is_a_400_that_names_the_parameter(site: Site, path: str, field: str) -> None:
    async with site.client() as client:
        answer = await client.get(path)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_another_organisation_sees_nothing(site: Site) -> None:
    play(site, session("a"))
    async with site.client(org="other") as client:
        assert (await site.caught_up(client)).json()["total_sessions"] == 0


async def test_usage_adds_the_signed_partials_of_a_minute(site: Site) -> None:
    minute = {"tenant": "acme", "dimension": "all", "value": "all", "start_date": NOON.date()}
    late = NOON + timedelta(minutes=3)
    write(site, MEDIA_USAGE, {**minute, "minute": NOON, "sessions": 2, "bits": 100.0, "stalls": 1})
    write(site, MEDIA_USAGE, {**minute, "minute": NOON, "sessions": -1, "bits": -40.0, "stalls": 0})
    write(site, MEDIA_USAGE, {**minute, "minute": late, "sessions": 4, "bits": 20.0, "stalls": 0})
    async with site.client() as client:
        await site.caught_up(client)
        answer = await client.get("/v1/media/usage?interval=5m&period=24h")
    assert answer.json() == {
        "period": "24h",
        "interval": "5m",
        "stats": [
            {
                "start": "2026-02-17T12:00:00Z",
                "bits": 80.0,
                "peak_concurrent_sessions": 4,
                "mean_concurrent_sessions": 1.0,
                "stalls": 1,
            }
        ],
    }


async def test_who_asks_for_some_sources_gets_no_session_of_another(site: Site) -> None:
    play(site, session("a"), session("b", source="cmcd"), session("c", source="segment"), session("d", source="cmcd"))
    minute = {"tenant": "acme", "dimension": "all", "value": "all", "start_date": NOON.date(), "minute": NOON}
    for source, there in ((None, 1), ("cmcd", 2), ("cmcd", -1)):
        write(site, MEDIA_USAGE, {**minute, "source": source, "sessions": there, "bits": 1.0 * there, "stalls": 0})
    found = {}
    async with site.client() as client:
        await site.caught_up(client)
        for sources in ("token", "cmcd", "token,cmcd"):
            stats = (await client.get(f"/v1/media/sessions/stats?source={sources}")).json()
            use = (await client.get(f"/v1/media/usage?source={sources}&period=24h")).json()["stats"]
            found[sources] = stats["total_sessions"], use[0]["bits"], use[0]["peak_concurrent_sessions"]
    assert found == {"token": (1, 1.0, 1), "cmcd": (2, 1.0, 1), "token,cmcd": (3, 2.0, 2)}


def event(event_id: str, event_type: str, minutes: float, **columns: Any) -> dict[str, Any]:
    at = NOON + timedelta(minutes=minutes)
    return {
        "tenant": "acme",
        "subject": "s" * 8,
        "session_id": "a",
        "media_id": "squat",
        "event_id": event_id,
        "event_type": event_type,
        "occurred_at": at,
        "received_at": at,
        "received_date": at.date(),
    } | columns


EVENTS = (
    event("4", "session_end", 10, position_seconds=590.0),
    event("3", "heartbeat", 10, position_seconds=580.0),
    event("1", "session_start", 0, total_duration_seconds=600.0),
    event("2", "play", 0, position_seconds=0.0),
)


async def test_a_specialist_reads_one_sessions_timeline(site: Site) -> None:
    write(site, STREAM.primary, *EVENTS, event("9", "play", 0, session_id="b", position_seconds=0.0))
    play(site, session("a"), session("a", revision=2, events=4))
    async with site.client() as client:
        await site.caught_up(client)
        answer = await client.get("/v1/media/sessions/a")
    found = answer.json()
    assert answer.headers["X-Data-As-Of"]
    assert list(found) == ["session_id", "media", "events"]
    assert [(one["media_id"], one["events"], one["status"]) for one in found["media"]] == [("squat", 4, "completed")]
    assert [one["event_type"] for one in found["events"]] == ["session_start", "play", "heartbeat", "session_end"]
    assert [one["position_seconds"] for one in found["events"]] == [None, 0.0, 580.0, 590.0]
    assert found["events"][0]["occurred_at"] == "2026-02-17T12:00:00Z"


async def test_events_of_one_instant_are_told_in_the_order_they_are_folded(site: Site) -> None:
    kinds = ("error", "play", "pause", "heartbeat", "milestone")
    unnumbered = [event(f"a{number}", kind, 1, position_seconds=5.0) for number, kind in enumerate(kinds)]
    numbered = [event(f"b{number}", kind, 2, sequence=9 - number) for number, kind in enumerate(kinds)]
    partly = [event("c1", "play", 3, sequence=1), event("c2", "pause", 3, sequence=2), event("c3", "seek", 3)]
    another = [event("d1", "heartbeat", 2, media_id="another")]
    write(site, STREAM.primary, *unnumbered, *numbered, *partly, *another)
    play(site, session("a"), session("a", media_id="another"))
    async with site.client() as client:
        await site.caught_up(client)
        answer = await client.get("/v1/media/sessions/a")
    told = [one["event_id"] for one in answer.json()["events"] if one["media_id"] == "squat"]
    assert told == ["a2", "a1", "a3", "a4", "a0", "b4", "b3", "b2", "b1", "b0", "c2", "c3", "c1"]


async def test_a_user_reads_only_sessions_of_their_own(site: Site) -> None:
    zoe = subject_of(site.control.organisations.ensure("acme").key, "zoe")
    write(site, STREAM.primary, *EVENTS, event("7", "play", 1, session_id="mine", subject=zoe, position_seconds=0.0))
    play(site, session("a"), session("mine", subject=zoe))
    async with site.client() as specialist, site.client("user", sub="zoe") as user:
        await site.caught_up(specialist)
        assert (await user.get("/v1/media/sessions/a")).status_code == 404
        answer = await user.get("/v1/media/sessions/mine")
    assert [one["event_id"] for one in answer.json()["events"]] == ["7"]


async def test_an_unknown_session_is_a_404(site: Site) -> None:
    async with site.client() as client:
        await site.caught_up(client)
        write(site, STREAM.primary, *EVENTS)
        answer = await client.get("/v1/media/sessions/nobody")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


async def test_every_streams_path_lists_its_rows_newest_first(site: Site) -> None:
    write(site, STREAM.primary, *EVENTS, event("x", "play", 5, tenant="other"))
    async with site.client() as client:
        answer = await client.get("/v1/media/events?from=2026-02-17T12:00:00Z&to=2026-02-17T12:10:01Z&limit=3")
        one = await client.get("/v1/media/events?from=2026-02-17T12:00:00Z&session_id=nobody")
    assert [row["event_id"] for row in answer.json()["events"]] == ["4", "3", "2"]
    assert "ttfb_ms" not in answer.json()["events"][0]
    assert one.json() == {"events": []}


async def test_the_role_is_ready_once_the_tables_are_read(site: Site) -> None:
    async with site.client() as client:
        await site.caught_up(client)
        assert (await client.get("/health/ready")).status_code == 200


READABLE = (
    "a/b",
    "a/",
    "/a",
    "a//b",
    "%",
    "a%2Fb",
    "a b",
    " a",
    "..",
    ".",
    "a?b",
    "a#b",
    "żółć",
    "日本語",
    "🙂",
    "stats",
)


@pytest.mark.parametrize("session_id", READABLE)
async def test_any_accepted_session_id_can_be_read(site: Site, session_id: str) -> None:
    play(site, session(session_id))
    created(site.tables, STREAM.primary)
    created(site.tables, MEDIA_SESSIONS)
    async with site.client() as client:
        await site.caught_up(client)
        asked = await client.get("/v1/media/sessions", params={"session_id": session_id})
        named = await client.get(f"/v1/media/sessions/{quote(session_id, safe='')}")
    assert asked.json()["session_id"] == session_id
    if session_id not in (".", "..", "stats"):  # a client resolves the first two, the third is a route
        assert named.json()["session_id"] == session_id


async def test_an_hour_at_the_edge_of_the_times_is_an_empty_answer(site: Site) -> None:
    created(site.tables, STREAM.primary)
    async with site.client() as client:
        for query in ("to=1970-01-01T00:00:00Z", "from=1970-01-01T00:00:00Z&to=2200-12-31T23:59:59Z"):
            assert (await client.get(f"/v1/media/events?{query}")).json() == {"events": []}
