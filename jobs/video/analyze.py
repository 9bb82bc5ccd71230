"""One film, or the demo session, from a request to a folder of results: what `kinelake analyze` and the job run."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import numpy as np

from jobs.video.album import album
from jobs.video.chain import Progress, Stage, run
from jobs.video.drawing import draw
from jobs.video.faults import ProbeDied, VideoRefused
from jobs.video.files import write_json
from jobs.video.folder import PICTURES, SESSION, VIDEO, FolderTaken, whole
from jobs.video.probe import probe
from jobs.video.reasons import explained, reason_of
from jobs.video.results import Finished, write_report, write_results
from jobs.video.synthetic import render_demo
from jobs.video.timed import Timed
from motion.analysis import Analysis, analyse
from motion.documents import SessionInfo, Status, unfinished
from motion.documents.pictures import phase_names
from motion.request import Activity, Exercise, Request
from motion.synthetic import demo
from schemas.shared.faults import Terminal

Clock = Callable[[], datetime]


class AnalysisFailed(Terminal):
    """The film was taken and could not be analysed; `reason` is what its session says."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Analysed:
    """An analysis and the folder that its files are in."""

    folder: Path
    analysis: Analysis


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def analyze_file(path: Path, request: Request, out: Path, progress: Progress, clock: Clock = now) -> Analysed:
    """Analyses a film into the folder `out`, which appears whole.

    Raises:
        VideoRefused: the file is no video, or breaks a limit; there is no folder.
        ProbeDied: the file could not be looked at; there is no folder.
        FolderTaken: something else is in `out`.
        AnalysisFailed: the folder holds nothing but a session that says why.
    """
    info = SessionInfo(uuid4().hex, clock(), path.name, VIDEO, user_info=_user_info(request))
    with _failure_told(out, request, info), whole(out) as folder:
        analysis = run(path, request, folder / VIDEO, Timed(progress), partial(album, folder / PICTURES))
        _write(folder, Finished(analysis, info, _images(analysis)))
    return Analysed(out, analysis)


def analyze_demo(activity: Activity, request: Request, out: Path, progress: Progress, clock: Clock = now) -> Analysed:
    """The demo session of an activity into `out`, like a film: the synthetic person enters at the landmarks."""
    info = SessionInfo(f"demo-{activity}", clock(), VIDEO, VIDEO, user_info=_user_info(request), demo=True)
    with _failure_told(out, request, info), whole(out) as folder, TemporaryDirectory() as beside:
        analysis = analyse(demo(activity), request)
        film = Path(beside) / "film.mp4"
        render_demo(activity, film)
        _draw(film, analysis, folder, progress)
        _write(folder, Finished(analysis, info, _images(analysis)))
    return Analysed(out, analysis)


def _write(folder: Path, finished: Finished) -> None:
    """Every file but the overlay video and the pictures."""
    write_results(folder, finished)
    if finished.analysis.request.exercise is Exercise.OVERHEAD_SQUAT:
        write_report(folder, finished)


def _draw(file: Path, analysis: Analysis, folder: Path, progress: Progress) -> None:
    """The overlay on a film whose frames are all analysed."""
    film, done = probe(file), count(1)
    draw(
        film,
        np.array(film.stamps, float),
        partial(album, folder / PICTURES, analysis),
        folder / VIDEO,
        lambda: progress(next(done), film.frames, Stage.DRAWING),
    )


def _images(analysis: Analysis) -> dict[tuple[int, str], str]:
    return {phase: f"{PICTURES}/{name}" for phase, name in phase_names(analysis).items()}


def _user_info(request: Request) -> dict[str, Any]:
    known = {"height": request.height_cm, "weight": request.weight_kg}
    return {name: value for name, value in known.items() if value is not None}


@contextmanager
def _failure_told(out: Path, request: Request, info: SessionInfo) -> Iterator[None]:
    """Leaves a failed session in `out` where an analysis broke off; what was not taken has no session."""
    try:
        yield
    except (VideoRefused, ProbeDied, FolderTaken):
        raise
    except Exception as error:
        reason = reason_of(error)
        with whole(out) as folder:
            write_json(folder / SESSION, unfinished(request, info, Status.FAILED, error=reason))
        raise AnalysisFailed(reason, f"{info.video_url} could not be analysed: {explained(error)}") from error
