"""Films over HTTP, a worker's own process, the real flows: what tables have is what `kinelake analyze` says of them."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import httpx
import pytest

from blob_store.store import BlobStore
from control.motion_sessions import MotionSession
from jobs.motion.version import ANALYSIS_VERSION
from jobs.video.analyze import analyze_file
from jobs.video.folder import ANGLES, EXPORT, KEYPOINTS, METRICS, PICTURES, SESSION
from motion.analysis import Analysis
from motion.documents import (
    SessionInfo,
    all_threads,
    angles_table,
    csv_text,
    export,
    keypoints_table,
    metrics_table,
    session,
)
from motion.request import Request
from schemas.motion.tables import MOTION_THREADS
from sinks.motion.rebuilt import Rows, rebuilt
from tests.kit.films import BALANCER, WALKER
from tests.kit.motion.clips import clip
from tests.kit.motion.studio import FLOWS, WORKER, Studio

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("motion over http")]

EXERCISES = {
    "running": (WALKER, 60, {"height_cm": "175"}),
    "mobility-assessment": (BALANCER, 60, {"exercise": "Overhead Squat", "body_joint_angles": "knee,hip"}),
}
NOT_OF_THE_FILM = ("session_id", "video_url", "analyzed_video_url", "created_at", "title")


@dataclass(frozen=True)
class Filmed:
    """An uploaded film once it is analysed, and what `kinelake analyze` left of the same one."""

    studio: Studio
    session: MotionSession
    rows: Rows
    analysis: Analysis
    folder: Path

    def of(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text())

    def get(self, path: str) -> httpx.Response:
        answer = self.studio.get(path)
        assert answer.status_code == 200, answer.text
        return answer

    @property
    def blobs(self) -> BlobStore:
        return BlobStore(str(self.studio.site.effective.settings.blobs_url))


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    made = Studio(tmp_path_factory.mktemp("studio") / "data")
    with ExitStack() as roles:
        for role in ("web", WORKER, FLOWS):
            roles.enter_context(made.site.role(role))
        yield made


@pytest.fixture(scope="module", params=EXERCISES)
def filmed(request: pytest.FixtureRequest, studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> Filmed:
    name, frames, fields = EXERCISES[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    film = clip(name, folder / "film.mp4", frames)
    ended = studio.ended(studio.upload(film, f"/{request.param}/sessions/", **fields))
    assert ended.status == "done", ended
    rows = studio.stored(ended.id)
    analysis = rebuilt(rows)
    assert analysis is not None
    asked = Request.model_validate(ended.request)
    analyze_file(film, asked, folder / "analysis", lambda done, total, stage: None)
    return Filmed(studio, ended, rows, analysis, folder / "analysis")


def as_json(document: Any) -> Any:
    return json.loads(json.dumps(document))


def test_the_session_is_done_by_this_version_and_one_row_says_so(filmed: Filmed) -> None:
    done = filmed.session
    assert (done.status, done.progress, done.error, done.analysis_version) == ("done", 100.0, None, ANALYSIS_VERSION)
    kinds = filmed.rows.sessions.sort("log_offset")["event_type"].to_list()
    assert kinds == ["uploaded", "analysed"]
    assert filmed.rows.landmarks["frame_number"].sort().to_list() == list(range(60))


def test_its_documents_are_those_of_analyze_on_the_same_film(filmed: Filmed) -> None:
    images = {(one["rep"], one["name"]): one["image_url"] for one in filmed.of(SESSION)["phases"]}
    info = SessionInfo("", filmed.session.created_at, None, user_info=filmed.of(SESSION).get("user_info", {}))
    said, expected = as_json(session(filmed.analysis, info, images)), filmed.of(SESSION)
    assert {name: said[name] for name in said if name not in NOT_OF_THE_FILM} == {
        name: expected[name] for name in expected if name not in NOT_OF_THE_FILM
    }
    assert as_json(export(filmed.analysis, images=images)) == filmed.of(EXPORT)


def without_links(document: Any) -> Any:
    """A document but for what a service has otherwise: its links, and whose session it is."""
    phases = [{name: value for name, value in one.items() if name != "image_url"} for one in document["phases"]]
    return {name: document[name] for name in document if name not in (*NOT_OF_THE_FILM, "user_name")} | {
        "phases": phases
    }


def test_what_is_read_over_http_is_what_analyze_wrote(filmed: Filmed) -> None:
    path = f"/{filmed.session.activity}/sessions/{filmed.session.id}/"
    assert without_links(filmed.get(path).json()) == without_links(filmed.of(SESSION))
    assert without_links(filmed.get(f"{path}export/").json()) == without_links(filmed.of(EXPORT))
    with ZipFile(BytesIO(filmed.get(f"{path}export/?format=zip").content)) as archive:
        for name in (KEYPOINTS, ANGLES, METRICS):
            assert archive.read(name).decode() == (filmed.folder / name).read_text(), name
        assert json.loads(archive.read(EXPORT)) == filmed.of(EXPORT)
        pictures = {name for name in archive.namelist() if name.startswith(f"{PICTURES}/")}
    assert pictures == {f"{PICTURES}/{file.name}" for file in (filmed.folder / PICTURES).glob("*.png")}


def test_its_tables_are_those_of_analyze_on_the_same_film(filmed: Filmed) -> None:
    made = {KEYPOINTS: keypoints_table, ANGLES: angles_table, METRICS: metrics_table}
    for name, table in made.items():
        assert csv_text(table(filmed.analysis)) == (filmed.folder / name).read_text(), name


def test_overlay_and_pictures_lie_where_the_session_and_its_phases_say(filmed: Filmed) -> None:
    assert filmed.session.analysed_video is not None
    session_id, blobs = filmed.session.id, filmed.blobs
    assert sorted(blobs.names(f"motion-videos/{session_id}")) == sorted(
        [filmed.session.video, filmed.session.analysed_video]
    )
    assert blobs.read(filmed.session.analysed_video)[4:8] == b"ftyp"
    pictures = {file.name for file in (filmed.folder / PICTURES).glob("*.png")}
    kept = blobs.names(f"motion-pictures/{session_id}")
    assert {name.rpartition("/")[2] for name in kept} == pictures
    assert set(filmed.rows.phases["picture"].drop_nulls()) <= set(kept)


def test_every_text_about_it_is_in_the_tables(filmed: Filmed) -> None:
    with filmed.studio.site.installation() as installation:
        threads = installation.tables.scan(MOTION_THREADS.name).collect()
    theirs = {row["thread_id"]: row["text"] for row in threads.iter_rows(named=True)}
    expected = {one.id: one.said.text for one in all_threads(filmed.analysis, filmed.session.id)}
    assert expected.items() <= theirs.items()
