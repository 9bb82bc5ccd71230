"""Both motion contracts over HTTP: every request of their pages as written, every route, method and status."""

import json
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from motion.analysis import Analysis, analyse
from motion.documents import all_threads
from motion.request import Activity, Exercise, Request
from motion.synthetic import demo, demo_request
from tests.kit.films import numbered, written
from tests.kit.motion.clinic import BEN, Clinic, FilmedSession
from tests.kit.motion.contract import (
    FRAGMENT_KEYS,
    MISSING,
    PAGE,
    RETRIEVAL,
    curl,
    examples,
    fits,
    routes,
)
from tests.kit.motion.documents import lifted, moved, squatted
from tests.kit.site import Site
from web.people_keys import ADMIN, SUB_ADMIN, USER

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (PAGE and RETRIEVAL), reason=MISSING),
    pytest.mark.xdist_group("motion contract"),
    pytest.mark.timeout(300),
]

SQUATS = Request(activity=Activity.MOBILITY, exercise=Exercise.OVERHEAD_SQUAT)
ONE = "/mobility-assessment/sessions/{id}"
SQUAT_ROUTES = (
    ("GET", f"{ONE}/report"), ("POST", f"{ONE}/report"), ("GET", f"{ONE}/summary"), ("POST", f"{ONE}/summary"),
    ("POST", f"{ONE}/recommendation"),
)  # fmt: skip
FILMS = ("/sessions/{id}/analyzed-video", "/session-management/sessions/{id}/analyzed-video")


@dataclass(frozen=True)
class Filmed:
    """The clinic with sessions of every kind; `of` is one of each activity, `bare` Ben's, who has no plan."""

    clinic: Clinic
    of: dict[Activity, FilmedSession]
    joints: FilmedSession
    bare: FilmedSession
    bare_lift: FilmedSession
    queued: str
    failed: str

    @property
    def squat(self) -> FilmedSession:
        return self.of[Activity.MOBILITY]


def demonstrated(activity: Activity) -> Callable[[], Analysis]:
    return lambda: analyse(demo(activity), demo_request(activity))


ANALYSES: Mapping[Activity, Callable[[], Analysis]] = {
    **{each: demonstrated(each) for each in Activity},
    Activity.WEIGHTLIFTING: lifted,
}


@pytest.fixture(scope="module")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filmed]:
    site = Site(tmp_path_factory.mktemp("motion") / "data")
    with site.role("web"), site.role("flows"), site.installation() as installation:
        clinic = Clinic(site.url, installation)
        of = {each: clinic.analysed(ANALYSES[each]()) for each in Activity}
        joints = clinic.analysed(moved())
        bare, bare_lift = clinic.analysed(squatted(), BEN), clinic.analysed(lifted(), BEN)
        queued, failed = clinic.begun(SQUATS).id, clinic.begun(SQUATS).id
        clinic.control.motion_sessions.note(failed, status="failed", error="no_person")
        clinic.in_tables()
        yield Filmed(clinic, of, joints, bare, bare_lift, queued, failed)
        clinic.ann.close()


def error(answer: httpx.Response, status: int) -> bool:
    """Whether it is a refusal in the family's shape."""
    body = answer.json()
    shaped = isinstance(body.get("error"), str) and body["error"] and body.keys() <= {"error", "errors"}
    return answer.status_code == status and bool(shaped)


def of_example(filmed: Filmed, path: str) -> str:
    """A path of the pages with a session that it can be about."""
    session = filmed.joints if "joint-mobility" in path else filmed.squat
    return path.replace("{session_id}", session.id).replace("abcd1234", session.id)


@pytest.mark.parametrize("name", examples())
def test_a_request_of_the_pages_is_answered_as_they_show(filmed: Filmed, name: str) -> None:
    shown = examples()[name]
    key = filmed.clinic.key()
    named = {name: value.replace("YOUR_API_KEY", key).replace("<token>", key) for name, value in shown.headers.items()}
    if name == "GET /mobility-assessment/sessions/{session_id}/joint-mobility-config/":
        stored = {"shown_angles": ["knee_angle", "hip_angle"], "comments": {"knee_angle": "Check."}}
        path = of_example(filmed, shown.path)
        assert filmed.clinic.ann.post(path, json=stored).json() == stored
    answer = httpx.request(
        shown.method, filmed.clinic.base + of_example(filmed, shown.path), headers=named, content=shown.body, timeout=60
    )
    if name == "POST /mobility-assessment/sessions/":
        # what the page sends is no multipart form, and so no film
        assert error(answer, 400)
        return
    assert answer.status_code == 200, answer.text
    if shown.response is None:
        assert list(answer.json()) == ["session_id", "analyzed_video_url", "status"]
    else:
        assert fits(shown.response, answer.json())


def test_no_request_of_the_pages_is_left_out() -> None:
    assert len(examples()) == 11


@pytest.mark.parametrize("activity", Activity)
def test_a_session_has_what_the_retrieval_page_shows_of_it(filmed: Filmed, activity: Activity) -> None:
    told = filmed.clinic.ann.get(f"/{activity}/sessions/{filmed.of[activity].id}/").json()
    assert set(FRAGMENT_KEYS) <= told.keys()
    assert told["created_at"].keys() == {"date", "time"}
    for url in (told["video_url"], told["analyzed_video_url"]):
        assert httpx.get(url, headers={"Range": "bytes=0-3"}, timeout=60).status_code == 206


def test_every_route_that_the_pages_name_is_there_in_both_slash_forms(filmed: Filmed) -> None:
    missing = {"POST /mobility-assessment/sessions/"}
    for name in routes() - missing:
        method, path = name.split()
        activity = next((each for each in Activity if path.startswith(f"/{each}/")), Activity.MOBILITY)
        session = filmed.joints if "joint-mobility" in path else filmed.of[activity]
        for form in (path, path.rstrip("/")):
            config = form.rstrip("/").endswith("config")
            body: Mapping[str, Any] | None = {} if config and method == "POST" else None
            answer = filmed.clinic.ann.request(method, form.replace("{session_id}", session.id), json=body)
            assert answer.status_code in (200, 404) if config else answer.is_success, name


def test_the_command_of_the_page_uploads_for_somebody_once_it_names_an_exercise(filmed: Filmed, tmp_path: Path) -> None:
    clinic, film = filmed.clinic, written(tmp_path / "video.mp4", numbered(30))
    key = clinic.key("boss", ADMIN)
    clinic.key("someUserId123")
    replaced = {
        "<YOUR_ADMIN_TOKEN>": key,
        "/path/to/video.mp4": str(film),
        "https://<backend-link>": clinic.base,
    }
    command = curl()
    for placeholder, value in replaced.items():
        command = command.replace(placeholder, value)
    said = _ran(command)
    assert said.keys() == {"error", "errors"}
    assert said["errors"].keys() == {"exercise"}
    said = _ran(command.replace("-F 'video", "-F 'exercise_name=Overhead Squat' -F 'video"))
    assert (list(said), said["title"]) == (["session_id", "title"], "Custom Session")
    with clinic.client(clinic.key("someUserId123")) as theirs:
        told = theirs.get(f"/mobility-assessment/sessions/{said['session_id']}/")
    assert (told.status_code, told.json()["status"]) == (200, "queued")


def _ran(command: str) -> Any:
    done = subprocess.run(["bash", "-euc", f"{command} -sS"], capture_output=True, text=True, check=True, timeout=60)
    return json.loads(done.stdout)


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(("method", "path"), SQUAT_ROUTES)
def test_what_a_squat_is_asked_for(filmed: Filmed, method: str, path: str, slash: str) -> None:
    clinic, ask = filmed.clinic, filmed.clinic.ann
    here = f"{path}{slash}"
    assert ask.request(method, here.format(id=filmed.squat.id)).status_code == 200
    assert error(ask.request(method, here.format(id=filmed.squat.id), params={"language": "nl"}), 400)
    assert error(ask.request(method, here.format(id=filmed.squat.id), params={"measurement_system": "cubits"}), 400)
    assert error(httpx.request(method, clinic.base + here.format(id=filmed.squat.id), timeout=60), 401)
    for nobody in (filmed.joints.id, filmed.queued, filmed.failed, filmed.of[Activity.RUNNING].id, "nobody"):
        assert error(ask.request(method, here.format(id=nobody)), 404)
    for wrong in ("DELETE", "PUT", "PATCH"):
        answer = ask.request(wrong, here.format(id=filmed.squat.id))
        assert error(answer, 405)
        assert method in answer.headers["Allow"]


PLANS = {
    (): False, ("none",): False, ("Basic",): True, ("Standard",): True, ("none", "Pro", "Basic"): True,
    ("Enterprise",): True,
}  # fmt: skip
"""The plans of somebody's valid keys → whether those open all but reports."""


@pytest.mark.parametrize(("method", "path"), [*SQUAT_ROUTES, ("GET", "/weightlifting/sessions/{id}/lift-analysis")])
def test_the_owners_highest_plan_opens_it_whoever_asks(filmed: Filmed, method: str, path: str) -> None:
    clinic = filmed.clinic
    session = filmed.bare_lift if "lift" in path else filmed.bare
    with clinic.client(clinic.key("boss", SUB_ADMIN, "Enterprise")) as boss:
        for plans, active in PLANS.items():
            clinic.pays(BEN, *plans)
            opened = active and (plans != ("Basic",) or not path.endswith("/report"))
            answer = boss.request(method, path.format(id=session.id))
            assert answer.status_code == 200 if opened else error(answer, 403), (plans, answer.text)
    assert error(clinic.ann.request(method, path.format(id=session.id)), 403)


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_thread_opens_to_who_may_read_its_session(filmed: Filmed, slash: str) -> None:
    clinic = filmed.clinic
    path = f"/mobility-assessment/threads/{next(all_threads(filmed.bare.analysis, filmed.bare.id)).id}{slash}"
    assert error(httpx.get(clinic.base + path, timeout=60), 401)
    assert error(clinic.ann.get(path), 403)
    assert error(clinic.ann.get(f"/mobility-assessment/threads/thread_{'a' * 24}{slash}"), 404)
    assert error(clinic.ann.post(path), 405)
    with clinic.client(clinic.key("boss", ADMIN)) as boss, clinic.client(clinic.key("eve", ADMIN, org="other")) as eve:
        clinic.pays(BEN)
        assert error(boss.get(path), 403)
        clinic.pays(BEN, "Basic")
        assert boss.get(path).status_code == 200
        # another organisation has no such thread
        assert error(eve.get(path), 404)


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("activity", Activity)
def test_what_any_session_is_asked_for(filmed: Filmed, activity: Activity, slash: str) -> None:
    ask, session = filmed.clinic.ann, filmed.of[activity]
    one = f"/{activity}/sessions/{session.id}"
    for path in (one, f"{one}/export"):
        assert ask.get(f"{path}{slash}").status_code == 200
        assert ask.head(f"{path}{slash}").status_code == 200
        assert ask.get(f"{path}{slash}?demo=1").json()["demo"] is True
        assert error(ask.get(f"{path}{slash}?demo=yes"), 400)
        assert error(httpx.get(f"{filmed.clinic.base}{path}{slash}", timeout=60), 401)
        assert error(ask.post(f"{path}{slash}"), 405)
        assert error(ask.get(path.replace(session.id, "nobody") + slash), 404)
        assert error(ask.post(f"{path}/nothing{slash}"), 404)
    assert error(ask.get(f"{one}/export{slash}?format=xml"), 400)
    elsewhere = Activity.RUNNING if activity is not Activity.RUNNING else Activity.JUMPING
    assert error(ask.get(f"/{elsewhere}/sessions/{session.id}{slash}"), 404)


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", FILMS)
def test_an_analysed_video_is_told_queued_or_missing(filmed: Filmed, path: str, method: str, slash: str) -> None:
    ask = filmed.clinic.ann
    there, queued, failed, nobody = (
        ask.request(method, path.format(id=name) + slash)
        for name in (filmed.squat.id, filmed.queued, filmed.failed, "nobody")
    )
    assert (there.status_code, there.json()["status"]) == (200, "done")
    expected = {"session_id": filmed.queued, "analyzed_video_url": None, "status": "queued"}
    assert (queued.status_code, queued.json()) == (202, expected)
    assert queued.headers["Retry-After"]
    # it was queued within the hour
    assert (failed.status_code, failed.json()["status"]) == (202, "failed")
    assert error(nobody, 404)
    assert error(httpx.request(method, filmed.clinic.base + path.format(id=filmed.squat.id) + slash, timeout=60), 401)
    assert error(ask.delete(path.format(id=filmed.squat.id) + slash), 405)


@pytest.mark.parametrize("slash", ["", "/"])
def test_joint_mobility_and_how_it_is_shown(filmed: Filmed, slash: str) -> None:
    clinic, ask = filmed.clinic, filmed.clinic.ann
    report, config = (f"{ONE}/{name}{slash}" for name in ("joint-mobility", "joint-mobility-config"))
    assert ask.post(report.format(id=filmed.joints.id)).status_code == 200
    assert error(ask.post(report.format(id=filmed.squat.id)), 400)
    assert error(ask.post(report.format(id=filmed.queued)), 400)
    assert error(ask.get(report.format(id=filmed.joints.id)), 405)
    assert error(ask.get(config.format(id=filmed.squat.id)), 404)
    here = config.format(id=filmed.joints.id)
    assert error(ask.post(here, json={"shown_angles": ["tail_angle"]}), 400)
    assert ask.post(here, json={"comments": {"hip_angle": 3}}).json()["errors"].keys() == {"comments"}
    assert error(ask.post(here, json={"comments": {"hip_angle": "x" * 2001}}), 400)
    assert error(ask.post(here, json={"comments": {"hip_angle": "x" * 70_000}}), 413)
    assert error(ask.post(here, content=b"{}"), 415)
    assert error(ask.delete(here), 405)
    ask.post(here, json={"shown_angles": ["hip_angle"], "comments": {"hip_angle": "Stiff."}})
    kept = ask.post(here, json={"shown_angles": []}).json()
    assert kept == {"shown_angles": [], "comments": {"hip_angle": "Stiff."}} == ask.get(here).json()
    told = ask.post(report.format(id=filmed.joints.id)).json()
    assert (told["shown_angles"], told["comments"]) == (kept["shown_angles"], kept["comments"])
    for path, method in ((report, "POST"), (config, "GET"), (config, "POST")):
        with clinic.client(clinic.key("eve")) as eve:
            body: dict[str, Any] = {"json": {}} if (path, method) == (config, "POST") else {}
            assert error(eve.request(method, path.format(id=filmed.joints.id), **body), 403)


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_list_of_sessions(filmed: Filmed, slash: str) -> None:
    clinic, path = filmed.clinic, f"/session-management/sessions{slash}"
    told = clinic.ann.get(path).json()
    assert told["total"] == len(told["sessions"]) == 7
    assert {one["user_name"] for one in told["sessions"].values()} == {"Ann"}
    newest = clinic.ann.get(path, params={"limit": 1}).json()
    assert (list(newest["sessions"]), newest["total"]) == (list(told["sessions"])[:1], 7)
    assert list(clinic.ann.get(path, params={"status": "failed"}).json()["sessions"]) == [filmed.failed]
    with clinic.client(clinic.key("boss", SUB_ADMIN)) as boss:
        assert boss.get(path, params={"user_id": BEN}).json()["total"] == 2
        assert boss.get(path, params={"user_id": "nobody"}).json() == {"sessions": {}, "total": 0}
    for name, value in (("limit", "201"), ("limit", "0"), ("offset", "-1"), ("activity", "x"), ("status", "x")):
        assert clinic.ann.get(path, params={name: value}).json()["errors"].keys() == {name}
    assert error(clinic.ann.get(path, params={"user_id": BEN}), 403)
    assert error(httpx.get(clinic.base + path, timeout=60), 401)
    assert error(clinic.ann.post(path), 405)


def test_a_session_is_erased_by_its_owner_or_administrators(filmed: Filmed) -> None:
    clinic = filmed.clinic
    path = f"/session-management/sessions/{filmed.squat.id}/"
    assert error(httpx.delete(clinic.base + path, timeout=60), 401)
    with clinic.client(clinic.key("eve")) as eve, clinic.client(clinic.key("boss", ADMIN, org="other")) as other:
        assert error(eve.delete(path), 403)
        assert error(other.delete(path), 403)
    assert error(clinic.ann.delete("/session-management/sessions/nobody/"), 404)
    assert error(clinic.ann.get(path), 405)


@pytest.mark.parametrize("role", [USER, ADMIN])
def test_what_was_erased_is_nobodys_session_at_once(filmed: Filmed, role: str) -> None:
    clinic = filmed.clinic
    user_id = f"gone-{role}@example.org"
    erased, kept = (clinic.analysed(filmed.squat.analysis, user_id) for _ in range(2))
    clinic.in_tables()
    key = clinic.key(user_id) if role == USER else clinic.key("boss", role)
    path = f"/session-management/sessions/{erased.id}/"
    with clinic.client(key) as ask, clinic.client(clinic.key(user_id)) as theirs:
        assert (ask.delete(path).status_code, ask.delete(path).status_code) == (204, 404)
        for read in ("", "export/", "summary/", "report/"):
            assert error(theirs.get(f"/mobility-assessment/sessions/{erased.id}/{read}"), 404)
            assert theirs.get(f"/mobility-assessment/sessions/{kept.id}/{read}").status_code == 200
        assert list(theirs.get("/session-management/sessions/").json()["sessions"]) == [kept.id]
    (erasure,) = [each for each in clinic.control.erasures.newest() if erased.id in each.scope]
    assert (erasure.state, erasure.requested_by.partition(":")[0]) == ("hidden", "api_key")
