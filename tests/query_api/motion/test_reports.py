"""Reports, summaries, threads, lifts, joint mobility: documents of the analysis, and what a plan includes."""

from io import BytesIO

import pytest
from PIL import Image

from motion.documents import Kind, Status, lift_analysis, report, summary, thread, thread_ids, threads
from motion.documents.info import SessionInfo
from motion.request import Activity, Language, MeasurementSystem
from motion.texts import comments, recommendations, summaries
from reports.labels import labels
from tests.kit.motion.documents import SQUATS, lifted, moved, squatted
from tests.kit.report_pages import words_of
from tests.query_api.motion.conftest import BASE, MotionSite, picture

pytestmark = pytest.mark.anyio

ONE = "/mobility-assessment/sessions/s1"
REPORT, SUMMARY = f"{ONE}/report", f"{ONE}/summary"
JOINTS = "/mobility-assessment/sessions/m1"
METRIC, IMPERIAL = MeasurementSystem.METRIC, MeasurementSystem.IMPERIAL
KNOWN = {"display_name": "Ana", "email": "ana@example.org", "weight": 70.0, "height": 175.0, "language": "de"}


def info(site: MotionSite) -> SessionInfo:
    return SessionInfo("s1", site.now, None, user_name="Ana", user_info=KNOWN)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_report_is_the_document_of_the_analysis_with_a_picture_of_every_view(
    site: MotionSite, method: str
) -> None:
    site.analysed("s1", squatted())
    async with site.client() as ana, site.stranger() as stranger:
        told = (await ana.request(method, REPORT)).json()
        views = told["knee_movement_phases"]
        pictures = {view: (await stranger.get(url)).content for view, url in views.items()}
    assert told == report(squatted(), info(site), comments(squatted(), Language.EN, METRIC), views)
    assert pictures.pop("right") == picture()
    assert all(url.startswith(f"{BASE}/files/") for url in views.values())
    assert {Image.open(BytesIO(found)).size for found in pictures.values()} == {(720, 720)}


async def test_a_summary_is_the_document_of_the_analysis(site: MotionSite) -> None:
    site.analysed("s1", squatted())
    async with site.client() as ana:
        told = (await ana.get(f"{SUMMARY}/?measurement_system=imperial&language=fr")).json()
    said = summaries(squatted(), Language.FR, IMPERIAL)
    assert told == summary(squatted(), info(site), said, told["knee_movement_phases"])


@pytest.mark.parametrize("language", Language)
async def test_a_page_and_its_document_are_in_the_language_asked_for(site: MotionSite, language: Language) -> None:
    site.analysed("s1", squatted())
    async with site.client() as ana:
        page = await ana.get(f"{REPORT}?format=html&language={language}")
        document = await ana.get(f"{REPORT}?format=pdf&language={language}")
    assert page.headers["Content-Type"].startswith("text/html")
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    words = words_of(page.text)
    assert labels(language)("report.title") in words.text
    assert "/files/" not in page.text
    assert document.headers["Content-Type"] == "application/pdf"
    assert document.content.startswith(b"%PDF")


async def test_a_picture_that_is_no_longer_kept_is_not_called_not_filmed(site: MotionSite) -> None:
    known = site.analysed("s1", squatted())
    site.blobs.delete_below(known.pictures)
    async with site.client() as ana:
        views = (await ana.get(REPORT)).json()["knee_movement_phases"]
        page = words_of((await ana.get(f"{REPORT}?format=html")).text)
    assert {view: "not_kept" in url for view, url in views.items()} == {"left": False, "right": True, "front": False}
    assert "Right side: picture no longer kept" in page.text


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("de-CH,fr;q=0.9", Language.DE),
        ("ja, it;q=0.5, es;q=0.8", Language.ES),
        ("de;q=0, ro;q=0.1", Language.RO),
        ("de;q=much", Language.EN),
        ("*", Language.EN),
    ],
)
async def test_without_a_language_it_goes_by_what_the_client_accepts(
    site: MotionSite, accepted: str, language: Language
) -> None:
    site.analysed("s1", squatted())
    async with site.client() as ana:
        told = (await ana.get(SUMMARY, headers={"Accept-Language": accepted})).json()
        named = (await ana.get(f"{SUMMARY}?language=it", headers={"Accept-Language": accepted})).json()
        assert (await ana.get(f"{SUMMARY}?language=ja")).status_code == 400
    for found, expected in ((told, language), (named, Language.IT)):
        said = summaries(squatted(), expected, METRIC)
        assert found["summary"] == {name: text.text for name, text in said.items()}


PLANS = {
    "none": {REPORT: 403, SUMMARY: 403, f"{ONE}/recommendation": 403},
    "Basic": {REPORT: 403, SUMMARY: 200, f"{ONE}/recommendation": 200},
    "Standard": {REPORT: 200, SUMMARY: 200, f"{ONE}/recommendation": 200},
    "Enterprise": {REPORT: 200, SUMMARY: 200, f"{ONE}/recommendation": 200},
}


@pytest.mark.parametrize("plan", PLANS)
async def test_what_one_may_read_goes_by_the_plan_of_the_sessions_owner(site: MotionSite, plan: str) -> None:
    site.analysed("s1", squatted(), plan=plan)
    async with site.client("boss", "admin") as boss:
        for path, status in PLANS[plan].items():
            method = "POST" if path.endswith("recommendation") else "GET"
            assert (await boss.request(method, path)).status_code == status, path


async def test_what_is_no_squat_or_not_done_has_no_report(site: MotionSite) -> None:
    site.filmed("s1", SQUATS, status=Status.PROCESSING)
    site.analysed("m1", moved())
    async with site.client() as ana:
        for path in (REPORT, SUMMARY, f"{JOINTS}/report", f"{JOINTS}/summary"):
            assert (await ana.get(path)).status_code == 404, path
        assert (await ana.post(f"{JOINTS}/recommendation")).status_code == 404


async def test_the_demos_report_and_summary_need_no_plan_and_say_what_they_are(site: MotionSite) -> None:
    async with site.client("ben") as ben:
        for path in (REPORT, SUMMARY):
            assert (await ben.get(f"{path}?demo=true")).json()["demo"] is True
        page = words_of((await ben.get(f"{REPORT}?demo=true&format=html")).text)
    assert "Synthetic demo" in page.text


@pytest.mark.parametrize("kind", Kind)
async def test_threads_have_ids_that_lead_to_what_was_said(site: MotionSite, kind: Kind) -> None:
    site.analysed("s1", squatted())
    asked = "?language=de&measurement_system=imperial"
    async with site.client() as ana, site.client("ben") as ben, site.client(org="others") as other:
        ids = (await ana.post(f"{ONE}/{kind}{asked}")).json()
        assert ids == (await ana.post(f"{ONE}/{kind}/{asked}")).json()
        expected = threads(squatted(), "s1", kind, Language.DE, IMPERIAL)
        assert ids == thread_ids(expected)
        for one in expected:
            path = f"/mobility-assessment/threads/{ids[one.metric]}"
            assert (await ana.get(path)).json() == thread(one, site.now)
            assert (await ben.get(path)).status_code == 403
            assert (await other.get(path)).status_code == 404
        assert (await ana.get("/mobility-assessment/threads/thread_unknown")).status_code == 404


async def test_lifts_are_told_in_every_language_or_one(site: MotionSite) -> None:
    site.analysed("l1", lifted())
    path = "/weightlifting/sessions/l1/lift-analysis"
    async with site.client() as ana:
        every, one = (await ana.get(path)).json(), (await ana.get(f"{path}?language=es")).json()
        site.become("l1", plan="none")
        assert (await ana.get(path)).status_code == 403
    assert list(every["recommendations"]) == every["languages"] == list(Language)
    texts = {Language.ES: recommendations(lifted(), Language.ES, METRIC)}
    expected = lift_analysis(lifted(), texts, SessionInfo("l1", site.now, None))
    for document in (one, expected):
        for rep in document["repetitions"]:
            for phase in rep["phases"]:
                assert bool(phase.pop("image_url")) is (document is one)
    assert one == expected


async def test_joint_mobility_is_shown_as_it_was_chosen_at_once_and_before_it_is_analysed(site: MotionSite) -> None:
    site.filmed("m1", moved().request)
    config = f"{JOINTS}/joint-mobility-config"
    async with site.client() as ana:
        assert (await ana.get(config)).status_code == 404
        assert (await ana.post(f"{JOINTS}/joint-mobility")).status_code == 404
        first = {"shown_angles": ["knee_angle"], "comments": {"knee_angle": "Check."}}
        assert (await ana.post(config, json=first)).json() == first
        second = {**first, "comments": {}}
        assert (await ana.post(f"{config}/", json={"comments": {}})).json() == second
        assert (await ana.get(config)).json() == second
        site.analysed("m1", moved())
        told = (await ana.post(f"{JOINTS}/joint-mobility/")).json()
    assert (told["shown_angles"], told["comments"]) == (["knee_angle"], {})
    assert told["exercise"] == "Joint Angle Mobility"
    assert told["angles"]["knee_angle"]["max"] > told["angles"]["knee_angle"]["min"]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"shown_angles": ["nose_angle"]}, ["shown_angles"]),
        ({"shown_angles": [["knee_angle"]]}, ["shown_angles"]),
        ({"shown_angles": None, "comments": {"knee_angle": "x" * 2001}}, ["shown_angles", "comments"]),
        ({"comments": {"nose_angle": ""}}, ["comments"]),
        ({"comments": ["knee_angle"]}, ["comments"]),
        ([], []),
    ],
)
async def test_a_configuration_that_is_wrong_is_refused_field_by_field(
    site: MotionSite, body: object, fields: list[str]
) -> None:
    site.filmed("m1", moved().request)
    async with site.client() as ana:
        answer = await ana.post(f"{JOINTS}/joint-mobility-config", json=body)
        assert answer.status_code == 400
        assert list(answer.json().get("errors", [])) == fields
        assert (await ana.get(f"{JOINTS}/joint-mobility-config")).status_code == 404


async def test_a_squat_has_no_joint_mobility(site: MotionSite) -> None:
    site.analysed("s1", squatted())
    async with site.client() as ana:
        assert (await ana.post(f"{ONE}/joint-mobility")).status_code == 400
        assert (await ana.post(f"{ONE}/joint-mobility-config", json={})).status_code == 400
        assert (await ana.get(f"/{Activity.RUNNING}/sessions/s1/joint-mobility")).status_code == 404
