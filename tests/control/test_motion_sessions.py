"""Filmed sessions on both databases: begun once, queued again at most once an hour, gone with their person."""

import pytest

from control.faults import LeaseLost
from control.motion_sessions import JOB, JointMobilityConfig, MotionSession, Wanted
from control.store import Control
from control.written_offsets import Written
from tests.control.conftest import Clock

ANN = "ann@example.org"


@pytest.fixture
def acme(control: Control) -> Control:
    control.organisations.create("acme")
    return control


def session(clock: Clock, name: str = "s-1", **fields: object) -> MotionSession:
    said = {"tenant": "acme", "subject": "a" * 64, "user_id": ANN, "activity": "running", "exercise": None}
    film = {"video": f"motion-videos/{name}/original.mp4", "sha256": "0" * 64, "video_bytes": 10}
    decision = {"request_id": "r", "consent_level": 2, "consent_source": "default", "gpc": False}
    times = {"created_at": clock(), "queued_at": clock()}
    more = {"title": "Running", "request": {"activity": "running"}}
    return MotionSession(**{"id": name, **said, **more, **film, **decision, **times, **fields})  # type: ignore[arg-type]


def written(name: str = "s-1") -> list[Written]:
    return [Written(f"session:{name}", "motion_sessions", 3, 8)]


def test_a_session_begins_once_with_its_job_and_where_its_row_lies(acme: Control, clock: Clock) -> None:
    first = session(clock)
    assert acme.motion_sessions.begin(first, written()) == first
    clock.pass_seconds(60)
    assert acme.motion_sessions.begin(session(clock, title="later"), written()) == first
    assert acme.motion_sessions.get("s-1") == first
    assert acme.motion_sessions.get("s-2") is None
    assert acme.written.of("session:s-1") == {"motion_sessions": {3: 8}}
    assert [job.key for job in acme.jobs.list(JOB)] == ["s-1"]
    assert ANN not in repr(first)


def test_the_newest_are_listed_as_they_are_wanted(acme: Control, clock: Clock) -> None:
    for number in range(3):
        clock.pass_seconds(1)
        acme.motion_sessions.begin(session(clock, f"s-{number}"), [])
    acme.motion_sessions.begin(session(clock, "jump", activity="jumping", subject="b" * 64), [])
    acme.motion_sessions.begin(session(clock, "foreign", tenant="globex"), [])
    acme.motion_sessions.note("s-0", status="done", progress=100.0, analysis_version="1")
    listed = acme.motion_sessions.newest
    assert [each.id for each in listed(Wanted("acme", "a" * 64), 2)[0]] == ["s-2", "s-1"]
    assert ([each.id for each in listed(Wanted("acme", "a" * 64), 2, 2)[0]], listed(Wanted("acme"), 1)[1]) == (
        ["s-0"], 4,
    )  # fmt: skip
    assert [each.id for each in listed(Wanted("acme", activity="jumping"), 9)[0]] == ["jump"]
    assert [each.id for each in listed(Wanted("acme", status="done"), 9)[0]] == ["s-0"]


def test_a_session_is_found_by_the_letters_that_its_id_begins_with(acme: Control, clock: Clock) -> None:
    alike = ["01900000-0000-7000-8000-000000000001", "01900000-0000-7fff-bfff-ffffffffffff"]
    beside = ["01900000-0001-7000-8000-000000000001", "018fffff-ffff-7fff-bfff-ffffffffffff"]
    for name in (*beside, *alike):
        acme.motion_sessions.begin(session(clock, name), [])
    acme.motion_sessions.begin(session(clock, "01900000-0000-7000-8000-000000000002", tenant="globex"), [])
    assert [each.id for each in acme.motion_sessions.of_letters("acme", "019000000000")] == alike
    assert acme.motion_sessions.of_letters("acme", "019000000002") == []


def test_only_what_has_ended_is_queued_again_and_once_an_hour(acme: Control, clock: Clock) -> None:
    acme.motion_sessions.begin(session(clock), [])
    clock.pass_seconds(3600)
    assert not acme.motion_sessions.queue_again("s-1"), "it is queued"
    job = acme.jobs.list(JOB)[0]
    acme.motion_sessions.note("s-1", status="failed", error="no_person")
    leased = acme.jobs.lease([JOB], "worker", clock())
    assert leased is not None
    assert leased.id == job.id
    acme.jobs.give_up(leased, "no_person", clock())
    assert acme.motion_sessions.queue_again("s-1")
    again = acme.motion_sessions.get("s-1")
    assert again is not None
    assert (again.status, again.error, again.queued_at) == ("queued", None, clock())
    acme.motion_sessions.note("s-1", status="failed")
    assert not acme.motion_sessions.queue_again("s-1"), "not within the hour"
    assert [each.state for each in acme.jobs.list(JOB)] == ["queued", "failed"]


def test_a_configuration_keeps_what_is_not_given(acme: Control, clock: Clock) -> None:
    sessions = acme.motion_sessions
    assert sessions.configure("s-1", comments={}) is None
    sessions.begin(session(clock), [])
    assert sessions.config("s-1") is None
    assert sessions.configure("s-1") == JointMobilityConfig(None, {})
    assert sessions.configure("s-1", shown_angles=["knee_angle"]) == JointMobilityConfig(["knee_angle"], {})
    changed = sessions.configure("s-1", comments={"knee_angle": "stiff"})
    assert changed == sessions.config("s-1") == JointMobilityConfig(["knee_angle"], {"knee_angle": "stiff"})


def test_an_erasure_of_all_that_an_organisation_holds_forgets_the_sessions(acme: Control, clock: Clock) -> None:
    acme.motion_sessions.begin(session(clock), written())
    acme.motion_sessions.begin(session(clock, "other", subject="b" * 64), written("other"))
    acme.motion_sessions.configure("s-1", comments={"knee_angle": "stiff"})
    of_project, _ = acme.erasures.begin(tenant="acme", subject="a" * 64, requested_by="operator", scope="shop")
    assert acme.motion_sessions.get("s-1") is not None
    assert acme.erasures.sessions(of_project.id) == []
    erasure, _ = acme.erasures.begin(tenant="acme", subject="a" * 64, requested_by="operator")
    assert acme.erasures.sessions(erasure.id) == ["s-1"]
    assert (acme.motion_sessions.get("s-1"), acme.motion_sessions.config("s-1")) == (None, None)
    assert acme.motion_sessions.note("s-1", status="done") is None
    assert acme.motion_sessions.configure("s-1", comments={}) is None
    assert (acme.written.of("session:s-1"), acme.written.of("session:other")) == ({}, {"motion_sessions": {3: 8}})
    assert acme.motion_sessions.get("other") is not None


def test_only_who_has_its_job_writes_down_how_far_a_session_is(acme: Control, clock: Clock) -> None:
    acme.motion_sessions.begin(session(clock), [])
    first = acme.jobs.lease([JOB], "a", clock(), 30)
    assert first is not None
    noted = acme.motion_sessions.note_of(first, status="processing", progress=12.5)
    assert noted is not None
    assert (noted.status, noted.progress) == ("processing", 12.5)
    clock.pass_seconds(31)
    second = acme.jobs.lease([JOB], "b", clock(), 30)
    assert second is not None
    with pytest.raises(LeaseLost):
        acme.motion_sessions.note_of(first, status="done")
    acme.erasures.begin(tenant="acme", subject="a" * 64, requested_by="operator")
    assert acme.motion_sessions.note_of(second, status="done") is None


def test_a_session_is_left_alone_once_its_job_has_ended_without_it(acme: Control, clock: Clock) -> None:
    for name in ("s-1", "s-2", "done"):
        acme.motion_sessions.begin(session(clock, name), [])
    assert acme.motion_sessions.left_alone() == []
    for _ in range(3):
        job = acme.jobs.lease([JOB], "a", clock(), 30)
        assert job is not None
        acme.motion_sessions.note_of(job, status="processing")
        acme.jobs.give_up(job, "its workers died", clock())
    acme.motion_sessions.note("done", status="done")
    assert [each.id for each in acme.motion_sessions.left_alone()] == ["s-1", "s-2"]
