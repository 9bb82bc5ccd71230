"""From a film, or from the demo session, to a folder of results."""

import csv
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import av
import pytest

from jobs.video.analyze import AnalysisFailed, analyze_demo, analyze_file
from jobs.video.chain import Stage
from jobs.video.faults import VideoRefused
from jobs.video.folder import LIFTS, NAMES, PAGE, PDF, FolderTaken
from jobs.video.timed import Timed, TookTooLong
from motion.request import Activity, Exercise, Language, Request
from motion.synthetic import demo_request
from tests.kit.films import WALKER, Made, numbered, written
from tests.kit.motion.material import material

# One process of xdist, so that what its tests share is made once.
pytestmark = pytest.mark.xdist_group("analyze")

SQUAT = Request(activity=Activity.MOBILITY, exercise=Exercise.OVERHEAD_SQUAT, height_cm=170)
ALWAYS = NAMES - {PAGE, PDF, LIFTS}


def silent(done: int, total: int, stage: object) -> None:
    pass


def clock() -> datetime:
    return datetime(2026, 11, 21, 18, 0, tzinfo=UTC)


def of(folder: Path, name: str) -> Any:
    return json.loads((folder / name).read_text())


def names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


@pytest.fixture(scope="module")
def lift(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("demo") / "lift"
    analyze_demo(Activity.WEIGHTLIFTING, demo_request(Activity.WEIGHTLIFTING), out, silent, clock)
    return out


@pytest.fixture(scope="module")
def squats(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("demo") / "squats"
    analyze_demo(Activity.MOBILITY, demo_request(Activity.MOBILITY), out, silent, clock)
    return out


def test_the_folder_holds_the_files_of_its_activity(lift: Path, squats: Path) -> None:
    assert names(lift) == ALWAYS | {LIFTS}
    assert names(squats) == ALWAYS | {PAGE, PDF}


def test_everything_of_a_demo_says_that_it_is_one(lift: Path, squats: Path) -> None:
    assert all(of(squats, name)["demo"] is True for name in ("session.json", "export.json"))
    assert of(lift, LIFTS)["demo"] is True
    with ZipFile(squats / "export.zip") as archive:
        assert "Simulated data" in archive.read("README.txt").decode()


def test_the_session_is_done_and_dated(squats: Path) -> None:
    session = of(squats, "session.json")
    assert (session["status"], session["error"]) == ("done", None)
    assert session["created_at"] == {"date": "21/11/2026", "time": "06:00 PM"}
    assert session["repetitions"] == len({phase["rep"] for phase in session["phases"]})


def test_every_picture_that_a_document_names_is_there_and_in_the_archive(squats: Path, lift: Path) -> None:
    for folder in (squats, lift):
        named = {phase["image_url"] for phase in of(folder, "session.json")["phases"]}
        assert named
        with ZipFile(folder / "export.zip") as archive:
            assert named <= set(archive.namelist())
        assert all((folder / name).is_file() for name in named)


def test_the_tables_have_a_row_for_each_frame(squats: Path) -> None:
    frames = of(squats, "export.json")["all_timestamps"]
    for name in ("keypoints.csv", "angles.csv"):
        with (squats / name).open() as opened:
            assert [float(row["t_ms"]) for row in csv.DictReader(opened)] == frames


def test_the_drawn_film_is_as_long_as_the_landmarks(squats: Path) -> None:
    with av.open(str(squats / "analyzed.mp4")) as film:
        frames = sum(1 for _ in film.decode(video=0))
    assert frames == len(of(squats, "export.json")["all_timestamps"])


def test_texts_are_in_six_languages_with_their_references(squats: Path, lift: Path) -> None:
    texts = of(squats, "texts.json")
    assert set(texts) == set(Language)
    assert all(one["references"] for said in texts.values() for one in said.values())
    assert of(lift, LIFTS)["languages"] == list(Language)


def test_no_file_holds_a_nan(squats: Path, lift: Path) -> None:
    files = [file for folder in (squats, lift) for file in folder.iterdir() if file.suffix in {".json", ".csv"}]
    assert [file.name for file in files if "nan" in file.read_text().lower().split(",")] == []


def test_a_film_without_a_person_leaves_a_failed_session_and_nothing_else(tmp_path: Path) -> None:
    film = written(tmp_path / "empty.mp4", numbered(40))
    with pytest.raises(AnalysisFailed, match=r"empty\.mp4 could not be analysed: no_person"):
        analyze_file(film, SQUAT, tmp_path / "out", silent, clock)
    assert names(tmp_path) == {"empty.mp4", "out"}
    assert names(tmp_path / "out") == {"session.json"}
    session = of(tmp_path / "out", "session.json")
    assert (session["status"], session["error"], session["angles"]) == ("failed", "no_person", {})


@pytest.mark.parametrize(("frames", "rate", "reason"), [(20, 30, "too_short"), (30, 10, "frame_rate")])
def test_a_film_that_is_too_short_or_too_slow_says_so(frames: int, rate: int, reason: str, tmp_path: Path) -> None:
    film = written(tmp_path / "film.mp4", numbered(frames), Made(rate=rate))
    with pytest.raises(AnalysisFailed) as failed:
        analyze_file(film, SQUAT, tmp_path / "out", silent, clock)
    assert failed.value.reason == reason
    assert of(tmp_path / "out", "session.json")["error"] == reason


def test_a_fault_of_ours_is_called_internal_and_not_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("nobody")

    monkeypatch.setattr("jobs.video.analyze.run", broken)
    with pytest.raises(AnalysisFailed, match="internal: ZeroDivisionError: nobody") as failed:
        analyze_file(tmp_path / "film.mp4", SQUAT, tmp_path / "out", silent, clock)
    assert isinstance(failed.value.__cause__, ZeroDivisionError)
    assert of(tmp_path / "out", "session.json")["error"] == "internal"


def test_what_is_refused_leaves_no_folder(tmp_path: Path) -> None:
    text = tmp_path / "film.mp4"
    text.write_text("not a film")
    with pytest.raises(VideoRefused):
        analyze_file(text, SQUAT, tmp_path / "out", silent, clock)
    assert names(tmp_path) == {"film.mp4"}


def test_a_film_in_the_folder_of_results_is_never_replaced(tmp_path: Path) -> None:
    film = written(tmp_path / "film.mp4", numbered(40))
    with pytest.raises(FolderTaken):
        analyze_file(film, SQUAT, tmp_path, silent, clock)
    assert names(tmp_path) == {"film.mp4"}


@pytest.mark.slow
def test_a_walker_in_a_real_film_is_analysed_frame_by_frame(tmp_path: Path) -> None:
    told: dict[str, list[tuple[int, int]]] = {}
    film = material(WALKER)
    done = analyze_file(
        film,
        Request(activity=Activity.RUNNING),
        tmp_path / "out",
        lambda count, total, stage: told.setdefault(str(stage), []).append((count, total)),
        clock,
    )
    assert done.folder == tmp_path / "out"
    assert names(done.folder) == ALWAYS
    assert told["drawing"][-1] == (230, 230)
    assert all(done <= total for done, total in told["pose"])
    assert "demo" not in of(done.folder, "session.json")


def test_a_film_that_takes_longer_than_its_length_allows_is_given_up() -> None:
    now = iter([0.0, 119.0, 121.0])
    timed = Timed(lambda done, total, stage: None, lambda: next(now))
    timed(1, 100, Stage.POSE)
    with pytest.raises(TookTooLong, match="120 s"):
        timed(2, 100, Stage.POSE)


def test_a_long_film_has_its_time_in_stages_that_count_no_frames_too() -> None:
    now = iter([0.0, 1.0, 11_000.0, 11_999.0, 12_001.0])
    timed = Timed(lambda done, total, stage: None, lambda: next(now))
    for done, total, stage in [(0, 18_000, Stage.POSE), (18_000, 18_000, Stage.POSE), (0, 0, Stage.ANALYSIS)]:
        timed(done, total, stage)
    with pytest.raises(TookTooLong, match="12000 s, the limit for 18000 frames"):
        timed(0, 0, Stage.ANALYSIS)
