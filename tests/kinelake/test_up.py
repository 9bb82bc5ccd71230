"""`kinelake up` from an empty folder to an orderly end, and what it does when its roles are killed."""

import json
import os
import shlex
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import polars as pl
import psutil
import pytest

import kinelake
from kinelake.worker_role import NICENESS
from tests.kit.running import PATIENCE, Up, up, waiting

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("up"), pytest.mark.timeout(300)]

ROLES = ("web", "flows", "worker")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """Started in an empty folder; the last test that has it ends it."""
    with up(tmp_path_factory.mktemp("up") / "data") as running:
        running.says("Ask for statistics")
        yield running


def test_an_empty_folder_starts_takes_an_event_and_shows_it(running: Up) -> None:
    send, ask, *_ = running.curls()
    answer = json.loads(_shell(send, running))
    assert answer["status"] == "accepted"
    waiting(lambda: _rows(running.data) == 1)
    (row,) = kinelake.open("media_events", running.data).collect().iter_rows(named=True)
    assert (row["event_id"], row["session_id"]) == (answer["event_id"], answer["session_id"])
    waiting(lambda: json.loads(_shell(ask, running))["total_sessions"] == 1)
    assert "Traceback" not in running.output


def test_a_session_is_captured_by_the_key_that_its_first_words_show(running: Up) -> None:
    answer = json.loads(_shell(running.curls()[2], running))
    assert answer["upload_url"] == f"/v1/sessions/{answer['session_id']}/chunks"


def test_the_demo_of_motion_answers_to_the_key_that_its_first_words_show(running: Up) -> None:
    answer = json.loads(_shell(running.curls()[3], running))
    assert (answer["demo"], answer["activity"], answer["status"]) == (True, "Mobility Assessment", "done")


def test_the_token_that_its_first_words_make_is_an_administrators(running: Up) -> None:
    (line,) = [line for line in running.output.splitlines() if "sign in with what this prints: " in line]
    token = _shell(line.partition("prints: ")[2], running).strip()
    ask = ["curl", "-sS", "-H", f"Authorization: Bearer {token}", f"{running.url}/v1/admin/geo/status"]
    assert json.loads(_shell(shlex.join(ask), running))["loaded"] is False


def test_the_worker_gives_way_to_the_other_roles(running: Up) -> None:
    web, flows = (psutil.Process(running.pids(role)[-1]).nice() for role in ("web", "flows"))
    # once it has started
    waiting(lambda: nices_of_threads(running.pids("worker")[-1]) == {min(19, web + NICENESS)})
    assert flows == web


def nices_of_threads(pid: int) -> set[int]:
    """Of those that have not ended meanwhile."""
    found = set[int]()
    for thread in psutil.Process(pid).threads():
        with suppress(ProcessLookupError):
            found.add(os.getpriority(os.PRIO_PROCESS, thread.id))
    return found


def test_a_folder_in_use_is_refused(running: Up, tmp_path: Path) -> None:
    same = tmp_path / "same"
    same.symlink_to(running.data)
    with up(same) as second:
        assert second.process.wait(PATIENCE) == 1
        assert f"is in use by `kinelake up` (process {running.process.pid})" in second.output


def test_a_taken_port_is_named_and_nothing_stays_behind(running: Up, tmp_path: Path) -> None:
    port = running.url.rpartition(":")[2]
    with up(tmp_path / "other", "--port", port) as second:
        assert second.process.wait(PATIENCE) == 1
        assert f"cannot listen on 127.0.0.1 port {port}: Address already in use" in second.output
        assert "choose another with --port" in second.output
        assert "started" not in second.output, "no role starts only to find the port taken"
        assert not (second.data / "control.db").exists()
    assert psutil.Process(running.process.pid).is_running()


def test_killed_roles_come_back(running: Up) -> None:
    victims = {role: running.pids(role)[-1] for role in ROLES}
    for victim in victims.values():
        os.kill(victim, signal.SIGKILL)
    for role, victim in victims.items():
        waiting(lambda role=role, victim=victim: running.pids(role)[-1] != victim)
    waiting(lambda: len(running.pids("web")) == 2)


def test_ctrl_c_drains(running: Up) -> None:
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(PATIENCE) == 0
    assert "Traceback" not in running.output


def _shell(command: str, running: Up) -> str:
    """What a command prints in the folder where the system was started."""
    words = shlex.split(command)
    done = subprocess.run(words, cwd=running.folder, capture_output=True, text=True, timeout=PATIENCE, check=True)
    return done.stdout


def _rows(data: Path) -> int:
    try:
        return int(kinelake.open("media_events", data).select(pl.len()).collect().item())
    except Exception:
        return 0
