"""The job that analyses a session's film. Done twice it is harmless: what it says on the log counts once.

Order: overlay and pictures lie in the blob store, then every frame is on the log, then how the analysis ended, then
control notes where that lies, and only then that the session is done. Who reads one of these finds all before it.

What becomes of the session:

    done        its analysis counts, and its older overlay is gone
    failed      the film cannot be analysed, or is not kept any more; or no worker got to its end (internal)
    suppressed  the person's consent does not reach any more
    queued      an attempt was broken off, and another one will be made
"""

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import structlog

from blob_store.faults import BlobMissing
from control.faults import LeaseLost
from control.jobs import MOST_ATTEMPTS
from control.motion_sessions import MotionSession
from event_log import Record
from jobs.apart import run_apart
from jobs.child import ONE_THREAD
from jobs.faults import WorkFailed, WorkStopped
from jobs.motion import spool
from jobs.motion.confined import analysed
from jobs.motion.consent import permitted
from jobs.motion.ending import INTERNAL, failing, filmed, written
from jobs.motion.folders import own_folder
from jobs.motion.names import picture_name, video_name
from jobs.motion.patience import patiently
from jobs.motion.shown import SessionGone, Shown
from jobs.motion.task import LANDMARKS, PICTURES, SESSIONS, VIDEO, Broken, Found, Task
from jobs.motion.version import ANALYSIS_VERSION
from jobs.options import JobOptions
from jobs.video.limits import MEBIBYTE
from jobs.video.sandbox import OUT_OF_MEMORY
from jobs.work import Context
from schemas.motion import LANDMARKS as LANDMARK_STREAM
from schemas.motion import SESSIONS as SESSION_STREAM
from schemas.shared.faults import Terminal
from schemas.shared.stream import Stream
from schemas.shared.times import microseconds

NOT_KEPT: Final = "not_kept"
"""The film is not in the blob store any more."""
T = TypeVar("T")

AT_A_LIMIT: Final = {-signal.SIGALRM: "timeout", -signal.SIGXCPU: "timeout", OUT_OF_MEMORY: "memory"}
"""How the process ends that has the film, where that says something about the film."""
STORING: Final = 97.0
"""Percent, once only storing and publishing are left."""

log = structlog.get_logger()


def analyse_film(context: Context) -> None:
    """One attempt; nothing is to do for a session that was erased, or that an attempt before this one had ended.

    Raises what kept it from being done; the session then waits for the next attempt, or has failed at the last.
    """
    at = microseconds(context.clock())
    session = context.lake.control.motion_sessions.get(context.job.key)
    if session is None or session.status not in ("queued", "processing"):
        log.info("no_analysis_needed", job=context.job.id)
        return
    attempt = Attempt(context, session, at)
    try:
        attempt.made()
    except SessionGone:
        log.info("session_gone", job=context.job.id)
    except LeaseLost:
        raise
    except Exception as error:
        attempt.broken_off(error)
        raise


class Attempt:
    """At a session's analysis, begun `at` (µs since 1970). What it says is as old: an erasure meanwhile counts."""

    def __init__(self, context: Context, session: MotionSession, at: int) -> None:
        self._context, self._lake, self._session, self._at = context, context.lake, session, at
        self._filmed = filmed(session)

    def made(self) -> None:
        """Raises SessionGone, LeaseLost, and what kept it from being done."""
        if not permitted(self._lake.control, self._session):
            self._note(status="suppressed")
            return
        self._note(status="processing", progress=0.0, error=None)
        with own_folder() as folder:
            try:
                outcome = self._outcome(folder)
            except BlobMissing:
                outcome = Broken(NOT_KEPT, "the blob store has no such film any more")
            if isinstance(outcome, Broken):
                self.failed(outcome)
            elif permitted(self._lake.control, self._session):
                self._keep(folder, outcome)
            else:
                self._note(status="suppressed")

    def broken_off(self, error: Exception) -> None:
        """The session waits for the next attempt; after the last, and where none would help, it has failed."""
        stopped = isinstance(error, WorkStopped) and self._context.stopping.is_set()
        last = isinstance(error, Terminal) or self._context.job.attempt >= MOST_ATTEMPTS
        try:
            if last and not stopped:
                self.failed(Broken(INTERNAL, str(error)))
            else:
                self._note(status="queued", progress=0.0)
        except (SessionGone, LeaseLost) as gone:
            log.info("session_left", job=self._context.job.id, reason=str(gone))

    def failed(self, broken: Broken) -> None:
        """Says so on the log and in the session; results of an earlier version go on to count."""
        log.warning("film_not_analysed", job=self._context.job.id, reason=broken.reason, detail=broken.detail)
        record, values = failing(self._session, self._at, broken.reason)
        self._publish(SESSION_STREAM, [record])
        self._note(**values)

    def _outcome(self, folder: Path) -> Found | Broken:
        memory = self._lake.settings.room(JobOptions).film_memory_mib * MEBIBYTE
        with self._lake.blobs.file(self._session.video) as film:
            task = Task(film, self._session.request, folder, self._filmed, self._at, memory)
            shown = Shown(self._context)
            try:
                return run_apart(
                    self._context.stopping, analysed, task, progress=shown, folder=folder, environment=ONE_THREAD
                )
            except WorkFailed as failed:
                reason = AT_A_LIMIT.get(failed.code or 0)
                if reason is None:
                    raise
                return Broken(reason, failed.message)

    def _keep(self, folder: Path, found: Found) -> None:
        # who is not to be heard any more leaves nothing, and says nothing
        self._note(progress=STORING)
        name = video_name(self._session.id)
        self._patiently(self._lake.blobs.put, name, folder / VIDEO)
        pictures = self._pictures(folder)
        try:
            for stream, kind in ((LANDMARK_STREAM, LANDMARKS), (SESSION_STREAM, SESSIONS)):
                for records in spool.read(folder / kind, found.key):
                    self._publish(stream, records)
            done = {"status": "done", "progress": 100.0, "error": None}
            self._note(**done, analysis_version=ANALYSIS_VERSION, analysed_video=name)
        except LeaseLost:
            self._lake.blobs.delete(name)
            raise
        except SessionGone:
            self._lake.blobs.delete(name, *pictures)
            raise
        if self._session.analysed_video is not None:
            self._lake.blobs.delete(self._session.analysed_video)
        log.info("film_analysed", job=self._context.job.id, pictures=len(pictures))

    def _pictures(self, folder: Path) -> list[str]:
        files = sorted((folder / PICTURES).glob("*.png"))
        names = [picture_name(self._session.id, file.name) for file in files]
        for name, file in zip(names, files, strict=True):
            self._patiently(self._lake.blobs.put, name, file)
        return names

    def _publish(self, stream: Stream, records: list[Record]) -> None:
        """They are durable, and whoever reads the session waits until tables have them."""
        positions = self._patiently(self._context.publish, stream.name, records)
        self._patiently(self._lake.control.written.note, written(self._session.id, stream.name, positions))

    def _note(self, **values: object) -> None:
        noted = self._patiently(self._lake.control.motion_sessions.note_of, self._context.job, **values)
        if noted is None:
            raise SessionGone(self._session.id)

    def _patiently(self, step: Callable[..., T], *given: Any, **named: Any) -> T:
        return patiently(self._context.stopping, step, *given, **named)
