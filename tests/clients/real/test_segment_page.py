"""What docs/segment.md has servers set up, as it stands there but for address and key; its pages are in test_sdks."""

import gzip
import json
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from schemas.shared.times import parsed
from tests.clients.real.packages import PYTHON
from tests.ingest_gateway.analytics.read import read, row
from tests.kit.pages import block
from tests.servers.required import program

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("real clients")]

SERVERS = {
    "analytics-node.mjs": block("docs/segment.md", "analytics-node.mjs"),
    "rudder-node.mjs": block("docs/segment.md", "rudder-node.mjs"),
    "analytics_python.py": block("docs/segment.md", "analytics_python.py"),
    "rudder_python.py": block("docs/segment.md", "rudder_python.py"),
}
ADDRESS = "https://data.example.org"


class Taker(BaseHTTPRequestHandler):
    """Keeps bodies, and answers as the gateway does."""

    bodies: list[tuple[str, bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        packed = self.headers["Content-Encoding"] == "gzip"
        self.bodies.append((self.path, gzip.decompress(body) if packed else body))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b'{"success":true}')

    def log_message(self, *said: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def taker() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    bodies: list[tuple[str, bytes]] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Kept", (Taker,), {"bodies": bodies}))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", bodies
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_that_is_set_up_so_sends_an_item_that_is_taken(
    name: str, taker: tuple[str, list[tuple[str, bytes]]], packages: Path, tmp_path: Path
) -> None:
    url, bodies = taker
    (tmp_path / name).write_text(SERVERS[name].replace(ADDRESS, url).replace("ksk_…", "ksk_1"))
    (tmp_path / "node_modules").symlink_to(packages / "node_modules")
    interpreter = program("node", "nodejs") if name.endswith(".mjs") else str(packages / PYTHON)
    done = subprocess.run([interpreter, str(tmp_path / name)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    ((path, body),) = bodies
    assert path == "/v1/batch"
    (said,) = read(body, received_at=_when(body)).said
    assert row(said)["event_name"] == "Plan Opened"
    assert row(said)["properties"] == {"plan": "p-1"}


def _when(body: bytes) -> int:
    """A time at which the items of the body are new, µs since 1970."""
    return parsed(json.loads(body)["sentAt"])
