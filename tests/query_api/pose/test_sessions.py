"""GET /v1/pose/sessions/{id}: the contract's keys, whose sessions one may read, what is refused."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from control.organisations import subject_of
from query_api.pose import session as answered
from schemas.pose.tables import JOINT_ANGLES
from sinks.pose.windows import ANGLES
from tests.kit.media_sessions import NOON
from tests.kit.pose_tables import commit, standing
from tests.query_api.conftest import PARTITIONS, Site

pytestmark = pytest.mark.anyio


async def asked(site: Site, path: str, role: str = "specialist", sub: str = "zoe", org: str = "acme") -> Any:
    async with site.client(role, org, sub) as client:
        return await client.get(f"/v1/pose/sessions{path}")


async def test_a_session_is_answered_as_in_the_contract(site: Site) -> None:
    frames = standing("s", 45, rep=2, phase="hold", score=0.5)
    commit(site.tables, frames[30:])
    commit(site.tables, frames[:15])
    commit(site.tables, frames[16:30])
    site.control.watermarks.write("pose", dict.fromkeys(range(PARTITIONS), NOON), dict.fromkeys(range(PARTITIONS), 0))
    answer = await asked(site, "/s")
    assert answer.headers["X-Data-As-Of"] == "2026-02-17T12:00:00Z"
    found = answer.json()
    assert list(found) == ["session_id", "media_id", "summary", "windows"]
    assert (found["session_id"], found["media_id"]) == ("s", "squat")
    summary = found["summary"]
    assert list(summary) == [
        "reps", "rom_degrees", "form_score", "client_form_score", "phases", "frames", "dropped",
    ]  # fmt: skip
    assert (summary["reps"], summary["client_form_score"], summary["frames"], summary["dropped"]) == (2, 0.5, 44, 1)
    assert set(summary["rom_degrees"]) == set(JOINT_ANGLES)
    assert summary["rom_degrees"]["knee_angle"] == 0.0
    assert summary["phases"] == {"hold": pytest.approx(44 / 30)}
    first, second = found["windows"]
    assert list(first) == [
        "start_ms", "end_ms", "frames", "dropped", "angles", "rep_count", "form_score", "rom_degrees", "confidence",
    ]  # fmt: skip
    assert [(one["start_ms"], one["end_ms"], one["frames"], one["dropped"]) for one in (first, second)] == [
        (0, 1000, 29, 1),
        (1000, 2000, 15, 0),
    ]
    assert set(first["angles"]) == set(ANGLES)
    assert list(first["angles"]["knee_angle"]) == ["mean", "min", "max"]
    assert first["angles"]["ankle_angle"] == {"mean": None, "min": None, "max": None}
    assert second["angles"]["ankle_angle"]["mean"] == pytest.approx(0.0, abs=1e-9)
    assert (first["rep_count"], second["confidence"]) == (2, pytest.approx(0.875 / 2))


async def test_one_reads_ones_own_session_and_a_specialist_any_of_the_organisation(site: Site) -> None:
    zoe = subject_of(site.control.organisations.ensure("acme").key, "zoe")
    commit(site.tables, standing("mine", subject=zoe))
    commit(site.tables, standing("theirs"))
    assert (await asked(site, "/mine", "user")).status_code == 200
    assert (await asked(site, "/theirs", "user")).status_code == 404
    assert (await asked(site, "/theirs", "admin")).status_code == 200
    assert (await asked(site, "/theirs", "system")).status_code == 403
    other = await asked(site, "/theirs", org="other")
    assert (other.status_code, other.json()["code"]) == (404, "not_found")
    assert other.headers["Content-Type"] == "application/problem+json"


async def test_before_any_frame_there_is_no_session(site: Site) -> None:
    assert (await asked(site, "/s")).status_code == 404


async def test_of_two_peoples_sessions_of_one_name_the_newest_is_told_or_the_one_asked_for(site: Site) -> None:
    commit(site.tables, standing("s", 30, subject="later"), at=NOON)
    commit(site.tables, standing("s", 10, subject="earlier"), at=NOON - timedelta(minutes=1))
    newest = (await asked(site, "/s")).json()
    assert (newest["summary"]["frames"], len(newest["windows"])) == (30, 1)
    assert (await asked(site, "/s?subject=earlier")).json()["summary"]["frames"] == 10
    assert (await asked(site, "/s?subject=nobody")).status_code == 404


async def test_a_long_session_is_told_an_answer_at_a_time(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answered, "MOST_WINDOWS", 2)
    commit(site.tables, standing("s", 150))
    first = await asked(site, "/s")
    assert [one["start_ms"] for one in first.json()["windows"]] == [0, 1000]
    assert first.headers["X-Next-From-Ms"] == "2000"
    rest = await asked(site, "/s?from_ms=4000")
    assert [one["start_ms"] for one in rest.json()["windows"]] == [4000]
    assert rest.json()["summary"] == first.json()["summary"]
    assert "X-Next-From-Ms" not in rest.headers
    assert rest.json()["windows"][0]["angles"]["left_ankle_angle"]["mean"] is not None


async def test_of_more_phases_than_an_answer_has_room_for_the_longest_are_told(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answered, "MOST_PHASES", 2)
    commit(
        site.tables,
        [*standing("s", 20, phase="b"), *standing("s", 30, 20, phase="c"), *standing("s", 5, 50, phase="a")],
    )
    assert list((await asked(site, "/s")).json()["summary"]["phases"]) == ["b", "c"]


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/s?from_ms=-1", "from_ms"),
        ("/s?from_ms=x", "from_ms"),
        ("/s?from_ms=86400001", "from_ms"),
        ("/s?from_ms=1.5", "from_ms"),
        ("", "session_id"),
        ("?session_id=a&session_id=b", "session_id"),
    ],
)
async def test_a_wrong_parameter_is_named(site: Site, path: str, field: str) -> None:
    answer = await asked(site, path)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("session_id", ["a/b", "a/", "%", "a%2Fb", " a", "a?b", "日本語"])
async def test_any_accepted_session_id_can_be_read(site: Site, session_id: str) -> None:
    commit(site.tables, standing(session_id, 1))
    for path in (f"/{quote(session_id, safe='')}", f"?session_id={quote(session_id, safe='')}"):
        assert (await asked(site, path)).json()["session_id"] == session_id
