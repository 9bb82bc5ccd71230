"""Analyses that are broken off: by consent, by an erasure, by what dies, and by a worker that has to go.

That process is acted here; real ones are in test_confined, test_over_http and tests/chaos.
"""

from datetime import timedelta
from threading import Event
from typing import Any

import pytest

from control.jobs import MOST_ATTEMPTS
from control.motion_sessions import JOB
from control.written_offsets import WrittenOffsets
from jobs.faults import WorkFailed, WorkStopped
from jobs.lease import LEASE_SECONDS
from jobs.motion.task import Task
from jobs.video.faults import ProbeDied
from schemas.motion import LANDMARKS as LANDMARK_STREAM
from schemas.motion import SESSIONS as SESSION_STREAM
from schemas.shared.faults import Terminal
from schemas.shared.times import microseconds
from tests.jobs.conftest import Clock
from tests.jobs.motion.conftest import Studio
from tests.kit.motion.acted import Acted, raising


def test_consent_that_does_not_reach_suppresses_the_analysis(studio: Studio, acted: Acted) -> None:
    name = studio.filmed()
    studio.allowed(1)
    assert studio.work()
    assert studio.state(name) == ("suppressed", None, "finished", 1)
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
        assert studio.state(name) == ("queued", None, "queued", attempt)
        assert studio.said(SESSION_STREAM.name) == []
        clock.pass_(timedelta(minutes=5))
    assert studio.work()
    assert studio.state(name) == ("failed", "internal", "failed", MOST_ATTEMPTS)
    assert [one["reason"] for one in studio.said(SESSION_STREAM.name)] == ["internal"]
    assert studio.blobs() == [studio.session(name).video]


def test_what_no_attempt_would_change_has_failed_at_once(studio: Studio, acted: Acted) -> None:
    acted.meanwhile = raising(Terminal("never"))
    name = studio.filmed()
    assert studio.work()
    assert studio.state(name) == ("failed", "internal", "failed", 1)


@pytest.mark.parametrize(("code", "reason"), [(75, "memory"), (-14, "timeout"), (-24, "timeout")])
def test_a_process_that_ends_at_a_limit_says_which(code: int, reason: str, studio: Studio, acted: Acted) -> None:
    acted.meanwhile = raising(WorkFailed("it ended", code))
    name = studio.filmed()
    assert studio.work()
    assert studio.state(name) == ("failed", reason, "finished", 1)


def test_a_worker_that_is_told_to_stop_gives_the_film_back(studio: Studio, acted: Acted) -> None:
    stopping = Event()

    def stopped(_: Task) -> None:
        stopping.set()
        raise WorkStopped("the worker was told to stop")

    acted.meanwhile = stopped
    name = studio.filmed()
    assert studio.work(stopping=stopping)
    assert studio.state(name) == ("queued", None, "queued", 0)


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
    assert studio.state(name) == ("done", None, "finished", 2)
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
    assert studio.state(name) == ("failed", "internal", "failed", MOST_ATTEMPTS)
    assert studio.session(other).status == "queued"
    (ended,) = studio.said(SESSION_STREAM.name)
    assert (ended["session_id"], ended["reason"]) == (name, "internal")
