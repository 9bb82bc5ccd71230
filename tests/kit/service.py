"""A real server process with a few routes, and raw sockets to it."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

import httpx
import psutil

from web.development import issue_development_token

PATIENCE = 60

SERVICE = """
import asyncio, json, sys
from datetime import UTC, datetime
from pathlib import Path
import msgspec
from starlette.responses import PlainTextResponse, Response
from control.store import Control
from web.app import create_app
from web.authentication import authenticator
from web.body import read_body
from web.families import Family
from web.options import WebOptions
from web.server import serve
from web.telemetry import TELEMETRY
from web.tenancy import route

folder = Path(sys.argv[1])
options = WebOptions(port=0, **{"access_log": False, **json.loads(sys.argv[2])})
control = Control.open(f"sqlite:///{folder}/control.db")
authenticating = authenticator(options, control, folder / "secrets", lambda: datetime.now(UTC))

async def slow(request, caller):
    print("entered", flush=True)
    while not Path(folder, "release").exists():
        await asyncio.sleep(0.01)
    return Response("answered")

async def take(request, caller):
    body = await read_body(request, max_bytes=1000, max_decoded_bytes=1000, seconds=options.body_seconds)
    return Response(str(len(body)))

async def who(request, caller):
    return Response(msgspec.json.encode(caller))

async def large(request, caller):
    return Response(bytes(64 * 2**20))

async def heard(request, caller):
    return Response(msgspec.json.encode(dict(request.headers)))

routes = [
    route("/v1/heard", heard),
    route("/v1/t", heard),
    route("/v1/slow", slow),
    route("/v1/take", take, ("POST",)),
    route("/v1/who", who, ("GET", "POST")),
    route("/v1/large", large),
]
plain = Family(
    name="plain",
    prefixes=("/v1/plain/",),
    renderer=lambda problem: PlainTextResponse(problem.code, problem.status),
    error_schema={},
    error_media_type="text/plain",
)
app = create_app(routes, options=options, authenticator=authenticating, families=(TELEMETRY, plain))
serve(app, options, lambda at: print(at.port, flush=True), rendering=app.rendering, at_once=app.at_once)
print("ended in order", flush=True)
"""


@dataclass(frozen=True)
class Service:
    """A running server, the folder that it works in, what its start said, and a token that it believes."""

    process: "subprocess.Popen[str]"
    folder: Path
    said: str
    port: int
    token: str

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def output(self) -> IO[str]:
        assert self.process.stdout is not None
        return self.process.stdout

    def client(self) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.Client(base_url=self.base, headers=headers, timeout=PATIENCE)

    def get(self, path: str) -> httpx.Response:
        """An answer on a connection of its own."""
        with self.client() as client:
            return client.get(path)

    def connect(self, receive_buffer: int | None = None) -> socket.socket:
        """A socket of its own; `receive_buffer` makes it take little at once."""
        made = socket.socket()
        if receive_buffer is not None:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        made.settimeout(PATIENCE)
        made.connect(("127.0.0.1", self.port))
        return made

    def send(self, content: bytes) -> bytes:
        """What comes back for these bytes until the server closes."""
        with self.connect() as made:
            made.sendall(content)
            return received(made)

    def request(self, line: str = "GET /v1/who HTTP/1.1", *headers: str, body: str = "") -> bytes:
        """A request with a token, as bytes."""
        known = ("Host: kinelake.test", f"Authorization: Bearer {self.token}")
        return ("\r\n".join([line, *known, *headers]) + "\r\n\r\n" + body).encode("latin-1")

    def memory(self) -> int:
        """Bytes resident."""
        return int(psutil.Process(self.process.pid).memory_info().rss)

    def worked(self) -> float:
        """Seconds of a processor that it has had."""
        return sum(psutil.Process(self.process.pid).cpu_times()[:2])

    def metric(self, name: str) -> float:
        """A metric without labels, or with those in the name."""
        lines = httpx.get(f"{self.base}/metrics", timeout=PATIENCE).text.splitlines()
        found = [line.rpartition(" ")[2] for line in lines if line.startswith(f"{name} ")]
        return float(found[0]) if found else 0.0


def received(connection: socket.socket) -> bytes:
    """Everything until the other end closes; a reset ends it too."""
    parts = []
    with suppress(ConnectionResetError):
        while part := connection.recv(2**16):
            parts.append(part)
    return b"".join(parts)


def status_of(answer: bytes) -> int:
    """The status of the first answer."""
    return int(answer[9:12])


def problem_in(answer: bytes) -> dict[str, Any]:
    """The last answer's problem document."""
    head, _, body = answer.rpartition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head
    found: dict[str, Any] = json.loads(body)
    return found


@contextmanager
def running(folder: Path, limit_files: Callable[[], None] | None = None, **options: Any) -> Iterator[Service]:
    """A server with these options; killed at the end."""
    command = [sys.executable, "-c", SERVICE, str(folder), json.dumps(options)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": "."}, preexec_fn=limit_files
    )
    try:
        *said, port = _start(process)
        yield Service(process, folder, "".join(said), int(port), _token(folder))
    finally:
        process.kill()
        process.communicate()


def _token(folder: Path) -> str:
    return issue_development_token(folder / "secrets", "zoe", "acme", "user", 2, timedelta(hours=1))


def _start(process: "subprocess.Popen[str]") -> list[str]:
    """The lines up to that with the port."""
    assert process.stdout is not None
    lines = [process.stdout.readline()]
    while lines[-1] and not lines[-1].strip().isdigit():
        lines.append(process.stdout.readline())
    return lines
