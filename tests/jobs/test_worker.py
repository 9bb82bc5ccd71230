import threading
from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest

from control import Control, Job
from jobs.schedule import Recurring
from jobs.worker import LEASE_SECONDS, Work, Worker
from schemas.shared.faults import Transient
from tests.jobs.conftest import Clock

HOURLY = (Recurring("sweep", timedelta(hours=1)),)


@pytest.fixture
def worker(control: Control, clock: Clock) -> Callable[..., Worker]:
    def make(work: Mapping[str, Work], recurring: tuple[Recurring, ...] = (), owner: str = "a") -> Worker:
        return Worker(control, work, recurring, owner, clock, threading.Event())

    return make


def nothing(_: Job) -> None:
    """Work that is done at once."""


def test_a_job_is_done_once_and_finished(control: Control, worker: Callable[..., Worker]) -> None:
    done: list[str] = []
    control.jobs.enqueue("copy", "k", {})
    one = worker({"copy": lambda job: done.append(job.key)})
    assert (one.work_once(), one.work_once()) == (True, False)
    assert done == ["k"]
    assert control.jobs.list()[0].state == "finished"


def test_only_known_kinds_are_taken(control: Control, worker: Callable[..., Worker]) -> None:
    control.jobs.enqueue("video", "k", {})
    assert not worker({"copy": nothing}).work_once()


def test_what_comes_round_is_queued_when_it_is_due(
    control: Control, clock: Clock, worker: Callable[..., Worker]
) -> None:
    one = worker({"sweep": nothing}, HOURLY)
    assert (one.work_once(), one.work_once()) == (True, False)
    clock.pass_(timedelta(minutes=59))
    assert not one.work_once()
    clock.pass_(timedelta(minutes=1))
    assert one.work_once()
    assert len(control.jobs.list()) == 2


def test_two_workers_do_what_comes_round_once(control: Control, worker: Callable[..., Worker]) -> None:
    first, second = worker({"sweep": nothing}, HOURLY, "a"), worker({"sweep": nothing}, HOURLY, "b")
    assert [first.work_once(), second.work_once()] == [True, False]


def test_a_failure_is_tried_again_and_given_up_at_the_third(
    control: Control, clock: Clock, worker: Callable[..., Worker]
) -> None:
    def fail(_: Job) -> None:
        raise Transient("the store is away")

    control.jobs.enqueue("copy", "k", {})
    one = worker({"copy": fail})
    for _ in range(3):
        assert one.work_once()
        clock.pass_(timedelta(minutes=1))
    (job,) = control.jobs.list()
    assert (job.state, job.reason, job.attempt) == ("failed", "the store is away", 3)
    assert not one.work_once()


def test_an_unexpected_error_fails_the_job_and_not_the_worker(
    control: Control, worker: Callable[..., Worker], capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: Job) -> None:
        raise ZeroDivisionError("1/0")

    control.jobs.enqueue("copy", "k", {})
    assert worker({"copy": fail}).work_once()
    assert control.jobs.list()[0].reason == "ZeroDivisionError"
    assert "job_failed" in capsys.readouterr().out


def test_a_job_of_a_dead_worker_is_taken_over(control: Control, clock: Clock, worker: Callable[..., Worker]) -> None:
    control.jobs.enqueue("copy", "k", {})
    control.jobs.lease(["copy"], "dead", clock(), LEASE_SECONDS)
    one = worker({"copy": nothing})
    assert not one.work_once()
    clock.pass_(timedelta(seconds=LEASE_SECONDS + 1))
    assert one.work_once()
    assert control.jobs.list()[0].owner == "a"


def test_a_worker_that_lost_its_lease_leaves_the_job_to_the_other(
    control: Control, clock: Clock, worker: Callable[..., Worker]
) -> None:
    def slow(_: Job) -> None:
        clock.pass_(timedelta(seconds=LEASE_SECONDS + 1))
        assert control.jobs.lease(["copy"], "other", clock(), LEASE_SECONDS)

    control.jobs.enqueue("copy", "k", {})
    assert worker({"copy": slow}).work_once()
    (job,) = control.jobs.list()
    assert (job.state, job.owner) == ("running", "other")
