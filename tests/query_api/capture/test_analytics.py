"""The analytics over HTTP: the contract's bodies, what is cut and until when, the picture, what is refused."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imread

from query_api.asked import Period
from query_api.capture import steps as counting
from query_api.capture.picture import notes, rastered, title
from query_api.capture.places import Counts, place_of
from query_api.capture.question import Question, Shown
from tests.kit.media_sessions import NOON
from tests.query_api.capture.conftest import CaptureSite
from tests.query_api.capture.drawn import session_id
from tests.query_api.conftest import PARTITIONS
from tests.reference.capture import answers
from tests.reference.capture.session import Event, Session

pytestmark = pytest.mark.anyio

HEATMAP = "/v1/analytics/heatmap"
FUNNEL = "/v1/analytics/funnel"
STATS = "/v1/analytics/sessions/stats"
CLICKS = [Event("click", 1000 * number, 450 + number % 2, 320, "button#submit") for number in range(5)]


async def asked(site: CaptureSite, path: str, body: Any = None, **options: Any) -> Any:
    async with site.by_key() as client:
        return await (client.get(path, **options) if body is None else client.post(path, json=body, **options))


@pytest.fixture
def sessions(site: CaptureSite) -> list[Session]:
    """Three: one with clicks and chunks that is over, one that has none, one with an event and no place."""
    made = [
        Session(session_id(1), "ann", NOON, NOON + timedelta(hours=2), CLICKS, chunks=2),
        Session(session_id(2), "ann", NOON, NOON + timedelta(milliseconds=1235)),
        Session(session_id(3), "bob", NOON, None, [Event("click", 5, 1, None), Event("input", 9, 1, 1)]),
    ]
    site.written.begin(*made)
    for each in made:
        site.written.events(each)
        site.written.chunks(each)
    return made


async def test_a_heatmap_is_answered_as_in_the_contract(site: CaptureSite, sessions: list[Session]) -> None:
    answer = await asked(site, HEATMAP)
    assert answer.json() == {"project_id": site.project.id, "points": answers.heatmap(sessions)}
    assert answer.json()["points"] == [{"x": 450, "y": 320, "count": 3}, {"x": 451, "y": 320, "count": 2}]
    assert answer.headers["Content-Type"] == "application/json"
    assert "X-Truncated" not in answer.headers


async def test_a_heatmap_of_buckets_of_a_period_and_of_a_target(site: CaptureSite, sessions: list[Session]) -> None:
    since, until = NOON + timedelta(seconds=1), NOON + timedelta(seconds=4)
    query = "?from=2026-02-17T12:00:01Z&to=2026-02-17T12:00:04Z&target=button%23submit&bucket=100"
    points = answers.heatmap(sessions, since, until, "button#submit", 100)
    assert points == [{"x": 400, "y": 300, "count": 3}]
    assert (await asked(site, HEATMAP + query)).json()["points"] == points
    assert (await asked(site, f"{HEATMAP}?min_count=3")).json()["points"] == answers.heatmap(sessions, min_count=3)
    assert (await asked(site, f"{HEATMAP}?target=a")).json()["points"] == []


async def test_a_heatmap_that_is_cut_says_so(site: CaptureSite, sessions: list[Session]) -> None:
    answer = await asked(site, f"{HEATMAP}?limit=1")
    assert answer.json()["points"] == answers.heatmap(sessions)[:1]
    assert answer.headers["X-Truncated"] == "true"


async def test_as_of_when_everything_is_counted_is_said(site: CaptureSite, sessions: list[Session]) -> None:
    assert "X-Data-As-Of" not in (await asked(site, STATS)).headers
    for minutes, stream in enumerate(("capture_events", "capture_sessions", "capture_chunks")):
        said = dict.fromkeys(range(PARTITIONS), NOON + timedelta(minutes=minutes))
        site.control.watermarks.write(stream, said, dict.fromkeys(said, 0))
    for path in (STATS, FUNNEL, HEATMAP):
        assert (await asked(site, path)).headers["X-Data-As-Of"] == "2026-02-17T12:00:00Z"
    assert (await asked(site, FUNNEL, {"steps": [{"event_type": "a"}] * 2})).headers["X-Data-As-Of"]


async def test_funnel_and_statistics_are_answered_as_in_the_contract(
    site: CaptureSite, sessions: list[Session]
) -> None:
    funnel, stats = (await asked(site, FUNNEL)).json(), (await asked(site, STATS)).json()
    assert funnel == {"project_id": site.project.id, "funnel": answers.funnel(sessions)}
    assert [stage["count"] for stage in funnel["funnel"]] == [3, 2, 1, 2]
    assert stats == {"project_id": site.project.id, "stats": answers.stats(sessions)}
    assert list(stats["stats"]) == ["avg_duration_ms", "total_sessions", "total_events", "avg_events_per_session"]
    # (4000 + 1235) ÷ 2 half up, 7 ÷ 3
    assert list(stats["stats"].values()) == [2618, 3, 7, 2.33]


async def test_what_came_after_an_answer_is_in_the_next(site: CaptureSite, sessions: list[Session]) -> None:
    before = (await asked(site, STATS)).json()["stats"], (await asked(site, HEATMAP)).json()["points"]
    more = Session(session_id(4), "eve", NOON, events=[Event("click", 1, 450, 320)])
    site.written.begin(more)
    site.written.events(more)
    after = (await asked(site, STATS)).json()["stats"], (await asked(site, HEATMAP)).json()["points"]
    assert (before[0]["total_sessions"], after[0]["total_sessions"]) == (3, 4)
    assert (before[1][0]["count"], after[1][0]["count"]) == (3, 4)


async def test_projects_see_nothing_of_each_other(site: CaptureSite, sessions: list[Session]) -> None:
    theirs = Session(session_id(9), "eve", NOON, NOON, [Event("click", 1, 7, 7)], chunks=1)
    for project in (site.other, site.foreign):
        async with site.by_key(project) as client:
            assert (await client.get(HEATMAP)).json() == {"project_id": project.id, "points": []}
            assert {stage["count"] for stage in (await client.get(FUNNEL)).json()["funnel"]} == {0}
            assert set((await client.get(STATS)).json()["stats"].values()) == {0}
    tables = site.tables_of(site.other)
    tables.begin(theirs)
    tables.events(theirs)
    assert (await asked(site, HEATMAP)).json()["points"] == answers.heatmap(sessions)
    assert (await asked(site, STATS)).json()["stats"] == answers.stats(sessions)


async def test_an_ordered_funnel_follows_each_sessions_events(site: CaptureSite, sessions: list[Session]) -> None:
    steps = [{"event_type": "click", "target": "button#submit"}, {"event_type": "click"}, {"event_type": "input"}]
    answer = await asked(site, FUNNEL, {"steps": steps, "window_ms": 1000})
    expected = answers.ordered_funnel(sessions, steps, 1000)
    assert answer.json() == {"project_id": site.project.id, "steps": expected}
    assert [(step["count"], step["median_ms_from_previous"]) for step in expected] == [(1, None), (1, 1000), (0, None)]
    assert list(answer.json()["steps"][0]) == [
        "step", "event_type", "count", "conversion_from_first", "conversion_from_previous", "median_ms_from_previous",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("?from=yesterday", "from: expected an RFC 3339 time with an offset, such as 2026-02-17T10:00:00Z"),
        ("?from=2026-02-17T10:00:00Z&to=2026-02-17T09:00:00Z", "to: must not be before from"),
        ("?bucket=0", "bucket: must be a whole number from 1 to 10000"),
        ("?limit=10001", "limit: must be a whole number from 1 to 10000"),
        ("?min_count=0", "min_count: must be a whole number from 1 to 9007199254740992"),
        ("?format=gif", "format: must be one of json, png"),
        (f"?target={'a' * 1025}", "target: may have at most 1024 characters"),
    ],
)
async def test_a_wrong_parameter_of_the_heatmap_is_named(site: CaptureSite, query: str, error: str) -> None:
    answer = await asked(site, HEATMAP + query)
    assert (answer.status_code, answer.json()) == (400, {"error": error})


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "steps: "),
        ({"steps": [{"event_type": "a"}]}, "steps: "),
        ({"steps": [{"event_type": "a"}] * 21}, "steps: "),
        ({"steps": [{"event_type": "a"}, {}]}, "steps[1].event_type: "),
        ({"steps": [{"event_type": "a"}, {"event_type": "a", "payload": {"a": [1]}}]}, "steps[1].payload"),
        ({"steps": [{"event_type": "a", "x": 1}] * 2}, "steps[0]: "),
        ({"steps": [{"event_type": "a"}] * 2, "window_ms": -1}, "window_ms: "),
        ({"steps": [{"event_type": "a"}] * 2, "from": "now"}, "from: "),
        (
            {"steps": [{"event_type": "a"}] * 2, "from": "2026-02-17T10:00:00Z", "to": "2026-02-17T09:00:00Z"},
            "to: must not be before from",
        ),
    ],
)
async def test_what_is_wrong_with_an_ordered_funnel_is_named(site: CaptureSite, body: Any, field: str) -> None:
    answer = await asked(site, FUNNEL, body)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(field), answer.json()


async def test_an_ordered_funnel_looks_at_so_many_beginnings(
    site: CaptureSite, sessions: list[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = {"steps": [{"event_type": "click"}, {"event_type": "input"}]}
    monkeypatch.setattr(counting, "MOST_STARTS", 6)
    assert (await asked(site, FUNNEL, steps)).status_code == 200
    monkeypatch.setattr(counting, "MOST_STARTS", 5)
    refused = await asked(site, FUNNEL, steps)
    assert (refused.status_code, refused.json()) == (
        400,
        {"error": "from: the first step was done more than 5 times; ask for a shorter period"},
    )


async def test_an_ordered_funnel_is_json_of_some_size(site: CaptureSite) -> None:
    async with site.by_key() as client:
        assert (
            await client.post(FUNNEL, content=b"{", headers={"Content-Type": "application/json"})
        ).status_code == 400
        assert (await client.post(FUNNEL, content=b"{}", headers={"Content-Type": "text/plain"})).status_code == 415
        large = await client.post(FUNNEL, content=b" " * 300_000, headers={"Content-Type": "application/json"})
        assert (large.status_code, list(large.json())) == (413, ["error"])


async def test_a_heatmap_is_drawn(site: CaptureSite, sessions: list[Session]) -> None:
    for query in ("", "&bucket=7&min_count=2&target=%24x_%7B%E6%97%A5&from=2026-02-17T12:00:00Z"):
        answer = await asked(site, f"{HEATMAP}?format=png{query}")
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/png")
        assert imread(BytesIO(answer.content)).shape == (680, 960, 4)


def test_a_picture_says_what_it_shows() -> None:
    nothing = Counts(np.empty(0, np.int64), np.empty(0, np.int64))
    question = Question(Period(NOON, NOON + timedelta(days=1)), "button", min_count=5)
    assert title(question, example=True) == (
        "Clicks on button, 2026-02-17T12:00:00Z to 2026-02-18T12:00:00Z – example data"
    )
    assert title(Question(), example=False) == "Clicks, all time"
    assert list(notes(question, Shown(nothing, True), 3)) == [
        "Small-cell rule: places with fewer than 5 clicks are left out.",
        "A square is 3 px wide and high; its colour is the sum of its clicks.",
        "Only the 10,000 places with the most clicks are drawn.",
    ]
    assert "none is in force" in next(notes(Question(), Shown(nothing, False), 1))


def test_no_click_of_a_picture_is_lost_in_its_squares() -> None:
    x, y = np.array([-1_000_000, 0, 5, 1_000_000]), np.array([0, -1, -1, 7])
    raster = rastered(Counts(place_of(x, y), np.array([1, 2, 3, 4])), 10)
    assert np.nansum(raster.counts) == 10
    assert raster.side % 10 == 0
    assert raster.left <= -1_000_000
    assert raster.first <= -1
    assert max(raster.counts.shape) <= 257
    assert rastered(Counts(place_of(x[:1], y[:1]), np.array([1])), 1).counts.shape == (1, 1)
