"""The process that has a film, as it is: its limits, its answers, and that it leaves with its worker."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest

from jobs.apart import run_apart
from jobs.child import ONE_THREAD
from jobs.faults import WorkFailed
from jobs.motion.confined import analysed
from jobs.motion.film import Watched
from jobs.motion.heads import Filmed
from jobs.motion.task import Broken, Found, Task
from jobs.video.chain import Stage
from jobs.video.limits import GIBIBYTE, MEBIBYTE
from jobs.video.sandbox import OUT_OF_MEMORY
from tests.kit.films import Made, numbered, written
from tests.kit.motion.filmed import SQUAT
from tests.kit.odd_films import Maker
from tests.kit.running import ROOT, alive, waiting
from tests.kit.uploaded_films import FAILING

FILMED = Filmed("clinic", "somebody", "session", "request", 2, "default")


def task(film: Path, folder: Path, memory_bytes: int = 2 * GIBIBYTE) -> Task:
    folder.mkdir()
    return Task(film, SQUAT.model_dump(mode="json", exclude_none=True), folder, FILMED, 1, memory_bytes)


def done(one: Task) -> Found | Broken:
    return run_apart(
        Event(), analysed, one, progress=lambda fraction, words="": None, folder=one.folder, environment=ONE_THREAD
    )


def no_film(path: Path) -> Path:
    path.write_bytes(bytes(1000))
    return path


NO_FILMS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "half a second": (lambda path: written(path, numbered(15)), "too_short"),
    "10 pictures a second": (lambda path: written(path, numbered(30), Made(rate=10)), "frame_rate"),
    "no film": (no_film, "not_decodable"),
}


@pytest.mark.parametrize(("make", "reason"), NO_FILMS.values(), ids=NO_FILMS)
def test_a_film_that_cannot_be_analysed_is_an_answer(make: Callable[[Path], Path], reason: str, tmp_path: Path) -> None:
    broken = done(task(make(tmp_path / "film.mp4"), tmp_path / "folder"))
    assert isinstance(broken, Broken)
    assert broken.reason == reason


@pytest.mark.parametrize(("make", "reason"), FAILING.values(), ids=FAILING)
def test_a_film_that_an_upload_takes_and_nothing_comes_of_is_one_too(make: Maker, reason: str, tmp_path: Path) -> None:
    broken = done(task(make(tmp_path), tmp_path / "folder"))
    assert isinstance(broken, Broken)
    assert broken.reason == reason


def test_a_film_that_takes_more_memory_than_it_may_ends_the_process(tmp_path: Path) -> None:
    film = written(tmp_path / "film.mp4", numbered(40))
    with pytest.raises(WorkFailed) as failed:
        done(task(film, tmp_path / "folder", 250 * MEBIBYTE))
    assert failed.value.code == OUT_OF_MEMORY


def test_the_process_has_its_time_from_the_first_frame_on_and_stands_back(monkeypatch: pytest.MonkeyPatch) -> None:
    told, timers, nicer = list[tuple[float, str]](), list[float](), list[int]()
    monkeypatch.setattr(os, "nice", nicer.append)
    monkeypatch.setattr(signal, "setitimer", lambda which, seconds: timers.append(seconds))
    watched = Watched(lambda fraction, words="": told.append((round(fraction, 3), words)))
    watched(0, 0, Stage.PROBE)
    assert (timers, nicer) == ([], [])
    for finished, total, stage in [(0, 900, Stage.POSE), (450, 900, Stage.POSE), (900, 900, Stage.POSE)]:
        watched(finished, total, stage)
    watched(0, 0, Stage.ANALYSIS)
    for finished in (0, 1800, 3600):
        watched(finished, 3600, Stage.DRAWING)
    assert timers == [10 * 600, 10 * 2400]
    assert len(nicer) == 1
    assert [fraction for fraction, _ in told] == [0.0, 0.01, 0.315, 0.62, 0.62, 0.63, 0.8, 0.97]
    assert [words for _, words in told][-1] == "drawing"


ORPHAN = """
import sys
from pathlib import Path
from threading import Event
from jobs.apart import run_apart
from tests.jobs.motion.test_confined import endless

if __name__ == "__main__":
    run_apart(Event(), endless, Path(sys.argv[1]), folder=Path(sys.argv[1]))
"""


def endless(folder: Path) -> None:
    """Says which process it is, and goes on."""
    (folder / "writing").write_text(str(os.getpid()))
    Event().wait()


def test_a_worker_that_is_killed_leaves_neither_process_nor_folder(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    worker = subprocess.Popen([sys.executable, "-c", ORPHAN, str(folder)], env=environment, cwd=ROOT)
    try:
        waiting(lambda: (folder / "writing").exists() and (folder / "writing").read_text())
        pid = int((folder / "writing").read_text())
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    waiting(lambda: not alive(pid))
    assert not folder.exists()
