"""What becomes of a session and its job, whatever happens to the process that has the film.

That process is acted here; real ones are in test_confined, test_over_http and tests/chaos.
"""

import itertools
from collections.abc import Callable
from datetime import timedelta
from threading import Event
from typing import Any
from unittest.mock import patch

import pytest

from blob_store.store import BlobStore
from control.faults import ControlUnavailable
from control.jobs import MOST_ATTEMPTS
from control.motion_sessions import AGAIN_AFTER, JOB, MotionSessions
from control.written_offsets import WrittenOffsets
from jobs.faults import WorkFailed, WorkStopped
from jobs.lease import LEASE_SECONDS
from jobs.motion import spool
from jobs.motion.messages import records
from jobs.motion.shown import Shown
from jobs.motion.task import LANDMARKS, PICTURES, SESSIONS, VIDEO, Broken, Found, Task
from jobs.motion.version import ANALYSIS_VERSION
from jobs.outbox import Outbox
from jobs.video.faults import ProbeDied
from jobs.work import Progress
from schemas.motion import LANDMARKS as LANDMARK_STREAM
from schemas.motion import SESSIONS as SESSION_STREAM
from schemas.shared.faults import Terminal
from schemas.shared.times import microseconds
from tests.jobs.conftest import Clock
from tests.jobs.motion.conftest import Studio
from tests.kit.motion.told import THREAD, person

FRAMES = person("squat from the left").body.raw.times.size


class Acted:
    """Leaves the analysis of a synthetic person; `meanwhile` happens in the middle of it."""

    def __init__(self) -> None:
        self.meanwhile: Callable[[Task], Found | Broken | None] = lambda task: None
        self.version = ANALYSIS_VERSION
        self.tasks: list[Task] = []

    def __call__(self, stopping: Event, work: object, task: Task, *, progress: Progress, **_: Any) -> Found | Broken:
        self.tasks.append(task)
        progress(0.5, "pose")
        return self.meanwhile(task) or self._found(task)

    def _found(self, task: Task) -> Found:
        (task.folder / VIDEO).write_bytes(b"overlay")
        (task.folder / PICTURES).mkdir()
        (task.folder / PICTURES / "1-bottom.png").write_bytes(b"picture")
        analysis = person("squat from the left")
        said = records(task.filmed, analysis, self.version, task.at, [THREAD])
        spool.write(task.folder / LANDMARKS, said.landmarks)
        return Found(spool.write(task.folder / SESSIONS, said.sessions))


@pytest.fixture
def acted(monkeypatch: pytest.MonkeyPatch) -> Acted:
    acting = Acted()
    monkeypatch.setattr("jobs.motion.analysing.run_apart", acting)
    return acting


def raising(error: Exception) -> Callable[[Task], None]:
    """What happens in a process that ends so."""

    def meanwhile(_: Task) -> None:
        raise error

    return meanwhile


def state(studio: Studio, name: str) -> tuple[str, str | None, str, int]:
    """Of the session, and of its job."""
    session, job = studio.session(name), studio.job(name)
    return session.status, session.error, job.state, job.attempt


def test_an_analysis_is_on_the_log_in_the_store_and_then_its_session_is_done(studio: Studio, acted: Acted) -> None:
    name = studio.filmed()
    assert studio.work()
    done = studio.session(name)
    assert state(studio, name) == ("done", None, "finished", 1)
    assert (done.progress, done.analysis_version) == (100.0, ANALYSIS_VERSION)
    assert done.analysed_video is not None
    assert studio.lake.blobs.read(done.analysed_video) == b"overlay"
    assert studio.blobs("motion-pictures") == [f"motion-pictures/{name}/1-bottom.png"]
    assert [one["frame_number"] for one in studio.said(LANDMARK_STREAM.name)] == list(range(FRAMES))
    (ended,) = studio.said(SESSION_STREAM.name)
    assert (ended["event_type"], ended["analysis_version"], ended["subject"]) == (
        "analysed",
        ANALYSIS_VERSION,
        done.subject,
    )
    written = studio.lake.control.written.of(f"session:{name}")
    assert {stream: max(offsets.values()) for stream, offsets in written.items()} == {
        stream.name: sum(studio.lake.log.end_offsets(stream.name).values())
        for stream in (LANDMARK_STREAM, SESSION_STREAM)
    }
    assert not acted.tasks[0].folder.exists(), "nothing of the film stays beside the store"


def test_each_step_is_durable_before_the_next(studio: Studio, acted: Acted, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    def watched(owner: type, method: str, words: Callable[..., str]) -> None:
        real = getattr(owner, method)

        def call(*given: Any, **named: Any) -> Any:
            done = real(*given, **named)
            told.append(words(*given, **named))
            return done

        monkeypatch.setattr(owner, method, call)

    studio.filmed()
    watched(BlobStore, "put", lambda _, name, content: f"put {name.rpartition('.')[2]}")
    watched(Outbox, "publish", lambda _, topic, records: f"publish {topic}")
    watched(WrittenOffsets, "note", lambda _, written: "written")
    watched(MotionSessions, "note_of", lambda _, job, **values: values.get("status", "progress"))
    assert studio.work()
    assert told == [
        "processing", "progress", "progress", "put mp4", "put png", "publish motion_landmarks", "written",
        "publish motion_sessions", "written", "done",
    ]  # fmt: skip


def test_a_film_that_cannot_be_analysed_has_failed_and_its_job_is_done(studio: Studio, acted: Acted) -> None:
    acted.meanwhile = lambda _: Broken("no_person", "nobody in it")
    name = studio.filmed()
    assert studio.work()
    assert state(studio, name) == ("failed", "no_person", "finished", 1)
    (ended,) = studio.said(SESSION_STREAM.name)
    assert (ended["event_type"], ended["reason"]) == ("failed", "no_person")
    assert studio.said(LANDMARK_STREAM.name) == []
    assert list(studio.lake.control.written.of(f"session:{name}")) == [SESSION_STREAM.name]


def test_a_film_that_is_not_kept_any_more_has_failed(studio: Studio) -> None:
    name = studio.filmed(film=None)
    assert studio.work()
    assert state(studio, name) == ("failed", "not_kept", "finished", 1)


def again(studio: Studio, clock: Clock, name: str) -> None:
    clock.pass_(AGAIN_AFTER)
    assert studio.lake.control.motion_sessions.queue_again(name)


def test_what_was_found_before_goes_on_to_count_where_the_film_is_gone(
    studio: Studio, acted: Acted, clock: Clock
) -> None:
    name = studio.filmed()
    assert studio.work()
    before = studio.session(name)
    studio.lake.blobs.delete(before.video)
    again(studio, clock, name)
    assert studio.work()
    now = studio.session(name)
    assert (now.status, now.error, now.analysed_video) == ("done", None, before.analysed_video)
    assert [one["event_type"] for one in studio.said(SESSION_STREAM.name)] == ["analysed", "failed"]


def test_a_newer_version_takes_the_place_of_the_older_overlay(studio: Studio, acted: Acted, clock: Clock) -> None:
    name = studio.filmed()
    acted.version = "0.9"
    assert studio.work()
    before = studio.session(name)
    acted.version = ANALYSIS_VERSION
    again(studio, clock, name)
    assert studio.work()
    now = studio.session(name)
    assert now.analysed_video not in (None, before.analysed_video)
    assert studio.blobs("motion-videos") == sorted([now.video, str(now.analysed_video)])
    assert [one["analysis_version"] for one in studio.said(SESSION_STREAM.name)] == ["0.9", ANALYSIS_VERSION]


def test_consent_that_does_not_reach_suppresses_the_analysis(studio: Studio, acted: Acted) -> None:
    name = studio.filmed()
    studio.allowed(1)
    assert studio.work()
    assert state(studio, name) == ("suppressed", None, "finished", 1)
    assert (acted.tasks, studio.said(SESSION_STREAM.name)) == ([], [])


def test_consent_that_is_taken_back_meanwhile_leaves_nothing(studio: Studio, acted: Acted) -> None:
    name = studio.filmed()

    def withdrawn(_: Task) -> None:
        studio.allowed(0)

    acted.meanwhile = withdrawn
    assert studio.work()
    assert studio.session(name).status == "suppressed"
    assert (studio.blobs(), studio.said(LANDMARK_STREAM.name)) == ([studio.session(name).video], [])


def test_of_a_person_who_was_erased_before_there_is_nothing_to_do(studio: Studio, acted: Acted) -> None:
    name = studio.filmed()
    studio.erase()
    assert studio.work()
    assert (studio.job(name).state, acted.tasks) == ("finished", [])


def test_a_person_who_is_erased_while_the_film_is_analysed_leaves_nothing(studio: Studio, acted: Acted) -> None:
    name = studio.filmed()
    video = studio.session(name).video
    acted.meanwhile = lambda _: studio.erase()
    assert studio.work()
    assert studio.job(name).state == "finished"
    assert (studio.blobs(), studio.said(LANDMARK_STREAM.name)) == ([video], [])


def test_what_was_said_of_a_person_who_is_erased_at_that_moment_is_older_than_the_erasure(
    studio: Studio, acted: Acted, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the flow drops it; the film that the erasure looked for is the session's."""
    name, real, erased = studio.filmed(), WrittenOffsets.note, list[int]()
    video = studio.session(name).video

    def erasing(self: WrittenOffsets, written: Any) -> None:
        if not erased:
            clock.pass_(timedelta(milliseconds=1))
            studio.erase()
            erased.append(microseconds(clock()))
        real(self, written)

    monkeypatch.setattr(WrittenOffsets, "note", erasing)
    assert studio.work()
    assert (studio.job(name).state, studio.blobs()) == ("finished", [video])
    said = studio.said(LANDMARK_STREAM.name) + studio.said(SESSION_STREAM.name)
    assert {one["occurred_at"] < erased[0] for one in said} == {True}


@pytest.mark.parametrize(
    "error",
    [ProbeDied("busy"), WorkFailed("it died", -9), ZeroDivisionError("ours")],
    ids=lambda one: type(one).__name__,
)
def test_what_may_pass_is_tried_again_and_internal_at_the_last(
    error: Exception, studio: Studio, acted: Acted, clock: Clock
) -> None:
    acted.meanwhile = raising(error)
    name = studio.filmed()
    for attempt in range(1, MOST_ATTEMPTS):
        assert studio.work()
        assert state(studio, name) == ("queued", None, "queued", attempt)
        assert studio.said(SESSION_STREAM.name) == []
        clock.pass_(timedelta(minutes=5))
    assert studio.work()
    assert state(studio, name) == ("failed", "internal", "failed", MOST_ATTEMPTS)
    assert [one["reason"] for one in studio.said(SESSION_STREAM.name)] == ["internal"]
    assert studio.blobs() == [studio.session(name).video]


def test_what_no_attempt_would_change_has_failed_at_once(studio: Studio, acted: Acted) -> None:
    acted.meanwhile = raising(Terminal("never"))
    name = studio.filmed()
    assert studio.work()
    assert state(studio, name) == ("failed", "internal", "failed", 1)


@pytest.mark.parametrize(("code", "reason"), [(75, "memory"), (-14, "timeout"), (-24, "timeout")])
def test_a_process_that_ends_at_a_limit_says_which(code: int, reason: str, studio: Studio, acted: Acted) -> None:
    acted.meanwhile = raising(WorkFailed("it ended", code))
    name = studio.filmed()
    assert studio.work()
    assert state(studio, name) == ("failed", reason, "finished", 1)


def test_a_worker_that_is_told_to_stop_gives_the_film_back(studio: Studio, acted: Acted) -> None:
    stopping = Event()

    def stopped(_: Task) -> None:
        stopping.set()
        raise WorkStopped("the worker was told to stop")

    acted.meanwhile = stopped
    name = studio.filmed()
    assert studio.work(stopping=stopping)
    assert state(studio, name) == ("queued", None, "queued", 0)


def test_a_worker_that_lost_the_lease_says_nothing_and_the_other_one_is_heard(
    studio: Studio, acted: Acted, clock: Clock
) -> None:
    name = studio.filmed()

    def taken_over(_: Task) -> None:
        acted.meanwhile = lambda task: None
        clock.pass_(timedelta(seconds=LEASE_SECONDS + 1))
        assert studio.work(owner="b")

    acted.meanwhile = taken_over
    assert studio.work(owner="a")
    done = studio.session(name)
    assert state(studio, name) == ("done", None, "finished", 2)
    assert studio.job(name).owner == "b"
    assert [one["event_type"] for one in studio.said(SESSION_STREAM.name)] == ["analysed"]
    assert studio.blobs("motion-videos") == sorted([done.video, str(done.analysed_video)])


def test_a_session_whose_workers_all_died_has_failed(studio: Studio, clock: Clock) -> None:
    name, other = studio.filmed(), studio.filmed()
    for _ in range(MOST_ATTEMPTS):
        assert studio.lake.control.jobs.lease([JOB], "doomed", clock(), LEASE_SECONDS)
        studio.lake.control.motion_sessions.note(name, status="processing")
        clock.pass_(timedelta(seconds=LEASE_SECONDS + 1))
    assert studio.lake.control.jobs.lease([JOB], "heir", clock(), LEASE_SECONDS)
    studio.lake.control.jobs.enqueue("end_left_alone", "end_left_alone", {})
    assert studio.work(kind="end_left_alone")
    assert state(studio, name) == ("failed", "internal", "failed", MOST_ATTEMPTS)
    assert studio.session(other).status == "queued"
    (ended,) = studio.said(SESSION_STREAM.name)
    assert (ended["session_id"], ended["reason"]) == (name, "internal")


def test_an_analysis_that_was_done_when_its_worker_died_is_not_done_again(
    studio: Studio, acted: Acted, clock: Clock
) -> None:
    name = studio.filmed()
    with patch("jobs.worker.Place._end"):
        assert studio.work()
    clock.pass_(timedelta(seconds=LEASE_SECONDS + 1))
    assert studio.work(owner="b")
    assert state(studio, name) == ("done", None, "finished", 2)
    assert len(acted.tasks) == 1


def test_the_session_says_how_far_it_is_once_a_second_and_never_less(
    studio: Studio, acted: Acted, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, shown, now = studio.filmed(), list[tuple[float, float]](), iter(range(100))
    monkeypatch.setattr("jobs.motion.analysing.Shown", lambda context: Shown(context, lambda: next(now) / 3))

    def going(context_progress: Progress) -> None:
        for fraction in (0.51, 0.6, 0.55, 0.7, 0.9):
            context_progress(fraction, "pose")
            shown.append((fraction, studio.session(name).progress))

    real = Acted.__call__

    def call(self: Acted, *given: Any, progress: Progress, **named: Any) -> Found | Broken:
        going(progress)
        return real(self, *given, progress=progress, **named)

    monkeypatch.setattr(Acted, "__call__", call)
    assert studio.work()
    told = [percent for _, percent in shown]
    assert told == sorted(told)
    assert told[0] == 51.0
    assert set(told) < {51.0, 60.0, 70.0, 90.0}, "not each is told"


@pytest.mark.parametrize(
    ("owner", "step"),
    [(BlobStore, "put"), (Outbox, "publish"), (WrittenOffsets, "note"), (MotionSessions, "note_of")],
    ids=lambda one: getattr(one, "__name__", one),
)
def test_a_store_that_is_away_for_a_moment_costs_no_attempt(
    owner: type, step: str, studio: Studio, acted: Acted, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, real, calls = studio.filmed(), getattr(owner, step), itertools.count()

    def away(*given: Any, **named: Any) -> Any:
        if next(calls) % 2 == 0:
            raise ControlUnavailable("away")
        return real(*given, **named)

    monkeypatch.setattr(owner, step, away)
    monkeypatch.setattr("jobs.motion.patience.PAUSE_SECONDS", 0.001)
    assert studio.work()
    assert state(studio, name) == ("done", None, "finished", 1)
    assert next(calls) >= 2
