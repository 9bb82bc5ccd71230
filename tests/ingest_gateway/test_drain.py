"""A gateway process over the embedded log: told to stop, it answers what it took in, and what it answered is there."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.ingest_gateway.conftest import PATH, event
from tests.ingest_gateway.test_log import stored
from tests.kit.running import waiting
from web.development import issue_development_token

SERVICE = """
import asyncio, sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from blob_store.store import BlobStore
from control.store import Control
from event_log import LogOptions, open_admin, open_publisher
from ingest_gateway import gateway
from ingest_gateway.options import GatewayOptions
from web.app import create_app
from web.authentication import authenticator
from web.options import WebOptions
from web.server import serve

folder = Path(sys.argv[1])
now = lambda: datetime.now(UTC)
options = WebOptions(port=0, access_log=False)
log = LogOptions(log_url=f"sqlite:///{folder}/log.db", disk_floor_bytes=0)
open_admin(log.log_url, log).ensure_topic("media")
publisher = open_publisher(log.log_url, log)

class Held:
    # requests are in flight until there is a file of that name
    def __getattr__(self, name):
        return getattr(publisher, name)

    async def publish(self, topic, records):
        while not Path(folder, "release").exists():
            await asyncio.sleep(0.01)
        return await publisher.publish(topic, records)

control = Control.open(f"sqlite:///{folder}/control.db")
authenticating = authenticator(options, control, folder / "secrets", now)

@asynccontextmanager
async def lifespan(app):
    yield
    await publisher.close()

routes = gateway.routes(Held(), control, BlobStore(f"{folder}/blobs"), GatewayOptions(), options, now)
app = create_app(routes, options=options, authenticator=authenticating, lifespan=lifespan)
serve(app, options, lambda at: print(f"PORT {at.port}", flush=True))
"""
CLIENTS = 8


@pytest.fixture
def service(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", SERVICE, str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": "."})
    yield process
    process.kill()
    process.communicate()


def base_of(service: subprocess.Popen[str]) -> str:
    assert service.stdout is not None
    port = next(line for line in service.stdout if line.startswith("PORT ")).split()[1]
    return f"http://127.0.0.1:{port}"


def in_flight(base: str) -> float:
    lines = httpx.get(f"{base}/metrics", timeout=60).text.splitlines()
    return float(next(line for line in lines if line.startswith("kinelake_requests_in_flight ")).split()[1])


def listens(base: str) -> bool:
    """Whether a new connection is taken."""
    try:
        socket.create_connection((urlsplit(base).hostname, urlsplit(base).port), 60).close()
    except ConnectionError:
        return False
    return True


def test_after_sigterm_every_request_in_flight_is_answered_and_every_202_is_on_the_log(
    service: subprocess.Popen[str], tmp_path: Path
) -> None:
    base, now = base_of(service), datetime.now(UTC)
    token = issue_development_token(tmp_path / "secrets", "zoe", "acme", "user", 2, timedelta(hours=1), now)
    headers = {"Authorization": f"Bearer {token}"}
    body = event(timestamp=now.isoformat())
    with ThreadPoolExecutor(CLIENTS) as clients:
        asked = [
            clients.submit(httpx.post, base + PATH, json=body, headers=headers, timeout=60) for _ in range(CLIENTS)
        ]
        waiting(lambda: in_flight(base) >= CLIENTS)
        service.send_signal(signal.SIGTERM)
        waiting(lambda: not listens(base))
        (tmp_path / "release").touch()
        answers = [future.result() for future in asked]
    assert [answer.status_code for answer in answers] == [202] * CLIENTS
    assert service.wait(60) == 0
    on_the_log = {event_id for event_id, _ in stored(f"sqlite:///{tmp_path}/log.db")}
    assert on_the_log == {answer.json()["event_id"] for answer in answers}
