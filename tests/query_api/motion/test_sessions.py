"""GET of sessions: the document of the analysis, whose it is, what is refused."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from motion.documents import SessionInfo, Status, session, unfinished
from motion.documents.pictures import phase_names
from motion.request import Activity
from tests.kit.motion.documents import LIFTS, SQUATS, lifted, squatted
from tests.query_api.motion.conftest import BASE, ORIGINAL, OVERLAY, MotionSite, picture

pytestmark = pytest.mark.anyio

SQUAT = "/mobility-assessment/sessions/s1"
LIFT = "/weightlifting/sessions/l1"


async def fetched(site: MotionSite, url: str, **headers: str) -> httpx.Response:
    """What somebody without a key gets at a URL."""
    assert url.startswith(f"{BASE}/files/")
    async with site.stranger() as stranger:
        return await stranger.get(url, headers=headers)


def info(site: MotionSite, told: dict[str, Any], session_id: str) -> SessionInfo:
    known = {"display_name": "Ana", "email": "ana@example.org", "weight": 70.0, "height": 175.0, "language": "de"}
    return SessionInfo(session_id, site.now, told["video_url"], told["analyzed_video_url"], "Ana", known)


async def test_a_session_is_the_document_of_its_analysis(site: MotionSite) -> None:
    site.analysed("l1", lifted())
    async with site.client() as ana:
        told = (await ana.get(LIFT)).json()
    urls = [phase["image_url"] for phase in told["phases"]]
    assert len(set(urls)) == len(phase_names(lifted()))
    images = dict(zip(phase_names(lifted()), urls, strict=True))
    assert told == session(lifted(), info(site, told, "l1"), images)


async def test_its_links_open_without_a_key_as_a_whole_and_in_part(site: MotionSite) -> None:
    site.analysed("l1", lifted())
    async with site.client() as ana:
        told = (await ana.get(f"{LIFT}/")).json()
    assert (await fetched(site, told["video_url"])).content == ORIGINAL
    part = await fetched(site, told["analyzed_video_url"], Range="bytes=8-15")
    assert (part.status_code, part.content) == (206, OVERLAY[8:16])
    saved = await fetched(site, f"{told['video_url']}?download=1")
    assert saved.headers["Content-Disposition"].startswith("attachment")
    assert (await fetched(site, told["phases"][0]["image_url"])).content == picture()


async def test_links_lead_to_where_clients_reach_the_service(tmp_path: Path) -> None:
    with_proxy = MotionSite(tmp_path, "https://api.example/kinelake/")
    with_proxy.filmed("s1", SQUATS)
    async with with_proxy.client() as ana:
        url = (await ana.get(SQUAT)).json()["video_url"]
    with_proxy.close()
    assert url.startswith("https://api.example/kinelake/files/")


async def test_films_that_are_no_longer_kept_have_no_url(site: MotionSite) -> None:
    known = site.analysed("l1", lifted())
    site.blobs.delete_below(f"motion-videos/{known.id}")
    site.blobs.delete_below(known.pictures)
    async with site.client() as ana:
        told = (await ana.get(LIFT)).json()
    assert (told["video_url"], told["analyzed_video_url"]) == (None, None)
    assert {phase["image_url"] for phase in told["phases"]} == {None}


@pytest.mark.parametrize(
    ("status", "progress", "error"), [(Status.PROCESSING, 40, None), (Status.FAILED, 0, "no_person")]
)
async def test_before_it_is_done_a_session_has_the_same_keys_with_nothing_in_them(
    site: MotionSite, status: Status, progress: int, error: str | None
) -> None:
    site.filmed("s1", SQUATS, status=status, progress=progress, error=error)
    async with site.client() as ana:
        told = (await ana.get(SQUAT)).json()
    assert told == unfinished(SQUATS, info(site, told, "s1"), status, progress=progress, error=error)


async def test_somebody_without_a_profile_is_called_by_their_id(site: MotionSite) -> None:
    site.filmed("s1", SQUATS, profile=None)
    async with site.client() as ana:
        assert (await ana.get(SQUAT)).json()["user_name"] == "ana"


async def test_no_key_comes_before_a_foreign_session_and_that_before_an_unknown_one(site: MotionSite) -> None:
    site.filmed("s1", SQUATS)
    async with site.stranger() as stranger, site.client("ben") as ben, site.client(org="others") as other:
        assert (await stranger.get(SQUAT)).status_code == 401
        assert (await ben.get(SQUAT)).status_code == 403
        assert (await ben.get(SQUAT.replace("mobility-assessment", "running"))).status_code == 403
        assert (await other.get(SQUAT)).status_code == 403
        assert (await ben.get(f"{SQUAT}x")).status_code == 404
    async with site.client() as ana:
        assert (await ana.get(SQUAT.replace("mobility-assessment", "running"))).status_code == 404


@pytest.mark.parametrize("role", ["specialist", "admin"])
async def test_administrators_see_the_sessions_of_their_organisation(site: MotionSite, role: str) -> None:
    site.filmed("s1", SQUATS)
    async with site.client("boss", role) as boss, site.client("boss", role, "others") as other:
        assert (await boss.get(SQUAT)).status_code == 200
        assert (await other.get(SQUAT)).status_code == 403


@pytest.mark.parametrize("activity", Activity)
async def test_the_demo_session_is_the_synthetic_person_whoever_asks_for_whatever(
    site: MotionSite, activity: Activity
) -> None:
    async with site.client("ben") as ben, site.stranger() as stranger:
        path = f"/{activity}/sessions/any"
        assert (await stranger.get(f"{path}?demo=true")).status_code == 401
        told = (await ben.get(f"{path}?demo=1")).json()
        assert (told["demo"], told["status"], told["user_name"]) == (True, "done", "Synthetic person")
        assert told["all_timestamps"]
        assert any(value is not None for value in told["metrics"].values())
        assert (await ben.get(f"{path}?demo=0")).status_code == 404
        assert (await ben.get(f"{path}?demo=yes")).status_code == 400


async def test_a_list_has_ones_own_sessions_the_newest_first(site: MotionSite) -> None:
    for number, (name, request) in enumerate({"s1": SQUATS, "l1": LIFTS, "s2": SQUATS}.items()):
        site.filmed(name, request)
        site.become(name, created_at=site.now.replace(minute=number))
    site.filmed("b1", SQUATS, user_id="ben")
    async with site.client() as ana, site.client("boss", "admin") as boss:
        path = "/session-management/sessions"
        told = (await ana.get(path)).json()
        assert (list(told["sessions"]), told["total"]) == (["s2", "l1", "s1"], 3)
        one = told["sessions"]["l1"]
        assert not any(isinstance(value, list) for value in one.values())
        assert (one["session_id"], one["activity"], one["status"]) == ("l1", "Weightlifting", "queued")
        page = (await ana.get(f"{path}?limit=1&offset=1")).json()
        assert (list(page["sessions"]), page["total"]) == (["l1"], 3)
        assert list((await ana.get(f"{path}?activity=weightlifting")).json()["sessions"]) == ["l1"]
        assert (await ana.get(f"{path}?status=done")).json() == {"sessions": {}, "total": 0}
        assert (await boss.get(path)).json()["total"] == 4
        assert list((await boss.get(f"{path}?user_id=ben")).json()["sessions"]) == ["b1"]
        assert (await ana.get(f"{path}?user_id=ben")).status_code == 403
        assert (await ana.get(f"{path}?limit=201")).status_code == 400


async def test_a_deleted_session_is_unknown(site: MotionSite) -> None:
    site.analysed("s1", squatted())
    async with site.client() as ana, site.client("ben") as ben:
        assert (await ben.delete("/session-management/sessions/s1")).status_code == 403
        assert (await ana.delete("/session-management/sessions/s1/")).status_code == 204
        assert (await ana.get(SQUAT)).status_code == 404


@pytest.mark.parametrize("path", ["/sessions/s1/analyzed-video", "/session-management/sessions/s1/analyzed-video/"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_analysed_video_is_there_or_on_its_way(site: MotionSite, path: str, method: str) -> None:
    site.analysed("s1", squatted())
    async with site.client() as ana:
        there = await ana.request(method, path)
        assert (there.status_code, there.json()["status"]) == (200, "done")
        assert (await fetched(site, there.json()["analyzed_video_url"])).content == OVERLAY
        site.become("s1", status=Status.PROCESSING)
        under_way = await ana.request(method, path)
        expected = {"session_id": "s1", "analyzed_video_url": None, "status": "processing"}
        assert (under_way.status_code, under_way.json(), site.sessions.queued) == (202, expected, [])


async def test_a_failed_analysis_and_a_film_that_is_gone_are_queued_again_when_it_is_due(site: MotionSite) -> None:
    site.analysed("s1", squatted(), analysed_video=None)
    site.filmed("f1", SQUATS, status=Status.FAILED, error="internal")
    async with site.client() as ana:
        for name in ("s1", "f1"):
            answer = await ana.get(f"/sessions/{name}/analyzed-video")
            assert (answer.status_code, answer.json()["status"]) == (202, "queued")
        assert site.sessions.queued == ["s1", "f1"]
        site.sessions.due = False
        answer = await ana.get("/sessions/f1/analyzed-video")
        assert (answer.status_code, answer.json()["status"]) == (202, "failed")


async def test_without_the_film_itself_nothing_is_queued_and_what_was_measured_stays(site: MotionSite) -> None:
    known = site.analysed("s1", squatted(), analysed_video=None)
    site.blobs.delete(known.video)
    async with site.client() as ana:
        answer = await ana.get("/sessions/s1/analyzed-video")
        assert (answer.status_code, site.sessions.queued) == (404, [])
        assert answer.json() == {"error": "the session's video is no longer kept"}
        told = await ana.get(SQUAT)
        assert (told.json()["status"], told.json()["video_url"]) == ("done", None)


def test_a_profiles_person_is_not_in_the_text_of_a_session(site: MotionSite) -> None:
    known = replace(site.filmed("s1", SQUATS), user_id="ana@example.org")
    assert "ana@" not in repr(known)
