"""Films whose workers die by kill -9 in the middle of it: each that got its 200 is analysed, and once in the tables."""

from collections import Counter
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from random import Random
from time import monotonic

import polars as pl
import pytest

from blob_store.store import BlobStore
from control.jobs import MOST_ATTEMPTS, Job
from control.motion_sessions import JOB
from jobs.lease import LEASE_SECONDS
from jobs.motion.analysing import STORING
from kinelake.installation import Installation
from schemas.motion.sessions import ANALYSED, UPLOADED
from sinks.motion.rebuilt import rebuilt
from tests.kit.chaos.plan import seed
from tests.kit.films import BALANCER
from tests.kit.motion.ahead import worker
from tests.kit.motion.clips import clip
from tests.kit.motion.studio import FLOWS, Studio
from tests.kit.running import waiting

pytestmark = [pytest.mark.chaos, pytest.mark.slow, pytest.mark.timeout(900)]

KILLS = 20
FRAMES = 40
MOST_SECONDS = 4.0
"""About as long as an attempt takes."""
OPEN = 2
"""Films that wait, or are worked on, whenever a worker begins."""


class Doomed:
    """Workers that die one after the other, each with a clock that is ahead of those before it."""

    def __init__(self, studio: Studio, installation: Installation, film: Path, beside: Path) -> None:
        self.sessions: list[str] = []
        self.died = 0
        self._studio, self._control, self._film, self._beside = studio, installation.control, film, beside
        self._begun = 0

    def die(self, random: Random) -> None:
        """The next one, at a drawn moment of a film for which there is another attempt."""
        self._upload()
        process = worker(self._studio.site.data, self._ahead(), self._beside)
        try:
            job = waiting(lambda: self._held(f"worker {process.pid}"))
            until = monotonic() + random.uniform(0, MOST_SECONDS)
            storing = random.random() < 0.3
            waiting(lambda: self._over(job) or (self._storing(job) if storing else monotonic() >= until))
            self.died += not self._over(job)
        finally:
            process.kill()
            process.wait()

    def live(self) -> None:
        """The last one does what there is to do."""
        process = worker(self._studio.site.data, self._ahead(), self._beside)
        for session in self.sessions:
            waiting(lambda session=session: self._status(session) not in ("queued", "processing"))
        process.terminate()
        assert process.wait(60) == 0

    def _upload(self) -> None:
        """As many as are missing."""
        waits = [session for session in self.sessions if self._status(session) in ("queued", "processing")]
        for _ in range(OPEN - len(waits)):
            self.sessions.append(
                self._studio.upload(self._film, "/mobility-assessment/sessions/", exercise="Overhead Squat")
            )

    def _ahead(self) -> timedelta:
        self._begun += 1
        return self._begun * timedelta(seconds=LEASE_SECONDS + 1)

    def _held(self, owner: str) -> Job | None:
        """What that worker does, unless it is the last attempt at it."""
        jobs = self._control.jobs.list(kind=JOB, state="running")
        return next((job for job in jobs if job.owner == owner and job.attempt < MOST_ATTEMPTS), None)

    def _over(self, job: Job) -> bool:
        now = self._control.jobs.get(job.id)
        return now is None or now.state != "running"

    def _storing(self, job: Job) -> bool:
        found = self._control.motion_sessions.get(job.key)
        return found is not None and found.progress >= STORING

    def _status(self, session: str) -> str:
        found = self._control.motion_sessions.get(session)
        assert found is not None
        return found.status


def test_each_film_that_got_its_200_is_analysed_once_however_many_workers_die_of_it(tmp_path: Path) -> None:
    random, studio, beside = Random(seed()), Studio(tmp_path / "data"), tmp_path / "beside"
    beside.mkdir()
    film = clip(BALANCER, tmp_path / "film.mp4", FRAMES)
    with ExitStack() as roles, studio.site.installation() as installation:
        for role in ("web", FLOWS):
            roles.enter_context(studio.site.role(role))
        doomed = Doomed(studio, installation, film, beside)
        while doomed.died < KILLS:
            doomed.die(random)
        doomed.live()
        for session in doomed.sessions:
            each_once(studio, session)
        blobs = BlobStore(str(studio.site.effective.settings.blobs_url))
        overlays_are_there(studio, blobs, doomed.sessions)
    left = [file for file in beside.rglob("*") if file.is_file()]
    assert left == [], "what a worker had beside the stores goes with it"


def each_once(studio: Studio, session: str) -> None:
    """One analysis in the tables, and every row of it once."""
    done, rows = studio.session(session), studio.stored(session)
    assert (done.status, done.error, done.progress) == ("done", None, 100.0)
    assert Counter(rows.sessions["event_type"]) == {UPLOADED: 1, ANALYSED: 1}
    assert rows.landmarks["frame_number"].sort().to_list() == list(range(FRAMES))
    for table, key in ((rows.angles, ["frame_number", "name"]), (rows.metrics, ["number"]), (rows.phases, ["number"])):
        assert table.select(pl.struct("analysis_version", *key).n_unique()).item() == table.height
    assert rebuilt(rows) is not None


def overlays_are_there(studio: Studio, blobs: BlobStore, sessions: list[str]) -> None:
    """Each session's; what else a worker put before it died is swept, since nothing refers to it."""
    for session in sessions:
        done, names = studio.session(session), blobs.names(f"motion-videos/{session}")
        assert {done.video, done.analysed_video} <= set(names)
        assert len(names) <= 1 + MOST_ATTEMPTS
