"""A real server process: what it says at its start, how it drains, where it refuses to listen."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

import web
from tests.web.conftest import Site
from web import WebOptions
from web.errors import AddressTaken, InsecureBinding

SERVICE = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from starlette.responses import Response
import web
from control import Control

folder = Path(sys.argv[1])
options = web.WebOptions(port=0, access_log=False)
control = Control.open(f"sqlite:///{folder}/control.db")
authenticator = web.authenticator(options, control, folder / "secrets", lambda: datetime.now(UTC))

async def slow(request, caller):
    print("entered", flush=True)
    while not Path(folder, "release").exists():
        await asyncio.sleep(0.01)
    return Response("answered")

async def take(request, caller):
    body = await web.read_body(request, max_bytes=1000, max_decoded_bytes=1000, seconds=5)
    return Response(str(len(body)))

routes = [web.route("/v1/slow", slow), web.route("/v1/take", take, ("POST",))]
app = web.create_app(routes, options=options, authenticator=authenticator)
web.serve(app, options, lambda host, port: print(port, flush=True))
print("ended in order", flush=True)
"""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", SERVICE, str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": "."})
    yield process
    process.kill()
    process.communicate()


def port_of(service: subprocess.Popen[str]) -> int:
    """Reads past the warning about development to the line with the port."""
    assert service.stdout is not None
    said = [service.stdout.readline(), service.stdout.readline()]
    assert "development_mode" in said[0]
    return int(said[1])


def test_requests_in_flight_are_answered_after_sigterm_and_the_process_ends_with_0(
    service: subprocess.Popen[str], tmp_path: Path, site: Site
) -> None:
    base = f"http://127.0.0.1:{port_of(service)}"
    headers = {"Authorization": f"Bearer {current_token(site)}"}
    answers: list[httpx.Response] = []
    asking = threading.Thread(target=lambda: answers.append(httpx.get(f"{base}/v1/slow", headers=headers, timeout=30)))
    asking.start()
    assert service.stdout is not None
    assert service.stdout.readline() == "entered\n"
    service.send_signal(signal.SIGTERM)
    (tmp_path / "release").touch()
    asking.join()
    assert answers[0].text == "answered"
    assert service.stdout.readline() == "ended in order\n"
    assert service.wait() == 0


def test_a_body_refused_by_its_size_still_gets_its_413_over_a_real_socket(
    service: subprocess.Popen[str], site: Site
) -> None:
    headers = {"Authorization": f"Bearer {current_token(site)}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{port_of(service)}", headers=headers) as client:
        assert client.post("/v1/take", content=bytes(2_000_000)).status_code == 413
        assert client.post("/v1/take", content=b"12345").text == "5"


def test_a_head_request_gets_no_body(service: subprocess.Popen[str]) -> None:
    answer = httpx.head(f"http://127.0.0.1:{port_of(service)}/health")
    assert (answer.status_code, answer.content, answer.headers["Content-Length"]) == (200, b"", "15")


def test_a_taken_address_is_a_terminal_error_that_names_the_settings(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        options = WebOptions(port=taken.getsockname()[1])
        with pytest.raises(AddressTaken, match="KINELAKE_PORT"):
            web.serve(site.app(), options)


def test_an_insecure_binding_never_listens(site: Site) -> None:
    with pytest.raises(InsecureBinding):
        web.serve(site.app(), WebOptions(host="0.0.0.0"))


def current_token(site: Site) -> str:
    """A token that the real clock of another process accepts; both share the test's folder of secrets."""
    site.clock.now = datetime.now(UTC)
    return site.token()
