"""Which sessions are known, and that what is noted of many at once is told to each of them."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

import pytest
from msgspec.structs import replace

from control.capture_sessions import CaptureSession
from control.capture_writes import CaptureWrite, CaptureWrites
from control.faults import ControlUnavailable
from control.store import Control
from ingest_gateway.capture.known import KnownSessions
from ingest_gateway.capture.noting import Noting
from tests.ingest_gateway.capture.conftest import Capture
from tests.kit.capture import CALLER, Sender, stored_session
from web.caller import Caller
from web.problems import Problem

pytestmark = pytest.mark.anyio


class Time:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def caller(project: tuple[str, str]) -> Caller:
    return replace(CALLER, project_id=project[0])


async def test_a_session_is_asked_for_once(
    capture: Capture, session: str, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = KnownSessions(capture.control)
    await known.session(session, caller)

    def never(*_: object) -> Any:
        raise AssertionError("control was asked again")

    monkeypatch.setattr(capture.control.capture_sessions, "get", never)
    assert (await known.session(session, caller)).id == session


async def test_what_another_process_erases_is_unknown_within_a_second(
    capture: Capture, session: str, caller: Caller
) -> None:
    time = Time()
    known = KnownSessions(capture.control, time)
    found = await known.session(session, caller)
    other = Control.open(f"sqlite:///{capture.site.secrets.parent}/control.db", capture.site.clock)
    other.erasures.begin(tenant="acme", subject=found.subject, requested_by="another process")
    other.close()
    time.now += 1
    with pytest.raises(Problem, match="404"):
        await known.session(session, caller)


async def test_control_that_is_away_lets_no_session_be_believed_for_long(
    capture: Capture, session: str, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = Time()
    known = KnownSessions(capture.control, time)
    await known.session(session, caller)

    def away() -> int:
        raise ControlUnavailable("the database is away")

    monkeypatch.setattr(capture.control.tombstones, "last_number", away)
    time.now += 1
    with pytest.raises(ControlUnavailable):
        await known.session(session, caller)


CHANGED = {"a": stored_session("a")}


class Slow(CaptureWrites):
    """Notes nothing; says of each transaction how many writes it had, and fails when told to."""

    def __init__(self) -> None:
        self.groups: list[int] = []
        self.failing = False

    def note(self, writes: Collection[CaptureWrite]) -> Mapping[str, CaptureSession]:
        self.groups.append(len(writes))
        if self.failing:
            raise ControlUnavailable("the database is away")
        return CHANGED


async def test_what_comes_during_a_transaction_shares_the_next_one() -> None:
    slow = Slow()
    noting = Noting(slow)
    told = await asyncio.gather(*(noting(CaptureWrite([])) for _ in range(50)))
    assert told == [CHANGED] * 50
    assert sum(slow.groups) == 50
    assert len(slow.groups) <= 2


async def test_a_transaction_that_fails_is_told_to_all_that_shared_it_and_to_nobody_else() -> None:
    slow = Slow()
    noting = Noting(slow)
    slow.failing = True
    failed = await asyncio.gather(*(noting(CaptureWrite([])) for _ in range(3)), return_exceptions=True)
    slow.failing = False
    assert [type(each) for each in failed] == [ControlUnavailable] * 3
    assert await noting(CaptureWrite([])) == CHANGED


async def test_a_request_that_is_given_up_does_not_keep_others_waiting(sender: Sender) -> None:
    slow = Slow()
    noting = Noting(slow)
    given_up = asyncio.create_task(noting(CaptureWrite([])))
    await asyncio.sleep(0)
    given_up.cancel()
    assert await noting(CaptureWrite([])) == CHANGED
