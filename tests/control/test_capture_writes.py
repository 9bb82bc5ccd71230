"""What requests of capture wrote, many in one transaction: sessions, their chunks and ends, and positions."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from control.capture_sessions import CaptureSession
from control.capture_writes import Begun, CaptureWrite, Change, Chunked, Completed
from control.store import Control
from control.written_offsets import Written

AT = datetime(2026, 2, 17, 10, tzinfo=UTC)
PROJECT = "11111111-1111-4111-8111-111111111111"


def session(name: str, **fields: object) -> CaptureSession:
    given = {"tenant": "acme", "project_id": PROJECT, "subject": "zoe", "user_id": "zoe@example.org"}
    more = {"capture_mode": "hybrid", "frame_rate": 10.0, "created_at": AT}
    return CaptureSession(**{"id": name, **given, **more, **fields})  # type: ignore[arg-type]


def note(control: Control, *changes: Change) -> frozenset[str]:
    return control.capture_writes.note([CaptureWrite([], change) for change in changes])


def known(control: Control, name: str) -> CaptureSession:
    found = control.capture_sessions.get(name)
    assert found is not None
    return found


def test_sessions_begin_once(control: Control) -> None:
    note(control, Begun(session("a")), Begun(session("b")), Begun(session("a", capture_mode="video")))
    note(control, Begun(session("b", user_id="another")))
    assert known(control, "a") == session("a")
    assert known(control, "b").user_id == "zoe@example.org"


def test_the_first_end_and_the_newest_chunk_count(control: Control) -> None:
    note(control, Begun(session("a")))
    later, latest = AT + timedelta(seconds=5), AT + timedelta(seconds=9)
    note(control, Completed("a", later), Completed("a", latest), Chunked("a", latest), Chunked("a", later))
    note(control, Completed("a", AT), Chunked("a", AT))
    assert (known(control, "a").completed_at, known(control, "a").chunked_at) == (later, latest)


def test_a_video_is_to_be_made_of_sessions_that_are_complete_and_have_chunks(control: Control) -> None:
    note(control, *(Begun(session(name)) for name in "abc"))
    assert note(control, Chunked("a", AT), Completed("b", AT)) == frozenset()
    assert note(control, Completed("a", AT), Chunked("b", AT), Chunked("c", AT)) == {"a", "b"}
    assert note(control, Chunked("a", AT)) == {"a"}
    assert note(control, Begun(session("d"))) == frozenset()


def test_a_session_that_is_forgotten_stays_so(control: Control) -> None:
    note(control, Begun(session("a")), Chunked("a", AT))
    control.capture_sessions.remove(["a"])
    assert note(control, Completed("a", AT), Chunked("a", AT)) == frozenset()
    assert control.capture_sessions.get("a") is None


def test_offsets_only_grow(control: Control) -> None:
    scope = "session:a"
    control.capture_writes.note([CaptureWrite([Written(scope, "capture_events", 3, at)]) for at in (5, 9, 7)])
    control.written.note([Written(scope, "capture_events", 3, 8), Written(scope, "audit", 0, 1)])
    assert control.written.of(scope) == {"capture_events": {3: 9}, "audit": {0: 1}}


def test_many_processes_note_the_same_scopes_and_sessions_at_once(control: Control) -> None:
    names = [f"s{number}" for number in range(8)]
    note(control, *(Begun(session(name)) for name in names))

    def write(number: int) -> None:
        order = names if number % 2 else names[::-1]
        writes = [
            CaptureWrite([Written(f"session:{name}", "capture_events", 0, number)], Chunked(name, AT)) for name in order
        ]
        control.capture_writes.note(writes)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(1, 21)))
    assert [control.written.of(f"session:{name}")["capture_events"][0] for name in names] == [20] * 8


def test_the_first_chunk_says_what_all_are(control: Control) -> None:
    note(control, Begun(session("a")))
    with ThreadPoolExecutor(4) as pool:
        said = set(pool.map(lambda kind: control.capture_sessions.claim_kind("a", kind), ["image", "video"] * 4))
    assert said == {known(control, "a").chunk_kind}
