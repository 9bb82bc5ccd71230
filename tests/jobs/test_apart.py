import os
import threading
import time
from pathlib import Path

import pytest

from jobs.apart import run_apart
from jobs.faults import WorkFailed, WorkStopped
from jobs.work import Progress
from schemas.shared.faults import Terminal


def squared(number: int) -> tuple[int, int]:
    return number * number, os.getpid()


def refuse() -> None:
    raise Terminal("not today")


def die() -> None:
    os._exit(7)


def wait_for_ever(started: Path) -> None:
    started.write_text(str(os.getpid()))
    while True:
        time.sleep(60)


def test_the_result_comes_from_another_process() -> None:
    result, pid = run_apart(threading.Event(), squared, 12)
    assert result == 144
    assert pid != os.getpid()


def test_its_error_comes_through() -> None:
    with pytest.raises(Terminal, match="not today"):
        run_apart(threading.Event(), refuse)


def test_a_process_that_dies_is_named_with_its_code() -> None:
    with pytest.raises(WorkFailed, match="the process of die ended with exit code 7") as failed:
        run_apart(threading.Event(), die)
    assert failed.value.code == 7


def test_it_ends_when_the_worker_is_told_to_stop(tmp_path: Path) -> None:
    stopping, started = threading.Event(), tmp_path / "started"

    def stop_once_started() -> None:
        while not started.exists() or not started.read_text():
            time.sleep(0.01)
        stopping.set()

    threading.Thread(target=stop_once_started).start()
    with pytest.raises(WorkStopped):
        run_apart(stopping, wait_for_ever, started)
    with pytest.raises(ProcessLookupError):
        os.kill(int(started.read_text()), 0)


def counted(most: int, progress: Progress) -> int:
    for number in range(most):
        progress(number / most, f"{number} of {most}")
    return most


def test_what_it_tells_of_its_progress_comes_through() -> None:
    told: list[tuple[float, str]] = []
    most = 100_000
    assert run_apart(threading.Event(), counted, most, progress=lambda *each: told.append(each)) == most
    assert told[0] == (0.0, f"0 of {most}")
    assert len(told) < most / 100, "what nobody has time to hear is not sent"


def test_what_hears_of_progress_may_end_the_work(tmp_path: Path) -> None:
    def enough(fraction: float, words: str = "") -> None:
        raise Terminal("nobody wants it any more")

    with pytest.raises(Terminal, match="nobody wants it"):
        run_apart(threading.Event(), counted, 10_000_000, progress=enough)


def surroundings(name: str) -> str | None:
    return os.environ.get(name)


def test_the_process_finds_variables_of_its_own_beside_this_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KINELAKE_TEST_OURS", "ours")
    own = {"KINELAKE_TEST_OWN": "own", "KINELAKE_TEST_OURS": "theirs"}
    assert run_apart(threading.Event(), surroundings, "KINELAKE_TEST_OWN", environment=own) == "own"
    assert run_apart(threading.Event(), surroundings, "KINELAKE_TEST_OURS", environment=own) == "theirs"
    assert (os.environ["KINELAKE_TEST_OURS"], "KINELAKE_TEST_OWN" in os.environ) == ("ours", False)
