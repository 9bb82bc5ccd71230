"""Erasures: begun once, hidden at once, and told how far they are."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from control.capture_sessions import CaptureSession
from control.erasures import Begun, Erasure
from control.faults import SessionErased
from control.store import Control
from control.written_offsets import Written
from tests.control.conftest import Clock
from tests.control.test_motion_sessions import session as filmed
from tests.kit.capture import begin as begin_session

PROJECT, ANOTHER = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"


@pytest.fixture
def sessions(control: Control) -> Control:
    """Two of zoe's in one project, one in another, and one of somebody else."""
    begun = (("a", PROJECT, "zoe"), ("b", PROJECT, "zoe"), ("c", ANOTHER, "zoe"), ("d", PROJECT, "ann"))
    for session_id, project, subject in begun:
        begin_session(
            control,
            CaptureSession(
                id=session_id,
                tenant="acme",
                project_id=project,
                subject=subject,
                user_id=f"{subject}@example.org",
                capture_mode="events",
                frame_rate=10.0,
                created_at=datetime(2026, 2, 1, tzinfo=UTC),
            ),
        )
        control.written.note([Written(f"session:{session_id}", "capture_events", 0, 5)])
    return control


def begin(control: Control, scope: str = "") -> Begun:
    return control.erasures.begin(tenant="acme", subject="zoe", requested_by="api_key:1", scope=scope)


def test_a_person_is_hidden_from_the_moment_that_their_erasure_begins(control: Control, clock: Clock) -> None:
    erasure = begin(control).erasure
    assert (erasure.state, erasure.erased_at) == ("hidden", clock())
    (stone,) = control.tombstones.after(0)
    assert (stone.tenant, stone.subject, stone.scope, stone.erased_at) == ("acme", "zoe", "", clock())
    (job,) = control.jobs.list(kind="erase")
    assert (job.key, job.payload, job.state) == ("erase", {}, "queued")


def test_what_is_asked_for_again_while_it_runs_is_the_same_erasure(control: Control, clock: Clock) -> None:
    first = begin(control)
    clock.pass_seconds(60)
    assert begin(control) == Begun(first.erasure, is_new=False)
    assert begin(control, PROJECT).is_new, "a project's is another than the organisation's"
    assert len(control.tombstones.after(0)) == len(control.erasures.newest()) == 2


def test_whoever_comes_back_after_an_erasure_can_be_erased_again(control: Control, clock: Clock) -> None:
    first = begin(control)
    control.erasures.note(first.erasure.id, state="tables_clean", tables_clean_at=clock())
    clock.pass_seconds(60)
    again = begin(control)
    assert again.is_new
    assert [each.id for each in control.erasures.of_tenant("acme")] == [again.erasure.id, first.erasure.id]
    assert [each.id for each in control.erasures.in_state("tables_clean")] == [first.erasure.id]
    assert control.erasures.counts() == {"hidden": 1, "tables_clean": 1}


def test_an_erased_persons_sessions_are_unknown_at_once_and_nobody_elses(sessions: Control) -> None:
    erasure = begin(sessions, PROJECT).erasure
    assert [sessions.capture_sessions.get(name) is None for name in "abcd"] == [True, True, False, False]
    assert [bool(sessions.written.of(f"session:{name}")) for name in "abcd"] == [False, False, True, True]
    assert sessions.erasures.sessions(erasure.id) == ["a", "b"]


def test_of_a_whole_organisation_the_sessions_of_all_projects_go(sessions: Control) -> None:
    erasure = begin(sessions).erasure
    assert sessions.erasures.sessions(erasure.id) == ["a", "b", "c"]


def test_a_finished_erasure_is_kept_without_the_sessions(sessions: Control, clock: Clock) -> None:
    erasure = begin(sessions).erasure
    sessions.erasures.note(erasure.id, detail={"tables": {"media_events": {"rows": 3}}})
    sessions.erasures.finish(erasure.id, clock() + timedelta(days=1))
    found = sessions.erasures.get(erasure.id)
    assert found is not None
    assert (found.state, found.finished_at) == ("finished", clock() + timedelta(days=1))
    assert found.detail == {"tables": {"media_events": {"rows": 3}}}
    assert sessions.erasures.sessions(erasure.id) == []


def test_what_was_deleted_is_in_no_file_of_the_database(sessions: Control, url: str, tmp_path: Path) -> None:
    begin(sessions)
    sessions.forget_deleted()
    if url.startswith("sqlite"):
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert [path for path in files if b"ann@example.org" in path.read_bytes()], "the scan finds what is there"
        assert not [path for path in files if b"zoe@example.org" in path.read_bytes()]


@pytest.fixture
def films(control: Control, clock: Clock) -> Control:
    """Two filmed sessions of zoe and one of ann, each with what is shown of it."""
    control.organisations.create("acme")
    for name, subject in (("f-1", "zoe"), ("f-2", "zoe"), ("f-3", "ann")):
        begun = filmed(clock, name, subject=subject)
        control.motion_sessions.begin(begun, [Written(f"session:{name}", "motion_sessions", 0, 5)])
        control.motion_sessions.configure(name, comments={"knee_angle": name})
    return control


def erased_session(control: Control, name: str = "f-1", tenant: str = "acme") -> Erasure | None:
    return control.erasures.begin_session(tenant=tenant, session_id=name, requested_by="api_key:1")


def test_of_one_session_just_that_is_unknown_at_once(films: Control, clock: Clock) -> None:
    erasure = erased_session(films)
    assert erasure is not None
    assert (erasure.state, erasure.subject, erasure.scope, erasure.erased_at) == (
        "hidden", "zoe", "session:f-1", clock(),
    )  # fmt: skip
    assert [films.motion_sessions.get(name) is None for name in ("f-1", "f-2", "f-3")] == [True, False, False]
    assert [films.motion_sessions.config(name) is None for name in ("f-1", "f-2")] == [True, False]
    assert [bool(films.written.of(f"session:{name}")) for name in ("f-1", "f-2")] == [False, True]
    assert films.erasures.sessions(erasure.id) == ["f-1"]
    (stone,) = films.tombstones.after(0)
    assert (stone.number, stone.tenant, stone.subject, stone.scope) == (erasure.number, "acme", "zoe", "session:f-1")
    assert [job.key for job in films.jobs.list(kind="erase")] == ["erase"]


def test_only_the_first_of_two_that_ask_for_a_session_erases_it_and_nobody_elses(films: Control) -> None:
    assert erased_session(films, tenant="globex") is None
    assert erased_session(films) is not None
    assert erased_session(films) is None
    assert len(films.erasures.newest()) == 1
    assert erased_session(films, "f-2") is not None, "several sessions of a person are erased beside each other"


def test_a_session_that_was_erased_never_begins_again(films: Control, clock: Clock) -> None:
    erased_session(films)
    with pytest.raises(SessionErased):
        films.motion_sessions.begin(filmed(clock, "f-1", subject="zoe"), [Written("session:f-1", "x", 0, 9)])
    assert not films.written.of("session:f-1")
    assert len(films.jobs.list("analyse")) == 3


def test_each_filmed_session_of_an_erased_person_has_a_tombstone_of_its_own(films: Control, clock: Clock) -> None:
    begin(films)
    assert [stone.scope for stone in films.tombstones.after(0)] == ["", "session:f-1", "session:f-2"]
    assert {stone.erased_at for stone in films.tombstones.after(0)} == {clock()}
    with pytest.raises(SessionErased):
        films.motion_sessions.begin(filmed(clock, "f-2", subject="zoe"), [])
    assert films.motion_sessions.begin(filmed(clock, "f-4", subject="zoe"), []).id == "f-4", "what they do later"
