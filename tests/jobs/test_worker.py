"""A place of a worker: one job after the other, and what becomes of each."""

import threading
from datetime import datetime, timedelta

import pytest

from control.faults import ControlUnavailable
from control.jobs import Job
from control.store import Control
from jobs.faults import WorkFailed, WorkStopped
from jobs.lease import LEASE_SECONDS
from jobs.schedule import Recurring
from jobs.work import Context
from schemas.shared.faults import Terminal, Transient
from tests.jobs.conftest import Clock, MakePlace

HOURLY = (Recurring("sweep", timedelta(hours=1)),)


def nothing(_: Context) -> None:
    """Work that is done at once."""


def test_a_job_is_done_once_and_finished(control: Control, place: MakePlace) -> None:
    done: list[str] = []
    control.jobs.enqueue("copy", "k", {})
    one = place({"copy": lambda context: done.append(context.job.key)})
    assert (one.work_once(), one.work_once()) == (True, False)
    assert done == ["k"]
    assert control.jobs.list()[0].state == "finished"


def test_only_known_kinds_are_taken(control: Control, place: MakePlace) -> None:
    control.jobs.enqueue("video", "k", {})
    assert not place({"copy": nothing}).work_once()


def test_what_comes_round_is_queued_when_it_is_due(control: Control, clock: Clock, place: MakePlace) -> None:
    one = place({"sweep": nothing}, HOURLY)
    assert (one.work_once(), one.work_once()) == (True, False)
    clock.pass_(timedelta(minutes=59))
    assert not one.work_once()
    clock.pass_(timedelta(minutes=1))
    assert one.work_once()
    assert len(control.jobs.list()) == 2


def test_two_workers_do_what_comes_round_once(control: Control, place: MakePlace) -> None:
    first, second = place({"sweep": nothing}, HOURLY, "a"), place({"sweep": nothing}, HOURLY, "b")
    assert [first.work_once(), second.work_once()] == [True, False]


def test_a_failure_is_tried_again_and_given_up_at_the_third(control: Control, clock: Clock, place: MakePlace) -> None:
    def fail(_: Context) -> None:
        raise Transient("the store is away")

    control.jobs.enqueue("copy", "k", {})
    one = place({"copy": fail})
    for _ in range(3):
        assert one.work_once()
        clock.pass_(timedelta(minutes=1))
    (job,) = control.jobs.list()
    assert (job.state, job.reason, job.attempt) == ("failed", "the store is away", 3)
    assert not one.work_once()


def test_an_unexpected_error_fails_the_job_and_not_the_worker(
    control: Control, place: MakePlace, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: Context) -> None:
        raise ZeroDivisionError("1/0")

    control.jobs.enqueue("copy", "k", {})
    assert place({"copy": fail}).work_once()
    assert control.jobs.list()[0].reason == "ZeroDivisionError"
    assert "job_failed" in capsys.readouterr().out


def test_a_job_of_a_dead_worker_is_taken_over(control: Control, clock: Clock, place: MakePlace) -> None:
    control.jobs.enqueue("copy", "k", {})
    control.jobs.lease(["copy"], "dead", clock(), LEASE_SECONDS)
    one = place({"copy": nothing})
    assert not one.work_once()
    clock.pass_(timedelta(seconds=LEASE_SECONDS + 1))
    assert one.work_once()
    assert control.jobs.list()[0].owner == "a"


def test_a_worker_that_lost_its_lease_leaves_the_job_to_the_other(
    control: Control, clock: Clock, place: MakePlace
) -> None:
    def slow(_: Context) -> None:
        clock.pass_(timedelta(seconds=LEASE_SECONDS + 1))
        assert control.jobs.lease(["copy"], "other", clock(), LEASE_SECONDS)

    control.jobs.enqueue("copy", "k", {})
    assert place({"copy": slow}).work_once()
    (job,) = control.jobs.list()
    assert (job.state, job.owner) == ("running", "other")


def test_what_cannot_succeed_fails_at_once(control: Control, place: MakePlace) -> None:
    def refuse(_: Context) -> None:
        raise Terminal("the film is no film")

    control.jobs.enqueue("copy", "k", {})
    assert place({"copy": refuse}).work_once()
    (job,) = control.jobs.list()
    assert (job.state, job.reason, job.attempt) == ("failed", "the film is no film", 1)


@pytest.mark.parametrize(
    "error", [Transient("away"), WorkFailed("killed"), WorkStopped("for no reason"), KeyError("x")]
)
def test_what_may_pass_waits_twice_as_long_each_time(
    error: Exception, control: Control, clock: Clock, place: MakePlace
) -> None:
    def fail(_: Context) -> None:
        raise error

    control.jobs.enqueue("copy", "k", {})
    one, waits = place({"copy": fail}), list[timedelta]()
    while one.work_once():
        (job,) = control.jobs.list()
        waits.append(job.available_at - clock.now)
        clock.pass_(waits[-1])
    assert waits[:2] == [timedelta(seconds=30), timedelta(seconds=60)]
    assert (len(waits), control.jobs.list()[0].state) == (3, "failed")


def test_work_that_is_told_to_stop_goes_back_without_an_attempt(control: Control, place: MakePlace) -> None:
    stopping = threading.Event()

    def film(context: Context) -> None:
        stopping.set()
        assert context.stopping.is_set()
        raise WorkStopped("half done")

    control.jobs.enqueue("film", "k", {})
    assert place({"film": film}, stopping=stopping).work_once()
    (job,) = control.jobs.list()
    assert (job.state, job.attempt, job.owner) == ("queued", 0, None)
    assert place({"film": nothing}, owner="b").work_once()


def test_a_result_is_told_once_the_control_store_is_back(
    control: Control, place: MakePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish, away = control.jobs.finish, [ControlUnavailable("restarting")]

    def finish_later(job: Job, now: datetime) -> Job:
        if away:
            raise away.pop()
        return finish(job, now)

    monkeypatch.setattr("jobs.worker.IDLE_SECONDS", 0)
    monkeypatch.setattr(control.jobs, "finish", finish_later)
    control.jobs.enqueue("film", "k", {})
    assert place({"film": nothing}).work_once()
    (job,) = control.jobs.list()
    assert (job.state, job.attempt) == ("finished", 1)


def test_what_comes_round_is_told_apart_by_its_key(control: Control, place: MakePlace) -> None:
    rounds = tuple(Recurring("settle", timedelta(hours=1), stream) for stream in ("media", "pose"))
    one = place({"settle": nothing}, rounds)
    assert [one.work_once() for _ in range(3)] == [True, True, False]
    assert {job.key for job in control.jobs.list()} == {"media", "pose"}


def test_what_is_late_comes_round_once_when_it_has_ended(control: Control, clock: Clock, place: MakePlace) -> None:
    one = place({"sweep": nothing}, HOURLY)
    assert one.work_once()
    clock.pass_(timedelta(hours=1))
    job = control.jobs.enqueue("sweep", "sweep", {})
    held = control.jobs.lease(["sweep"], "other", clock(), LEASE_SECONDS)
    assert held is not None
    clock.pass_(timedelta(minutes=61))
    control.jobs.renew(held, clock(), LEASE_SECONDS)
    assert not one.work_once()
    control.jobs.finish(held, clock())
    assert one.work_once()
    assert len(control.jobs.list()) == 3
    assert job.id == held.id
