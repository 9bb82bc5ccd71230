"""What is told of a film over HTTP are the numbers of its analysis: each float as `kinelake analyze` writes it."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from zipfile import ZipFile

import httpx
import pytest

from motion import documents
from motion.analysis import Analysis, analyse
from motion.documents import Kind
from motion.documents.pictures import phase_names
from motion.request import Activity, Exercise, Language, MeasurementSystem
from motion.synthetic import demo, demo_request, joint_mobility
from motion.texts import comments, recommendations, summaries
from reports.labels import labels
from tests.kit.motion.clinic import Clinic, FilmedSession
from tests.kit.motion.documents import lifted
from tests.kit.motion.filmed import RANGES, film
from tests.kit.report_pages import words_of
from tests.kit.site import Site

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("motion numbers"), pytest.mark.timeout(300)]

OLDER = "0.1"


def demonstrated(activity: Activity) -> Callable[[], Analysis]:
    return lambda: analyse(demo(activity), demo_request(activity))


ANALYSES: Mapping[str, Callable[[], Analysis]] = {
    "running": demonstrated(Activity.RUNNING),
    "jumping": demonstrated(Activity.JUMPING),
    "squat": demonstrated(Activity.MOBILITY),
    "lift": lifted,
    "joints": lambda: analyse(film(joint_mobility(), 30), RANGES.model_copy(update={"session_name": "Morning"})),
}


class Told:
    """The clinic, and its sessions by name; `older` is the squat as an earlier version analysed it."""

    def __init__(self, clinic: Clinic) -> None:
        self.clinic = clinic
        self.sessions = {name: clinic.analysed(made()) for name, made in ANALYSES.items()}
        self.sessions["older"] = clinic.analysed(self.sessions["squat"].analysis, version=OLDER)
        clinic.in_tables()

    def of(self, name: str) -> tuple[FilmedSession, str]:
        """A session, and the path of it."""
        session = self.sessions[name]
        return session, f"/{session.analysis.request.activity}/sessions/{session.id}"

    def get(self, path: str, **asked: object) -> httpx.Response:
        answer = self.clinic.ann.get(path, params={name: str(value) for name, value in asked.items()})
        assert answer.status_code == 200, answer.text
        return answer


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    site = Site(tmp_path_factory.mktemp("numbers") / "data")
    with ExitStack() as lives:
        for role in ("web", "flows"):
            lives.enter_context(site.role(role))
        clinic = Clinic(site.url, lives.enter_context(site.installation()))
        yield Told(clinic)
        clinic.ann.close()


EVERY = (*ANALYSES, "older")
SQUATS = ("squat", "older")


def exact(document: Mapping[str, object]) -> object:
    """A document as JSON says it."""
    return json.loads(json.dumps(document, allow_nan=False))


@pytest.mark.parametrize("name", EVERY)
def test_a_session(told: Told, name: str) -> None:
    session, path = told.of(name)
    found = told.get(path).json()
    urls = [phase["image_url"] for phase in found["phases"]]
    images = {phase: url for phase, url in zip(_phases(session.analysis), urls, strict=True) if url is not None}
    assert images.keys() == phase_names(session.analysis).keys()
    assert found == exact(documents.session(session.analysis, session.info(found), images))


def _phases(analysis: Analysis) -> list[tuple[int, str]]:
    return [(phase.rep, phase.name) for phase in analysis.findings.phases]


@pytest.mark.parametrize("name", EVERY)
def test_an_export(told: Told, name: str) -> None:
    session, path = told.of(name)
    analysis = session.analysis
    found = told.get(f"{path}/export", world="true").json()
    urls = [phase.pop("image_url") for phase in found["phases"]]
    images = dict(zip(_phases(analysis), urls, strict=True))
    expected = documents.export(analysis, world=True, images={name: url for name, url in images.items() if url})
    for phase in expected["phases"]:
        phase.pop("image_url")
    assert found == exact(expected)


@pytest.mark.parametrize("name", EVERY)
def test_tables_as_csv_and_in_an_archive(told: Told, name: str) -> None:
    session, path = told.of(name)
    analysis = session.analysis
    text = told.get(f"{path}/export", format="csv", world=1).text
    assert text == documents.csv_text(documents.export_table(analysis, world=True))
    assert len(list(csv.reader(io.StringIO(text)))) == analysis.body.raw.times.size + 1
    archive = ZipFile(io.BytesIO(told.get(f"{path}/export", format="zip", world=1).content))
    tables = documents.keypoints_table, documents.angles_table, documents.metrics_table
    for file, table in zip(("keypoints", "angles", "metrics"), tables, strict=True):
        assert archive.read(f"{file}.csv").decode() == documents.csv_text(table(analysis))
    exported = json.loads(archive.read("export.json"))
    whole = exact(documents.export(analysis, world=True, images=_archived(analysis)))
    assert exported == whole


def _archived(analysis: Analysis) -> dict[tuple[int, str], str]:
    return {phase: f"pictures/{name}" for phase, name in phase_names(analysis).items()}


@pytest.mark.parametrize("system", MeasurementSystem)
@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", SQUATS)
def test_a_report_and_a_summary(told: Told, name: str, language: Language, system: MeasurementSystem) -> None:
    session, path = told.of(name)
    analysis, asked = session.analysis, {"language": language, "measurement_system": system}
    found = told.get(f"{path}/report", **asked).json()
    said = comments(analysis, language, system)
    assert found == exact(documents.report(analysis, session.info({}), said, found["knee_movement_phases"]))
    found = told.get(f"{path}/summary", **asked).json()
    written = summaries(analysis, language, system)
    assert found == exact(documents.summary(analysis, session.info({}), written, found["knee_movement_phases"]))
    page = words_of(told.get(f"{path}/report", format="html", **asked).text)
    assert labels(language)("report.title") in page.text


@pytest.mark.parametrize("name", SQUATS)
def test_a_reports_document(told: Told, name: str) -> None:
    _, path = told.of(name)
    answer = told.get(f"{path}/report", format="pdf", language="ro", measurement_system="imperial")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    assert b"%%EOF" in answer.content[-64:]


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("name", SQUATS)
def test_threads(told: Told, name: str, kind: Kind) -> None:
    session, path = told.of(name)
    asked = {"language": "fr", "measurement_system": "imperial"}
    found = told.clinic.ann.post(f"{path}/{kind}/", params=asked).json()
    expected = documents.threads(session.analysis, session.id, kind, Language.FR, MeasurementSystem.IMPERIAL)
    assert found == documents.thread_ids(expected)
    assert told.clinic.ann.post(f"{path}/{kind}/", params=asked).json() == found
    for one in expected:
        thread = told.get(f"/mobility-assessment/threads/{one.id}/").json()
        assert thread["session_id"] == session.id
        message = {"role": "assistant", "text": one.said.text, "references": list(one.said.references)}
        assert thread["messages"] == [message]


@pytest.mark.parametrize("language", ["", *Language])
def test_a_lift_analysis(told: Told, language: str) -> None:
    session, path = told.of("lift")
    asked = {"language": language} if language else {}
    found = told.get(f"{path}/lift-analysis", **asked).json()
    urls = [phase["image_url"] for repetition in found["repetitions"] for phase in repetition["phases"]]
    images = dict(zip(_phases(session.analysis), urls, strict=True))
    chosen = [Language(language)] if language else list(Language)
    texts = {one: recommendations(session.analysis, one, MeasurementSystem.METRIC) for one in chosen}
    assert found == exact(documents.lift_analysis(session.analysis, texts, session.info({}), images))


def test_joint_mobility(told: Told) -> None:
    session, path = told.of("joints")
    found = told.clinic.ann.post(f"{path}/joint-mobility").json()
    assert session.analysis.request.exercise is Exercise.JOINT_ANGLE_MOBILITY
    assert found == exact(documents.joint_mobility(session.analysis, session.info({})))


def test_the_newest_analysis_counts_and_threads_of_before_still_open(told: Told) -> None:
    before = told.sessions["squat"].analysis
    session = told.clinic.begun(before.request)
    path = f"/mobility-assessment/sessions/{session.id}"
    told.clinic.analyse(session, before, "1")
    ids = told.clinic.ann.post(f"{path}/summary").json()
    assert told.get(f"{path}/export").json()["metrics"] == exact(documents.export(before)["metrics"])
    newer = analyse(demo(Activity.MOBILITY), before.request.model_copy(update={"mirrored": True}))
    told.clinic.analyse(session, newer, "2")
    assert told.get(f"{path}/export").json()["metrics"] == exact(documents.export(newer)["metrics"])
    assert told.clinic.ann.post(f"{path}/summary").json() == ids
    assert told.get(f"/mobility-assessment/threads/{ids['final_summary']}").json()["session_id"] == session.id
