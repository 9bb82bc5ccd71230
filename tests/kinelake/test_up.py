"""`kinelake up` from an empty folder to an orderly end, and what it does when its roles are killed."""

import json
import os
import shlex
import signal
import subprocess
from pathlib import Path

import polars as pl
import psutil

import kinelake
from tests.kit.running import alive, up, waiting


def test_an_empty_folder_starts_takes_an_event_shows_it_and_ends_in_order(data: Path) -> None:
    with up(data) as running:
        running.says("Ask for statistics")
        send, ask = running.curls()
        answer = json.loads(_shell(send))
        assert answer["status"] == "accepted"
        waiting(lambda: _rows(data) == 1)
        (row,) = kinelake.open("media_events", data).collect().iter_rows(named=True)
        assert (row["event_id"], row["session_id"]) == (answer["event_id"], answer["session_id"])
        waiting(lambda: json.loads(_shell(ask))["total_sessions"] == 1)
        assert running.stop() == 0
    assert "Traceback" not in running.output


def test_killed_roles_come_back(data: Path) -> None:
    with up(data) as running:
        running.says("Ask for statistics")
        for role in ("web", "flows", "worker"):
            victim = running.pids(role)[-1]
            os.kill(victim, signal.SIGKILL)
            waiting(lambda role=role, victim=victim: running.pids(role)[-1] != victim)
        waiting(lambda: len(running.pids("web")) == 2)


def test_no_role_outlives_a_killed_supervisor(data: Path) -> None:
    with up(data) as running:
        running.says("Ask for statistics")
        roles = [running.pids(role)[-1] for role in ("web", "flows", "worker")]
        running.process.kill()
        waiting(lambda: not any(map(alive, roles)))


def test_a_folder_in_use_is_refused(data: Path) -> None:
    with up(data) as running:
        running.says("Ask for statistics")
        with up(data) as second:
            assert second.process.wait(30) == 1
            assert f"is in use by `kinelake up` (process {running.process.pid})" in second.output


def test_a_taken_port_is_named_and_nothing_stays_behind(data: Path, tmp_path: Path) -> None:
    with up(data) as running:
        running.says("Ask for statistics")
        port = running.url.rpartition(":")[2]
        with up(tmp_path / "other", "--port", port) as second:
            assert second.process.wait(60) == 1
            assert f"cannot listen on 127.0.0.1 port {port}" in second.output
            assert "web ended 3 times before it started" in second.output
        assert psutil.Process(running.process.pid).is_running()


def test_ctrl_c_drains(data: Path) -> None:
    with up(data) as running:
        running.says("Ask for statistics")
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(60) == 0


def test_example_data_is_played_on_the_first_start_only(data: Path) -> None:
    with up(data, "--example") as running:
        running.says("media_events")
        waiting(lambda: _rows(data) > 5_000)
        countries = kinelake.open("media_sessions", data).select("country_code").collect().to_series()
        assert countries.n_unique() > 3
        assert running.stop() == 0
    before = _rows(data)
    with up(data, "--example") as running:
        running.says("in the tables")
        assert _rows(data) == before


def _shell(command: str) -> str:
    done = subprocess.run(shlex.split(command), capture_output=True, text=True, timeout=30, check=True)
    return done.stdout


def _rows(data: Path) -> int:
    try:
        return int(kinelake.open("media_events", data).select(pl.len()).collect().item())
    except Exception:
        return 0
