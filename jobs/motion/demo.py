"""The job that makes the films of a demo session: the synthetic person's, the overlay on it, and the pictures.

It comes round, and does nothing where the blob store has them of this version already. They are labelled as synthetic
in every frame, are of nobody, and nothing sweeps them. Done twice it is harmless: names are the same, and the one that
says the version is put last. The process that draws lets every other one go first, so on a busy machine it may take
long, and where a film of somebody waits the job gives up its place and begins again at the next look.
"""

import os
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import structlog

from blob_store.options import BlobOptions
from blob_store.store import BlobStore
from control.motion_sessions import JOB as ANALYSE
from jobs.apart import run_apart
from jobs.faults import WorkStopped
from jobs.lake import Settings
from jobs.motion.options import MotionJobOptions
from jobs.motion.version import ANALYSIS_VERSION
from jobs.work import Context
from motion.request import Activity
from schemas.motion.blobs import DEMO as BLOBS

KIND: Final = "motion_demo"
VERSION: Final = f"{ANALYSIS_VERSION}-1"
"""What is found in the person, and a number that grows with whatever is drawn otherwise: they, or the overlay."""
ORIGINAL: Final = "original.mp4"
ANALYSED: Final = "analyzed.mp4"
PICTURES: Final = "pictures"
LOOK_EVERY: Final = timedelta(hours=1)
NICENESS: Final = 19

log = structlog.get_logger()


def make_demo(context: Context) -> None:
    """One attempt at the films of one activity, which is the job's key."""
    lake, activity = context.lake, Activity(context.job.key)
    if marker(activity) in lake.blobs.names(folder_of(activity)):
        return
    url = str(lake.settings.room(BlobOptions).blobs_url)
    try:
        run_apart(Patience(context), made, url, activity)
    except WorkStopped:
        if context.stopping.is_set():
            raise
        log.info("demo_put_off", activity=str(activity))
    else:
        log.info("demo_made", activity=str(activity))


class Patience:
    """The wish that a demo ends: the worker's, or that of a film which waits for the place."""

    def __init__(self, context: Context) -> None:
        self._stopping, self._jobs = context.stopping, context.lake.control.jobs

    def is_set(self) -> bool:
        """Whether it should end now; raises ControlUnavailable."""
        return self._stopping.is_set() or bool(self._jobs.list(ANALYSE, "queued", limit=1))


def made(url: str, activity: Activity) -> None:
    """Makes them, in a process apart, and removes those of another version."""
    os.nice(NICENESS)
    blobs, below = BlobStore(url), folder_of(activity)
    with TemporaryDirectory(prefix="kinelake-demo-") as temporary:
        folder = Path(temporary)
        drawn(activity, folder)
        files = {f"{below}/{path.relative_to(folder)}": path for path in folder.rglob("*") if path.is_file()}
        for name, path in files.items():
            blobs.put(name, path)
    older = [name for name in blobs.names(below) if name not in files]
    blobs.delete(*older)
    blobs.put(marker(activity), b"")


def drawn(activity: Activity, folder: Path) -> None:
    """The film, the overlay and the pictures, as files of a folder."""
    # libraries of some hundred megabytes, which only the process apart needs
    import numpy as np

    from jobs.video.album import album
    from jobs.video.drawing import draw
    from jobs.video.probe import probe
    from jobs.video.synthetic import render_demo
    from motion.analysis import analyse
    from motion.synthetic import demo, demo_request

    analysis, original = analyse(demo(activity), demo_request(activity)), folder / ORIGINAL
    render_demo(activity, original)
    film = probe(original)
    draw(film, np.array(film.stamps, float), lambda: album(folder / PICTURES, analysis), folder / ANALYSED)


def marker(activity: Activity) -> str:
    """The blob that says that all of this version is there."""
    return f"{folder_of(activity)}/version-{VERSION}"


def folder_of(activity: Activity) -> str:
    """The folder of an activity's demo session."""
    return f"{BLOBS}/{activity}"


def activities() -> Iterable[str]:
    """Of each there is a demo session."""
    return (activity.value for activity in Activity)


def look_every(settings: Settings) -> timedelta | None:
    """Between two looks whether they are there; None where they are not wanted."""
    return LOOK_EVERY if settings.room(MotionJobOptions).motion_demo else None
