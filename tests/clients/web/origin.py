"""Where pages of the web client come from: the client, pages, and a film whose bytes come as fast as a test says."""

import mimetypes
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import ClassVar

import numpy as np

from jobs.video.film import Picture
from tests.kit.films import Made, written
from tests.servers.web_client import BUILT, PACKAGE

RATE, SECONDS = 25, 40
BYTES_A_SECOND = 100_000
"""Of the film, whatever its pictures."""
CHUNK = 4096
PAGE = b"<!doctype html><title>t</title><link rel=icon href=data:,><video src=film.webm muted preload=metadata></video>"


def film(path: Path) -> Path:
    """Noise, which a codec cannot shorten: all parts of it take about as many bytes."""
    options = (("b", str(BYTES_A_SECOND * 8)), ("deadline", "realtime"), ("cpu-used", "8"), ("lag-in-frames", "0"))
    return written(path, _noise(), Made("libvpx", "webm", RATE, gop=RATE, options=options))


def _noise() -> Iterator[Picture]:
    drawn = np.random.default_rng(1).integers(0, 256, (50, 180, 320, 3), np.uint8)
    for number in range(RATE * SECONDS):
        yield drawn[number % len(drawn)]


class Origin:
    """A server at `url`; the film flows at `pace` times its own speed while `open` is set."""

    def __init__(self, film: Path) -> None:
        self.film = film.read_bytes()
        self.pace = 1.0
        self.open = Event()
        self.open.set()
        self.length = SECONDS
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Handler,), {"origin": self}))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def serving(self) -> Iterator["Origin"]:
        """While the block runs."""
        thread = Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        yield self
        self.open.set()
        self.pace = 1000
        self._server.shutdown()
        thread.join()
        self._server.server_close()


class Handler(BaseHTTPRequestHandler):
    """Answers GET; the film by ranges."""

    origin: ClassVar[Origin]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/film.webm" or path == "/demo/film.webm":
            self._film()
        elif path.endswith("/kinelake.js"):
            self._answer(BUILT.read_bytes(), "text/javascript")
        elif path.startswith("/demo/"):
            file = PACKAGE / "demo" / (path.removeprefix("/demo/") or "index.html")
            self._answer(file.read_bytes(), mimetypes.guess_type(file.name)[0] or "text/plain")
        else:
            self._answer(PAGE, "text/html")

    def _answer(self, content: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _film(self) -> None:
        whole = self.origin.film
        first = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")[0])
        self.send_response(206)
        self.send_header("Content-Type", "video/webm")
        self.send_header("Content-Range", f"bytes {first}-{len(whole) - 1}/{len(whole)}")
        self.send_header("Content-Length", str(len(whole) - first))
        self.end_headers()
        try:
            self._paced(memoryview(whole)[first:])
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _paced(self, rest: memoryview) -> None:
        speed, due = len(self.origin.film) / SECONDS, time.monotonic()
        for start in range(0, len(rest), CHUNK):
            if not self.origin.open.is_set():
                self.origin.open.wait()
                due = time.monotonic()
            self.wfile.write(rest[start : start + CHUNK])
            # by the clock: a busy machine that wakes this too late does not make the film come slower
            due += CHUNK / (speed * self.origin.pace)
            time.sleep(max(0.0, due - time.monotonic()))

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""
