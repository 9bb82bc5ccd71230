"""Jobs: one open per kind and key, one holder each, three attempts."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from control.faults import LeaseLost
from control.jobs import Job
from control.store import Control
from tests.control.conftest import Clock

TEN = datetime(2026, 2, 17, 10, tzinfo=UTC)


def leased(control: Control, owner: str = "w1", now: datetime = TEN) -> Job:
    job = control.jobs.lease(["settle"], owner, now)
    assert job is not None
    return job


def test_an_open_job_of_the_same_kind_and_key_is_not_added_twice(control: Control) -> None:
    first = control.jobs.enqueue("settle", "media", {"a": 1})
    assert control.jobs.enqueue("settle", "media", {"a": 2}) == first
    assert control.jobs.enqueue("settle", "audit", {}).id != first.id


def test_a_finished_job_makes_room_for_the_next_of_its_key(control: Control) -> None:
    first = control.jobs.enqueue("settle", "media", {})
    finished = control.jobs.finish(leased(control), TEN)
    assert (finished.state, finished.progress, finished.ended_at) == ("finished", 1.0, TEN)
    assert control.jobs.enqueue("settle", "media", {}).id != first.id


def test_the_oldest_job_of_the_wanted_kinds_is_leased_first(control: Control) -> None:
    control.jobs.enqueue("vacuum", "media", {})
    oldest = control.jobs.enqueue("settle", "a", {})
    control.jobs.enqueue("settle", "b", {})
    job = leased(control)
    assert (job.id, job.state, job.attempt, job.owner) == (oldest.id, "running", 1, "w1")
    assert job.lease_until == TEN + timedelta(seconds=30)


def test_there_is_nothing_to_lease_when_all_is_held_or_of_other_kinds(control: Control) -> None:
    control.jobs.enqueue("settle", "media", {})
    assert control.jobs.lease(["vacuum"], "w1", TEN) is None
    leased(control)
    assert control.jobs.lease(["settle"], "w2", TEN) is None


def test_racing_workers_lease_every_job_exactly_once(control: Control) -> None:
    ids = {control.jobs.enqueue("settle", str(number), {}).id for number in range(40)}

    def work(owner: str) -> list[int]:
        taken = []
        while (job := control.jobs.lease(["settle"], owner, TEN)) is not None:
            taken.append(job.id)
        return taken

    with ThreadPoolExecutor(6) as pool:
        taken = [job for jobs in pool.map(work, "abcdef") for job in jobs]
    assert sorted(taken) == sorted(ids)


def test_threads_that_add_the_same_job_get_one(control: Control) -> None:
    with ThreadPoolExecutor(6) as pool:
        ids = set(pool.map(lambda _: control.jobs.enqueue("settle", "media", {}).id, range(30)))
    assert len(ids) == 1


def test_a_renewed_lease_holds_longer_and_keeps_the_progress(control: Control) -> None:
    control.jobs.enqueue("settle", "media", {})
    job = control.jobs.renew(leased(control), TEN + timedelta(seconds=20), progress=0.5)
    assert control.jobs.lease(["settle"], "w2", TEN + timedelta(seconds=40)) is None
    assert control.jobs.renew(job, TEN + timedelta(seconds=40)).progress == 0.5


def test_a_job_whose_holder_fell_silent_goes_to_another_and_the_first_has_lost_it(control: Control) -> None:
    control.jobs.enqueue("settle", "media", {})
    lost = leased(control, "w1")
    taken = leased(control, "w2", TEN + timedelta(seconds=31))
    assert (taken.id, taken.attempt) == (lost.id, 2)
    for step in (control.jobs.renew, control.jobs.finish):
        with pytest.raises(LeaseLost, match="another worker"):
            step(lost, TEN + timedelta(seconds=32))
    with pytest.raises(LeaseLost):
        control.jobs.fail(lost, "too late", TEN)
    control.jobs.finish(taken, TEN + timedelta(seconds=33))


def test_the_same_worker_does_not_mistake_its_second_lease_for_its_first(control: Control) -> None:
    control.jobs.enqueue("settle", "media", {})
    lost = leased(control)
    leased(control, now=TEN + timedelta(seconds=31))
    with pytest.raises(LeaseLost):
        control.jobs.finish(lost, TEN)


def test_a_failed_job_waits_and_fails_for_good_at_the_third_attempt(control: Control) -> None:
    control.jobs.enqueue("settle", "media", {})
    now = TEN
    for attempt in (1, 2):
        failed = control.jobs.fail(leased(control, now=now), "disk full", now)
        assert (failed.state, failed.attempt, failed.reason) == ("queued", attempt, "disk full")
        assert control.jobs.lease(["settle"], "w1", now) is None
        now += timedelta(seconds=30)
    last = control.jobs.fail(leased(control, now=now), "disk full", now)
    assert (last.state, last.attempt, last.ended_at) == ("failed", 3, now)
    assert control.jobs.lease(["settle"], "w1", now + timedelta(days=1)) is None


def test_a_job_that_silences_its_worker_three_times_has_failed(control: Control) -> None:
    job = control.jobs.enqueue("settle", "media", {})
    now = TEN
    for _ in range(3):
        leased(control, now=now)
        now += timedelta(seconds=31)
    assert control.jobs.lease(["settle"], "w1", now) is None
    ended = control.jobs.get(job.id)
    assert ended is not None
    assert (ended.state, ended.reason) == ("failed", "its worker fell silent 3 times")


def test_jobs_are_listed_newest_first_by_kind_and_state(control: Control, clock: Clock) -> None:
    a, b = (control.jobs.enqueue("settle", key, {}) for key in "ab")
    c = control.jobs.enqueue("vacuum", "c", {})
    leased(control)
    assert [job.id for job in control.jobs.list()] == [c.id, b.id, a.id]
    assert [job.id for job in control.jobs.list(kind="settle", state="queued")] == [b.id]
    assert control.jobs.get(10**6) is None


def test_jobs_that_ended_long_ago_are_forgotten_and_open_ones_never(control: Control) -> None:
    done = control.jobs.enqueue("settle", "a", {})
    control.jobs.finish(leased(control), TEN)
    waiting = control.jobs.enqueue("settle", "b", {})
    assert control.jobs.forget(TEN) == 0
    assert control.jobs.forget(TEN + timedelta(days=1)) == 1
    assert control.jobs.get(done.id) is None
    assert control.jobs.get(waiting.id) is not None


def test_a_job_that_cannot_succeed_fails_at_its_first_attempt(control: Control) -> None:
    control.jobs.enqueue("settle", "media", {})
    failed = control.jobs.give_up(leased(control), "no such stream", TEN)
    assert (failed.state, failed.attempt, failed.reason, failed.ended_at) == ("failed", 1, "no such stream", TEN)
    assert control.jobs.lease(["settle"], "w1", TEN + timedelta(days=1)) is None


def test_a_released_job_is_due_at_once_and_its_attempt_does_not_count(control: Control) -> None:
    control.jobs.enqueue("settle", "media", {})
    for _ in range(4):
        released = control.jobs.release(leased(control), TEN)
        assert (released.state, released.attempt, released.owner) == ("queued", 0, None)
    assert leased(control).attempt == 1


def test_who_released_a_job_has_lost_it_even_where_the_same_worker_has_it_again(control: Control) -> None:
    control.jobs.enqueue("settle", "media", {})
    released = leased(control)
    control.jobs.release(released, TEN)
    again = leased(control)
    assert (again.owner, again.attempt) == (released.owner, released.attempt)
    with pytest.raises(LeaseLost):
        control.jobs.finish(released, TEN)
    control.jobs.finish(again, TEN)


def test_progress_is_told_in_words_and_begins_anew_with_the_next_attempt(control: Control) -> None:
    control.jobs.enqueue("settle", "media", {})
    told = control.jobs.renew(leased(control), TEN, progress=0.4, words="frame 40 of 100")
    assert (told.progress, told.words) == (0.4, "frame 40 of 100")
    kept = control.jobs.renew(told, TEN)
    assert (kept.progress, kept.words) == (0.4, "frame 40 of 100")
    taken = leased(control, "w2", TEN + timedelta(seconds=31))
    assert (taken.attempt, taken.progress, taken.words) == (2, 0.0, None)


def test_jobs_are_listed_by_what_they_are_about(control: Control) -> None:
    a, _ = (control.jobs.enqueue("settle", key, {}) for key in "ab")
    control.jobs.enqueue("vacuum", "a", {})
    assert [job.id for job in control.jobs.list(kind="settle", key="a")] == [a.id]
