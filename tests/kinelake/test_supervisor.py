"""The supervisor over small real processes, its clock in the test's hand."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from structlog.testing import capture_logs
from tenacity import retry, retry_if_result, stop_after_delay, wait_fixed

from kinelake.faults import RoleFailed
from kinelake.supervisor import HOPELESS, Child, Supervisor
from tests.kit.running import PATIENCE

WAITS = 'import sys; print(\'{"role": "r", "url": "u"}\', flush=True); sys.stdin.read()'
"""Reports, and runs until its stdin ends."""
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {WAITS}; signal.pause()"
FAILS = "raise SystemExit(1)"


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def start(child: Child) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", *child.arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, start_new_session=True)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def supervise(clock: Clock) -> Iterator[Callable[..., Supervisor]]:
    made: list[Supervisor] = []

    def make(*children: Child) -> Supervisor:
        made.append(Supervisor(children, start, clock))
        return made[-1]

    yield make
    for supervisor in made:
        supervisor.end(0)


@retry(retry=retry_if_result(lambda done: not done), wait=wait_fixed(0.02), stop=stop_after_delay(PATIENCE))
def until(supervisor: Supervisor, holds: Callable[[], object]) -> bool:
    supervisor.tick()
    return bool(holds())


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_children_run_and_their_reports_are_known_once_all_have_reported(supervise: Callable[..., Supervisor]) -> None:
    supervisor = supervise(Child("a", [WAITS]), Child("b", [WAITS]))
    assert supervisor.reports() is None
    until(supervisor, supervisor.reports)
    assert supervisor.reports() == {"a": {"role": "r", "url": "u"}, "b": {"role": "r", "url": "u"}}


def test_a_killed_child_is_started_again_after_its_wait(supervise: Callable[..., Supervisor], clock: Clock) -> None:
    supervisor = supervise(Child("a", [WAITS]))
    until(supervisor, supervisor.reports)
    first = supervisor.pids()["a"]
    os.kill(first, signal.SIGKILL)
    until(supervisor, lambda: not supervisor.pids())
    supervisor.tick()
    assert not supervisor.pids()
    clock.now += 0.5
    supervisor.tick()
    assert supervisor.pids()["a"] != first


def test_a_child_that_never_starts_keeps_the_rest_from_starting(
    supervise: Callable[..., Supervisor], clock: Clock
) -> None:
    supervisor = supervise(Child("a", [FAILS]))

    def ended() -> bool:
        clock.now += 1
        return False

    with pytest.raises(RoleFailed, match="a ended 3 times before it started"):
        until(supervisor, ended)


@pytest.mark.parametrize("code", sorted(HOPELESS))
def test_a_child_that_says_it_can_never_start_is_not_started_again(
    supervise: Callable[..., Supervisor], code: int
) -> None:
    supervisor = supervise(Child("a", [f"raise SystemExit({code})"]))
    # the clock stands still: none is started a second time
    with pytest.raises(RoleFailed, match=f"a cannot start as things are, its error is above: it ended .* {code}"):
        until(supervisor, bool)


@pytest.mark.parametrize("code", [1, *sorted(HOPELESS)])
def test_one_that_has_started_once_is_never_given_up(
    supervise: Callable[..., Supervisor], clock: Clock, code: int
) -> None:
    supervisor = supervise(Child("a", [WAITS.replace("sys.stdin.read()", f"sys.exit({code})")]))
    for _ in range(5):
        until(supervisor, supervisor.pids)
        until(supervisor, lambda: not supervisor.pids())
        clock.now += 30
    until(supervisor, supervisor.pids)


def test_what_runs_once_is_not_started_again(supervise: Callable[..., Supervisor], clock: Clock) -> None:
    supervisor = supervise(Child("a", [WAITS]))
    supervisor.add(Child("once", ["pass"], once=True))
    until(supervisor, lambda: "once" in supervisor.pids())
    until(supervisor, lambda: "once" not in supervisor.pids())
    clock.now += 100
    supervisor.tick()
    assert "once" not in supervisor.pids()
    until(supervisor, supervisor.reports)


def test_what_is_printed_that_is_no_report_does_no_harm(supervise: Callable[..., Supervisor]) -> None:
    chatty = f"print('9,727 events accepted'); print('[1]'); print('x' * 100_000); {WAITS}; print('the end')"
    supervisor = supervise(Child("a", [chatty]), Child("once", ["print('9,727 events accepted')"], once=True))
    with capture_logs() as lines:
        until(supervisor, lambda: supervisor.reports() and "once" not in supervisor.pids())
    assert supervisor.reports() == {"a": {"role": "r", "url": "u"}}
    assert {line["event"] for line in lines} == {"not_a_report"}
    assert max(len(line["line"]) for line in lines) <= 200


def test_how_a_child_died_is_said(supervise: Callable[..., Supervisor]) -> None:
    supervisor = supervise(Child("a", [WAITS]), Child("once", [FAILS], once=True))
    with capture_logs() as lines:
        until(supervisor, supervisor.reports)
        os.kill(supervisor.pids()["a"], signal.SIGKILL)
        until(supervisor, lambda: not supervisor.pids())
    told = {(line["event"], line["name"], line["how"]) for line in lines}
    assert told == {("role_ended", "a", "was killed by SIGKILL"), ("role_failed", "once", "ended with exit code 1")}


def test_the_end_leaves_no_child_behind_even_a_deaf_one(supervise: Callable[..., Supervisor], clock: Clock) -> None:
    supervisor = supervise(Child("good", [WAITS]), Child("deaf", [DEAF]))
    until(supervisor, supervisor.reports)
    pids = supervisor.pids()
    supervisor.end(drain_seconds=-9.8)
    assert all(gone(pid) for pid in pids.values())
