"""What requests of capture wrote, many in one transaction: sessions, their chunks and ends, and positions."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from control.capture_sessions import CaptureSession
from control.capture_writes import Begun, CaptureWrite, Change, Chunked, Claimed, Completed
from control.store import Control
from control.written_offsets import Written
from tests.kit.capture import BEGUN_AT as AT
from tests.kit.capture import forget
from tests.kit.capture import stored_session as session


def note(control: Control, *changes: Change) -> Mapping[str, CaptureSession]:
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


def test_sessions_that_changed_are_told_as_they_stand_then(control: Control) -> None:
    assert note(control, *(Begun(session(name)) for name in "abc")) == {}
    assert note(control, Chunked("a", AT), Completed("b", AT)) == {
        "a": session("a", chunked_at=AT),
        "b": session("b", completed_at=AT),
    }
    assert note(control, Completed("a", AT)) == {"a": session("a", chunked_at=AT, completed_at=AT)}


def test_a_session_that_is_forgotten_stays_so(control: Control) -> None:
    note(control, Begun(session("a")), Chunked("a", AT))
    forget(control, "a")
    assert note(control, Completed("a", AT), Chunked("a", AT)) == {}
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
        told = pool.map(lambda kind: note(control, Claimed("a", kind))["a"].chunk_kind, ["image", "video"] * 4)
        assert set(told) == {known(control, "a").chunk_kind}
