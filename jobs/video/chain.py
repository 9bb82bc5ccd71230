"""A video file to its analysis and its overlay video.

probe → decode, pose and background beside each other, a stretch of the film on each core → analyse → decode, draw and
encode, again a stretch on each core. Drawing waits for the analysis, because what it draws (phases, repetitions,
filtered angles) is known only with the whole film; what is seen is what is exported.
"""

from collections.abc import Callable
from enum import StrEnum
from functools import partial
from pathlib import Path
from threading import Lock

from jobs.video.drawing import Drawer, draw
from jobs.video.film import Film
from jobs.video.limits import slowed, step
from jobs.video.pose import seen
from jobs.video.probe import probe
from motion.analysis import SHORTEST, SLOWEST, Analysis, analyse
from motion.faults import NotAnalysable, Unfit
from motion.request import Request


class Stage(StrEnum):
    """Where the chain is."""

    PROBE = "probe"
    POSE = "pose"
    ANALYSIS = "analysis"
    DRAWING = "drawing"


Progress = Callable[[int, int, Stage], None]
"""Frames done, of how many, in which stage; called from several threads, one at a time."""


class _Counter:
    """Frames of one stage, counted by several threads; a damaged film has fewer than it says."""

    def __init__(self, progress: Progress, total: int, stage: Stage) -> None:
        self._progress, self._total, self._stage = progress, total, stage
        self._done, self._lock = 0, Lock()
        progress(0, total, stage)

    def __call__(self) -> None:
        with self._lock:
            self._done += 1
            self._progress(self._done, max(self._done, self._total), self._stage)


def run(
    path: Path | str,
    request: Request,
    out_video: Path,
    progress: Progress,
    overlay: Callable[[Analysis], Drawer],
) -> Analysis:
    """The analysis of a video file, and the overlay video written to `out_video`.

    `overlay` makes what draws an analysis; it is called once in each thread that draws.

    Raises:
        VideoRefused: the file is no video, or breaks a limit.
        NotDecodable: not one frame came out of it.
        NotAnalysable: too short, too few frames a second, nobody in it.
    """
    progress(0, 0, Stage.PROBE)
    film = probe(path, request)
    slow = slowed(film.rate, request)
    _check(film, slow)
    every = step(film.rate * slow, request)
    posed = seen(film, every, slow, _Counter(progress, -(-film.frames // every), Stage.POSE))
    progress(0, 0, Stage.ANALYSIS)
    analysis = analyse(posed.landmarks, request)
    draw(film, posed.stamps, partial(overlay, analysis), out_video, _Counter(progress, film.frames, Stage.DRAWING))
    return analysis


def _check(film: Film, slow: float) -> None:
    """What needs no pose to be refused."""
    if film.seconds / slow < SHORTEST:
        raise NotAnalysable(Unfit.TOO_SHORT, f"{film.seconds / slow:.2f} s are less than {SHORTEST:g}")
    if film.rate * slow < SLOWEST:
        raise NotAnalysable(Unfit.FRAME_RATE, f"{film.rate * slow:.1f} frames/s are less than {SLOWEST:g}")
