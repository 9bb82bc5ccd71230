"""What is answered over HTTP: the shapes, what is refused and by which name, and nobody else's rows."""

from datetime import timedelta
from io import BytesIO
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.pyplot import imread

from query_api.game import counted
from query_api.game.picture import notes, title
from query_api.game.question import Question
from query_api.game.simplified import MOST_AT_ONCE, simplified
from tests.kit.game_tables import subject_of
from tests.kit.media_sessions import NOON
from tests.query_api.game.conftest import GameSite
from tests.reference.game import answers
from tests.reference.game.items import Happened, Introduced, Item, Moved, Place, Reached
from web.application_tokens import PUBLIC

pytestmark = pytest.mark.anyio
SECOND = timedelta(seconds=1)
WALK: list[Place] = [(0.0, 0.0, 0.0), (0.5, 0.0, 0.1), (3.0, 2.0, 0.0), (4.0, 0.0, -5.0)]
SENT: list[Item] = [
    Introduced(player="ann", at=NOON - SECOND, region="EU", gpu="RTX"),
    Reached(player="ann", session="s", at=NOON, level="caves", step="begin"),
    Moved(player="ann", session="s", at=NOON - SECOND, lasts=6 * SECOND, places=WALK, fps=(60.0, 50.0, 20.0)),
    Happened(player="ann", session="s", at=NOON + 2 * SECOND, level="keep", name="jump", place=(3.0, 0.0, -1.0)),
    Reached(player="ann", session="s", at=NOON + 4 * SECOND, level="keep", step="boss"),
    Happened(player="bob", session="t", at=NOON + SECOND, level="keep", name="fall", place=(3.1, 0.1, -1.1)),
    Reached(player="bob", session="t", at=NOON + SECOND, level="keep", step="begin"),
]
ROUTES = ("heatmap", "funnel", "performance", "trajectories/s", "retention")


@pytest.fixture
def filled(site: GameSite) -> GameSite:
    site.written.write(*SENT[:4])
    site.written.write(*SENT[4:])
    return site


async def test_a_heatmap_is_answered_in_its_shape(filled: GameSite) -> None:
    answer = (await filled.get("heatmap", level="keep")).json()
    cells = answers.heatmap(answers.events(SENT), "keep")
    assert answer == {
        "app_id": filled.application.id,
        "level_id": "keep",
        "cell_size": 1.6,
        "cells": [{name: pytest.approx(value) for name, value in cell.items()} for cell in cells],
    }
    assert list(answer["cells"][0]) == ["ix", "iy", "iz", "x", "y", "z", "count", "sessions", "density"]
    (cell,) = answer["cells"]
    assert (cell["ix"], cell["iy"], cell["iz"], cell["count"], cell["sessions"], cell["density"]) == (1, 0, -1, 2, 2, 1)


@pytest.mark.parametrize("path", ["heatmap", "funnel", "performance", "retention", "trajectories/walk"])
async def test_another_application_than_the_tokens_is_refused_by_name(filled: GameSite, path: str) -> None:
    own = await filled.get(path, app=filled.application.id.upper())
    assert own.json() == (await filled.get(path)).json()
    answer = await filled.get(path, app=filled.other.id)
    assert (answer.status_code, answer.json()["error"]) == (403, "app_mismatch")


async def test_samples_are_counted_before_and_after_settling(filled: GameSite) -> None:
    before = (await filled.get("heatmap", source="samples")).json()
    filled.settle()
    assert (await filled.get("heatmap", source="samples")).json() == before
    assert sum(cell["count"] for cell in before["cells"]) == len(WALK)
    assert before["level_id"] is None
    in_keep = (await filled.get("heatmap", source="samples", level="keep")).json()
    assert sum(cell["count"] for cell in in_keep["cells"]) == 2


async def test_cells_of_few_sessions_are_left_out_and_more_than_asked_for_are_told(filled: GameSite) -> None:
    assert len((await filled.get("heatmap", min_sessions=2)).json()["cells"]) == 1
    assert (await filled.get("heatmap", min_sessions=3)).json()["cells"] == []
    cut = await filled.get("heatmap", source="samples", limit=1)
    assert (len(cut.json()["cells"]), cut.headers["X-Truncated"]) == (1, "true")


async def test_a_position_out_of_all_bounds_is_in_no_cell(filled: GameSite) -> None:
    far = Happened(player="eve", session="far", at=NOON, level="keep", place=(1e300, 0.0, 0.0))
    filled.written.write(far)
    assert sum(cell["count"] for cell in (await filled.get("heatmap")).json()["cells"]) == 2


async def test_a_heatmap_is_drawn_from_above(filled: GameSite) -> None:
    queries: tuple[dict[str, Any], ...] = ({}, {"source": "samples", "min_sessions": 2, "level": "$x_{日\x01\x7f"})
    for query in queries:
        answer = await filled.get("heatmap", format="png", asked=query)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/png")
        assert imread(BytesIO(answer.content)).shape == (680, 960, 4)
    assert (
        title(Question(level="keep", event_name="jump"), example=True) == "Events jump, keep, all time – example data"
    )
    assert "fewer than 5 sessions" in next(notes(Question(min_sessions=5), 1.6))


async def test_a_funnel_is_answered_in_its_shape(filled: GameSite) -> None:
    for steps in ((), ("boss", "begin")):
        answer = (await filled.get("funnel", asked={"steps": ",".join(steps)} if steps else {})).json()
        assert answer == {"app_id": filled.application.id, "steps": answers.funnel(SENT, steps)}
    (begin, boss) = (await filled.get("funnel")).json()["steps"]
    assert list(begin.values()) == ["begin", 2, 1.0, 1.0, None]
    assert list(boss.values()) == ["boss", 1, 0.5, 0.5, 4.0]


@pytest.mark.parametrize("group", ["build", "gpu", "level", "region"])
async def test_performance_is_answered_in_its_shape(filled: GameSite, group: str) -> None:
    answer = (await filled.get("performance", group_by=group)).json()
    assert answer == {
        "app_id": filled.application.id,
        "group_by": group,
        "groups": [
            {name: pytest.approx(value) if isinstance(value, float) else value for name, value in each.items()}
            for each in answers.performance(SENT, group)
        ],
    }
    assert [each[group] for each in answer["groups"]] == {
        "build": ["1.0"], "gpu": ["RTX"], "level": ["caves", "keep", None], "region": ["EU"],
    }[group]  # fmt: skip


async def test_trajectories_are_answered_in_their_shape(filled: GameSite) -> None:
    answer = (await filled.get("trajectories/s")).json()
    assert answer == {
        "session_id": "s",
        "app_id": filled.application.id,
        "player_id": subject_of("ann"),
        "samples": [
            {**each, **{axis: pytest.approx(each[axis]) for axis in "xyz"}}
            for each in answers.trajectory(SENT, "ann", "s")
        ],
    }
    assert [each["level_id"] for each in answer["samples"]] == [None, "caves", "keep", "keep"]
    # what lies between two samples of a level is left out; each level keeps its ends
    places: list[Place] = [(float(x), 0.0, 0.0) for x in range(9)]
    filled.written.write(Moved(player="ann", session="long", at=NOON, lasts=8 * SECOND, places=places))
    assert [each["x"] for each in (await filled.get("trajectories/long", tolerance=0.1)).json()["samples"]] == [0, 8]


async def test_of_several_players_with_one_session_id_one_is_named(filled: GameSite) -> None:
    filled.written.write(Moved(player="bob", session="s", at=NOON, places=[(7.0, 7.0, 7.0)]))
    refused = await filled.get("trajectories/s")
    assert (refused.status_code, refused.json()["field"]) == (400, "player_id")
    named = await filled.get("trajectories/s", player_id=subject_of("bob"))
    assert [each["x"] for each in named.json()["samples"]] == [7]
    assert (await filled.get("trajectories/s", player_id="nobody")).status_code == 404


async def test_retention_is_answered_in_its_shape(filled: GameSite) -> None:
    later = Happened(player="ann", session="u", at=NOON + timedelta(days=2), level="keep")
    filled.written.write(later)
    answer = (await filled.get("retention")).json()
    assert answer == {"app_id": filled.application.id, "days": answers.retention([*SENT, later])}
    assert answer["days"] == [{"first_day": "2026-02-17", "players": 2, "returned": [2, 0, 1]}]
    assert (await filled.get("retention", days=1)).json()["days"][0]["returned"] == [2]
    assert (await filled.get("retention", asked={"from": "2026-02-18T00:00:00Z"})).json()["days"] == []


async def test_applications_see_nothing_of_each_other(filled: GameSite) -> None:
    for application in (filled.other, filled.foreign):
        for route, nothing in (
            ("heatmap", "cells"),
            ("funnel", "steps"),
            ("performance", "groups"),
            ("retention", "days"),
        ):
            answer = (await filled.get(route, application)).json()
            assert (answer["app_id"], answer[nothing]) == (application.id, [])
        assert (await filled.get("trajectories/s", application)).status_code == 404
    filled.tables_of(filled.other).write(*SENT)
    assert (await filled.get("retention")).json()["days"] == answers.retention(SENT)


@pytest.mark.parametrize("route", ROUTES)
async def test_only_the_secret_token_reads(filled: GameSite, route: str) -> None:
    refused = await filled.get(route, scope=PUBLIC)
    assert (refused.status_code, refused.json()["error"]) == (403, "forbidden")
    async with filled.client() as client:
        nobody = await client.get(f"/api/analytics/{route}", headers={"X-API-Key": "made-up"})
    assert (nobody.status_code, nobody.json()["error"]) == (401, "unauthorized")


@pytest.mark.parametrize("route", ROUTES)
async def test_as_of_when_everything_is_counted_is_said(filled: GameSite, route: str) -> None:
    assert "X-Data-As-Of" not in (await filled.get(route)).headers
    assert (await filled.get(route)).status_code == 200
    said = filled.as_of()
    assert (await filled.get(route)).headers["X-Data-As-Of"] == said


@pytest.mark.parametrize(
    ("route", "query", "message"),
    [
        (
            "heatmap",
            {"from": "yesterday"},
            "from: expected an RFC 3339 time with an offset, such as 2026-02-17T10:00:00Z",
        ),
        ("heatmap", {"from": "2026-02-17T10:00:00Z", "to": "2026-02-17T09:00:00Z"}, "to: must not be before from"),
        ("heatmap", {"cell_size": "0"}, "cell_size: must be a number from 0.01 to 1e+06"),
        ("heatmap", {"cell_size": "1e3"}, "cell_size: must be a number from 0.01 to 1e+06"),
        ("heatmap", {"min_sessions": "0"}, "min_sessions: must be a whole number from 1 to 9007199254740992"),
        ("heatmap", {"limit": "50001"}, "limit: must be a whole number from 1 to 50000"),
        ("heatmap", {"source": "all"}, "source: must be one of events, samples"),
        ("heatmap", {"format": "gif"}, "format: must be one of json, png"),
        ("heatmap", {"level": "a" * 129}, "level: may have at most 128 characters"),
        ("heatmap", {"source": "samples", "event_name": "a"}, "event_name: samples have none; ask for source=events"),
        ("funnel", {"steps": "a,,b"}, "steps: must be 1 to 50 texts of 1 to 128 characters with commas between them"),
        ("funnel", {"steps": "a,b,a"}, "steps: must have each text once"),
        ("performance", {"group_by": "cpu"}, "group_by: must be one of build, gpu, level, region"),
        ("trajectories/s", {"tolerance": "-1"}, "tolerance: must be a number from 0 to 1e+06"),
        ("retention", {"days": "367"}, "days: must be a whole number from 1 to 366"),
    ],
)
async def test_a_wrong_parameter_is_named(filled: GameSite, route: str, query: dict[str, Any], message: str) -> None:
    answer = await filled.get(route, asked=query)
    expected = {"error": "invalid_payload", "message": message, "index": None, "field": message.partition(":")[0]}
    assert (answer.status_code, answer.json()) == (400, expected)


async def test_more_positions_than_an_answer_looks_at_are_refused(
    filled: GameSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counted, "MOST_POSITIONS", 1)
    edge = {"from": "2026-02-17T11:30:00Z"}
    for source, query, name in (
        ("events", {"cell_size": 1}, "cell_size"),
        ("samples", {"cell_size": 1}, "cell_size"),
        ("samples", edge, "from"),
    ):
        refused = await filled.get("heatmap", source=source, asked=query)
        assert (refused.status_code, refused.json()["field"]) == (400, name)
    assert (await filled.get("heatmap", cell_size=3.2)).status_code == 200


POINTS = st.lists(st.tuples(*[st.integers(-5, 5).map(float)] * 3), min_size=1, max_size=30)


def _distance(point: Place, first: Place, last: Place) -> float:
    """Of a point from the segment between two others."""
    off, along = np.subtract(point, first), np.subtract(last, first)
    part = min(1.0, max(0.0, float(off @ along) / float(along @ along))) if along.any() else 0.0
    return float(np.linalg.norm(off - part * along))


@settings(max_examples=40)
@given(POINTS, POINTS, st.sampled_from((0.001, 0.7, 2.3)))
def test_no_point_of_a_path_is_further_from_the_simplified_one_than_the_tolerance(
    one: list[Place], two: list[Place], tolerance: float
) -> None:
    found = simplified(np.array([*one, *two]), np.repeat([0, 1], [len(one), len(two)]), tolerance).tolist()
    for points, stays in ((one, found[: len(one)]), (two, found[len(one) :])):
        assert stays[0]
        assert stays[-1]
        kept = [number for number, here in enumerate(stays) if here]
        for first, last in pairwise(kept):
            between = [_distance(point, points[first], points[last]) for point in points[first:last]]
            assert max(between) <= tolerance + 1e-9


def test_a_stair_of_three_dimensions_keeps_what_a_plan_of_it_would_lose() -> None:
    stair = np.array([(0, 0, 0), (1, 0, 0), (2, 0, 0), (2, 1, 0), (2, 2, 0), (3, 2, 0), (4, 2.1, 0), (9, 2, 0)], float)
    assert np.flatnonzero(simplified(stair, np.zeros(8, np.int64), 0.2)).tolist() == [0, 2, 4, 7]


def test_a_long_path_is_simplified_a_stretch_at_a_time() -> None:
    straight = np.outer(np.arange(2 * MOST_AT_ONCE + 1.0), (1, 2, 3))
    runs = np.repeat([0, 1], [2 * MOST_AT_ONCE, 1])
    ends = [0, MOST_AT_ONCE - 1, 2 * MOST_AT_ONCE - 2, 2 * MOST_AT_ONCE - 1, 2 * MOST_AT_ONCE]
    assert np.flatnonzero(simplified(straight, runs, 0.1)).tolist() == ends
