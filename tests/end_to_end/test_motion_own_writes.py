"""Who was answered 200 finds the session at once, and its analysis once flows have it: a 503 before that."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from motion import documents
from query_api.own_writes import PATIENCE_SECONDS
from tests.kit.films import numbered, written
from tests.kit.motion.clinic import Clinic
from tests.kit.motion.documents import squatted
from tests.kit.running import waiting
from tests.kit.site import Site

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("motion own writes"), pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(tmp_path_factory.mktemp("own_writes") / "data")


@pytest.fixture(scope="module")
def clinic(site: Site) -> Iterator[Clinic]:
    """Web alone: no flow runs until a test has one."""
    with site.role("web"), site.installation() as installation:
        made = Clinic(site.url, installation)
        yield made
        made.ann.close()


def test_a_session_is_there_as_soon_as_its_upload_is_answered(clinic: Clinic, tmp_path: Path) -> None:
    film = written(tmp_path / "squat.mp4", numbered(30)).read_bytes()
    form = {"exercise": "Overhead Squat", "session_name": "Morning"}
    taken = clinic.ann.post("/mobility-assessment/sessions/", data=form, files={"video": ("squat.mp4", film)})
    assert taken.status_code == 200, taken.text
    session_id = taken.json()["session_id"]
    told = clinic.ann.get(f"/mobility-assessment/sessions/{session_id}").json()
    assert (told["status"], told["title"], told["segments"], told["angles"]) == ("queued", "Morning", 0, {})
    listed = clinic.ann.get("/session-management/sessions").json()["sessions"]
    assert listed[session_id]["status"] == "queued"
    assert clinic.ann.get(told["video_url"]).content == film
    video = clinic.ann.get(f"/sessions/{session_id}/analyzed-video")
    assert (video.status_code, video.json()["status"]) == (202, "queued")


def test_a_finished_analysis_waits_for_the_tables_and_says_so_where_no_flow_brings_it(
    site: Site, clinic: Clinic
) -> None:
    session = clinic.analysed(squatted())
    path = f"/mobility-assessment/sessions/{session.id}"
    began = time.monotonic()
    answer = clinic.ann.get(path)
    assert answer.status_code == 503
    assert answer.json().keys() == {"error"}
    assert int(answer.headers["Retry-After"]) > 0
    assert time.monotonic() - began >= PATIENCE_SECONDS
    assert clinic.ann.get("/session-management/sessions").json()["sessions"][session.id]["status"] == "done"
    with site.role("flows"):
        waiting(lambda: clinic.ann.get(path).status_code == 200)
        found = clinic.ann.get(f"{path}/export").json()
        again = clinic.analysed(squatted())
        # flows run: no answer without it, and a 503 only where they take longer than somebody waits
        export = f"/mobility-assessment/sessions/{again.id}/export"
        answer = waiting(lambda: None if (got := clinic.ann.get(export)).status_code == 503 else got)
        assert answer.status_code == 200
    assert found["metrics"] == documents.export(squatted())["metrics"]
