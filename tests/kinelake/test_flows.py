"""`kinelake flows`: one process, two streams, killed and ended; one of them with a table that does not fit."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import httpx
import polars as pl
import pytest

from event_log import partition_of
from schemas.shared.keys import message_key
from tests.kit.copies import add_sibling, copied, of_copy
from tests.kit.ready import ready
from tests.kit.running import PATIENCE, up, waiting
from tests.kit.site import ORGANISATION, Site
from web.development import issue_development_token

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("two streams"), pytest.mark.timeout(400)]

STREAMS = ("temperature", "humidity")
FLOWS = "flows temperature humidity"
POST_EVERY = 0.1


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with the stream of the manual's page, twice."""
    copy = copied(tmp_path_factory.mktemp("project"))
    add_sibling(copy, "humidity")
    return copy


@pytest.fixture
def site(copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    for name, value in of_copy(copy).items():
        monkeypatch.setenv(name, value)
    return Site(tmp_path / "data")


def reading() -> dict[str, Any]:
    return {
        "event_id": str(uuid4()),
        "sensor_id": "room-1",
        "celsius": 21.5,
        "timestamp": datetime.now(UTC).isoformat(),
    }


class Traffic:
    """Both streams posted to while the block runs; `sent` has the ids that were accepted, by stream."""

    def __init__(self, site: Site) -> None:
        self.sent: dict[str, list[str]] = {name: [] for name in STREAMS}
        self._site = site
        self._over = threading.Event()

    @contextmanager
    def flowing(self) -> Iterator[None]:
        thread = threading.Thread(target=self._post)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def _post(self) -> None:
        while not self._over.wait(POST_EVERY):
            self.post()

    def post(self) -> None:
        """Twenty events of each stream."""
        for stream in STREAMS:
            bodies = [reading() for _ in range(20)]
            answer = self._site.post(*bodies, path=f"/v1/{stream}")
            assert answer.status_code == 202, answer.text
            self.sent[stream] += [body["event_id"] for body in bodies]


def stored(site: Site) -> dict[str, list[str]]:
    """The ids in the tables, by stream."""
    return {stream: sorted(site.rows(f"{stream}_events")["event_id"]) for stream in STREAMS}


def expected(traffic: Traffic) -> dict[str, list[str]]:
    return {stream: sorted(ids) for stream, ids in traffic.sent.items()}


def test_killed_in_the_middle_of_traffic_it_stores_every_event_of_both_streams_once(site: Site) -> None:
    random = Random(9)
    traffic = Traffic(site)
    with site.role("web"):
        with traffic.flowing():
            for _ in range(3):
                with site.role(FLOWS) as flows:
                    rows = {stream: len(ids) for stream, ids in stored(site).items()}
                    waiting(lambda rows=rows: all(len(ids) > rows[name] for name, ids in stored(site).items()))
                    threading.Event().wait(random.uniform(0, 0.4))
                    flows.send_signal(signal.SIGKILL)
        with site.role(FLOWS):
            waiting(lambda: all(len(stored(site)[name]) >= len(ids) for name, ids in traffic.sent.items()))
            assert stored(site) == expected(traffic)


def test_told_to_end_it_drains_both_streams(site: Site) -> None:
    traffic = Traffic(site)
    with site.role("web"), traffic.flowing(), site.role(FLOWS) as flows:
        waiting(lambda: all(stored(site).values()))
        flows.terminate()
        assert flows.wait(PATIENCE) == 0
    printed = site.printed(FLOWS).read_text().splitlines()
    assert all(sum("flow stopped" in line and stream in line for line in printed) == 1 for stream in STREAMS)
    with site.role(FLOWS):
        waiting(lambda: stored(site) == expected(traffic))


def test_one_of_two_processes_has_its_partitions_of_both_streams_and_the_other_the_rest(site: Site) -> None:
    sessions = [f"session-{number}" for number in range(30)]
    sent = {stream: {session: {**reading(), "session_id": session} for session in sessions} for stream in STREAMS}
    partitions = site.effective.settings.partitions
    even = {name for name in sessions if partition_of(message_key(ORGANISATION, name, ""), partitions) % 2 == 0}

    def ids(names: Iterable[str]) -> dict[str, list[str]]:
        return {stream: sorted(sent[stream][name]["event_id"] for name in names) for stream in STREAMS}

    with site.role("web"):
        for stream in STREAMS:
            assert site.post(*sent[stream].values(), path=f"/v1/{stream}").status_code == 202
        with site.role(f"{FLOWS} --split 0/2"):
            waiting(lambda: stored(site) == ids(even))
            with site.role(f"{FLOWS} --split 1/2"):
                waiting(lambda: stored(site) == ids(sessions))


def test_a_stream_whose_table_does_not_fit_is_named_while_the_other_goes_on(copy: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    wrong = pl.DataFrame({"event_id": [1], "received_date": [datetime.now(UTC).date()]})
    wrong.write_delta(
        str(data / "tables" / "temperature_events"), delta_write_options={"partition_by": "received_date"}
    )
    with up(data, environment={**of_copy(copy), "KINELAKE_METRICS_PORT": "1"}) as running:
        running.says("Ask for statistics")
        waiting(lambda: "cannot go on" in httpx.get(f"{running.url}/health/ready", timeout=60).text)
        (notice,) = ready(running.url).json()["notices"]
        assert "temperature: cannot go on" in notice["message"]
        assert "column event_id of table temperature_events is" in notice["message"]

        status = kinelake(copy, data, "status")
        assert status.returncode == 1
        assert "flow temperature cannot go on" in status.stdout

        token = issue_development_token(data / "secrets", "s", "clinic", "user", 0, timedelta(hours=1))
        headers = {"Authorization": f"Bearer {token}"}

        def stored(events: int) -> bool:
            series = f'kinelake_events_total{{outcome="stored",stream="humidity"}} {events}.0'
            return series in metrics(running.url)

        assert httpx.post(f"{running.url}/v1/humidity", json=reading(), headers=headers, timeout=60).status_code == 202
        waiting(lambda: stored(1))
        waiting(lambda: 'kinelake_flow_lag_events{stream="humidity"} 0.0' in metrics(running.url))
        assert 'kinelake_request_seconds_count{method="POST"' in metrics(running.url)
        # what the process counted goes on in the next one
        os.kill(running.pids("flows")[-1], signal.SIGKILL)
        waiting(lambda: len(running.pids("flows")) == 2)
        assert httpx.post(f"{running.url}/v1/humidity", json=reading(), headers=headers, timeout=60).status_code == 202
        waiting(lambda: stored(2))
        assert running.stop() == 0


def kinelake(copy: Path, data: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "kinelake", *arguments, "--data", str(data)]
    environment = {**os.environ, **of_copy(copy), "COLUMNS": "400"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def metrics(url: str) -> str:
    return httpx.get(f"{url}/metrics", timeout=60).text
