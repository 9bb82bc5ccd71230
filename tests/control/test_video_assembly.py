"""Which sessions' videos are to be made: none twice, none forgotten; and what a session knows of its video."""

from datetime import timedelta
from uuid import uuid4

from control.capture_sessions import CaptureSession
from control.store import Control
from control.video_assembly import KIND, LATE
from tests.control.conftest import Clock
from tests.kit.capture import begin, forget

SECOND = timedelta(seconds=1)


def begun(control: Control, clock: Clock) -> str:
    """A new session's id."""
    session = CaptureSession(
        id=str(uuid4()),
        tenant="clinic",
        project_id="p",
        subject="s",
        user_id="u",
        capture_mode="video",
        frame_rate=10.0,
        created_at=clock(),
    )
    begin(control, session)
    return session.id


def taken(control: Control, clock: Clock) -> str | None:
    """The key of the job that a worker takes now."""
    job = control.jobs.lease([KIND], "w", clock(), 3600)
    return None if job is None else job.key


def test_late_chunks_of_one_minute_are_one_job_at_its_end(control: Control, clock: Clock) -> None:
    control.video_assembly.queue("a", LATE)
    clock.pass_seconds(59)
    control.video_assembly.queue("a", LATE)
    assert taken(control, clock) is None
    assert control.video_assembly.pending("a")
    clock.pass_seconds(1)
    assert taken(control, clock) == "a"
    assert taken(control, clock) is None


def test_what_comes_while_a_video_is_made_makes_another_one_follow(control: Control, clock: Clock) -> None:
    control.video_assembly.queue("a")
    running = control.jobs.lease([KIND], "w", clock(), 3600)
    assert running is not None
    control.video_assembly.queue("a")
    control.jobs.finish(running, clock())
    assert control.video_assembly.pending("a")
    assert taken(control, clock) == "a/again"


def test_a_session_nobody_asked_for_is_not_pending(control: Control, clock: Clock) -> None:
    control.video_assembly.queue("a")
    assert not control.video_assembly.pending("b")
    done = control.jobs.lease([KIND], "w", clock(), 3600)
    assert done is not None
    control.jobs.finish(done, clock())
    assert not control.video_assembly.pending("a")


def test_a_video_of_fewer_chunks_never_takes_the_place_of_one_of_more(control: Control, clock: Clock) -> None:
    session, sessions = begun(control, clock), control.capture_sessions
    assert sessions.assembled(session, "videos/of-two", clock() + 2 * SECOND)
    assert not sessions.assembled(session, "videos/of-one", clock() + SECOND)
    assert sessions.assembled(session, "videos/of-two-again", clock() + 2 * SECOND)
    assert sessions.of_ids([session, "unknown"])[session].video == "videos/of-two-again"


def test_a_session_that_was_forgotten_gets_no_video(control: Control, clock: Clock) -> None:
    session = begun(control, clock)
    forget(control, session)
    assert not control.capture_sessions.assembled(session, "videos/of-nobody", clock())


def test_a_video_that_is_gone_leaves_its_session(control: Control, clock: Clock) -> None:
    session, sessions = begun(control, clock), control.capture_sessions
    sessions.assembled(session, "videos/old", clock())
    sessions.without_video([session], ["videos/of-another"])
    assert sessions.of_ids([session])[session].video == "videos/old"
    sessions.without_video([session], ["videos/old", "videos/of-another"])
    found = sessions.get(session)
    assert found is not None
    assert (found.video, found.video_until) == (None, clock())
