"""`kinelake up` with thirteen streams, one of which has a table that does not fit."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import psutil
import pytest

from schemas.media.events import STREAM
from tests.kit.copies import of_copy
from tests.kit.ready import ready
from tests.kit.running import up, waiting
from tests.kit.site import event
from tests.kit.thirteen import siblings, thirteen_streams
from web.development import issue_development_token

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

BROKEN = "temperature"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 Version/17.4 Mobile/15E148"
"""A device that flows know without compiling rules first."""
OTHERS = [*siblings(), STREAM.name]
SENSORS = [name for name, of in siblings().items() if of == BROKEN]


def reading() -> dict[str, Any]:
    return {"sensor_id": "room-1", "celsius": 21.5, "timestamp": datetime.now(UTC).isoformat()}


def test_one_stream_that_cannot_go_on_is_named_while_twelve_do_in_three_processes(tmp_path: Path) -> None:
    copy, data = thirteen_streams(tmp_path / "project"), tmp_path / "data"
    wrong = pl.DataFrame({"event_id": [1], "received_date": [datetime.now(UTC).date()]})
    wrong.write_delta(str(data / "tables" / f"{BROKEN}_events"), delta_write_options={"partition_by": "received_date"})
    with up(data, environment=of_copy(copy)) as running:
        running.says("Ask for statistics")
        assert len(psutil.Process(running.process.pid).children()) == 3
        for name in SENSORS:
            post(running.url, data, f"/v1/{name}", reading())
        post(running.url, data, STREAM.route_path, event())
        waiting(lambda: not missing(running.url))

        # the first heartbeat may still name those that start
        (notice,) = waiting(lambda: told if (told := noticed(running.url)) and not named(told, OTHERS) else None)
        assert f"{BROKEN}: cannot go on" in notice["message"]
        status = status_of(copy, data)
        assert status.returncode == 1
        assert f"flow {BROKEN} cannot go on" in status.stdout
        assert not any(f"flow {name} " in status.stdout for name in OTHERS)
        assert running.stop() == 0


def noticed(url: str) -> list[dict[str, str]]:
    """What readiness tells beside its answer; troubles come with the next heartbeat of their process."""
    told: list[dict[str, str]] = ready(url).json().get("notices", [])
    return told


def named(told: list[dict[str, str]], streams: list[str]) -> bool:
    """Whether any of these is told of."""
    return any(name in notice["message"] for notice in told for name in streams)


def missing(url: str) -> list[str]:
    """The streams whose event is not in the tables yet."""
    text = httpx.get(f"{url}/metrics", timeout=30).text
    stored = 'kinelake_events_total{{outcome="stored",stream="{}"}} 1.0'
    return [name for name in (*SENSORS, STREAM.name) if stored.format(name) not in text]


def post(url: str, data: Path, path: str, body: dict[str, Any]) -> None:
    token = issue_development_token(data / "secrets", "s", "clinic", "user", 2, timedelta(hours=1))
    headers = {"Authorization": f"Bearer {token}", "User-Agent": PHONE}
    answer = httpx.post(f"{url}{path}", json=body, headers=headers, timeout=30)
    assert answer.status_code == 202, answer.text


def status_of(copy: Path, data: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "kinelake", "status", "--data", str(data)]
    environment = {**os.environ, **of_copy(copy), "COLUMNS": "400"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
