"""A lease while its work runs: renewed, told of progress, lost."""

import threading
from datetime import timedelta

import pytest

from control.faults import ControlUnavailable
from control.jobs import Job
from control.store import Control
from jobs.lease import LEASE_SECONDS, RENEW_SECONDS, Lease
from tests.jobs.conftest import Clock
from tests.kit.running import waiting


class Ticks:
    """Monotonic seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def job(control: Control, clock: Clock) -> Job:
    control.jobs.enqueue("film", "k", {})
    found = control.jobs.lease(["film"], "a", clock(), LEASE_SECONDS)
    assert found is not None
    return found


@pytest.fixture
def lease(control: Control, clock: Clock, job: Job, ticks: Ticks) -> Lease:
    return Lease(control.jobs, job, clock, threading.Event(), ticks)


def stored(control: Control) -> Job:
    (job,) = control.jobs.list()
    return job


def test_progress_is_noted_while_the_work_goes_on(control: Control, lease: Lease) -> None:
    with lease.kept():
        lease.progress(0.5, "frame 300 of 600")
        waiting(lambda: stored(control).progress == 0.5)
        assert stored(control).words == "frame 300 of 600"


def test_only_what_was_told_last_is_noted(control: Control, lease: Lease, monkeypatch: pytest.MonkeyPatch) -> None:
    renewals, renew = list[float | None](), control.jobs.renew

    def counted(job: Job, *rest: object) -> Job:
        renewals.append(rest[2])  # type: ignore[arg-type]
        return renew(job, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(control.jobs, "renew", counted)
    for frame in range(1000):
        lease.progress(frame / 1000)
    lease.look()
    lease.look()
    assert renewals == [0.999]


def test_progress_beyond_its_ends_counts_as_the_end(control: Control, lease: Lease) -> None:
    lease.progress(1.0000001)
    lease.look()
    assert stored(control).progress == 1.0


def test_a_lease_is_renewed_in_time(control: Control, clock: Clock, lease: Lease, ticks: Ticks) -> None:
    before = stored(control).lease_until
    lease.look()
    assert stored(control).lease_until == before
    ticks.now += RENEW_SECONDS
    clock.pass_(timedelta(seconds=RENEW_SECONDS))
    lease.look()
    assert stored(control).lease_until == clock() + timedelta(seconds=LEASE_SECONDS)


def test_work_is_told_to_stop_once_another_worker_has_the_job(
    control: Control, clock: Clock, lease: Lease, ticks: Ticks
) -> None:
    clock.pass_(timedelta(seconds=LEASE_SECONDS + 1))
    assert control.jobs.lease(["film"], "b", clock(), LEASE_SECONDS)
    assert not lease.is_set()
    ticks.now += RENEW_SECONDS
    lease.look()
    assert lease.is_set()
    assert lease.lost


def test_work_is_told_to_stop_when_the_lease_could_not_be_renewed_for_as_long_as_it_holds(
    control: Control, lease: Lease, ticks: Ticks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> Job:
        raise ControlUnavailable("the network is cut")

    monkeypatch.setattr(control.jobs, "renew", away)
    ticks.now += LEASE_SECONDS - 1
    lease.look()
    assert not lease.is_set()
    ticks.now += 1
    lease.look()
    assert lease.is_set()


def test_work_is_told_to_stop_when_the_worker_is(control: Control, clock: Clock, job: Job) -> None:
    stopping = threading.Event()
    lease = Lease(control.jobs, job, clock, stopping)
    assert not lease.is_set()
    stopping.set()
    assert lease.is_set()
    assert not lease.lost
