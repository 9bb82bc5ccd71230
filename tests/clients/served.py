"""The gateway's real application on a real socket, over a log that remembers: it may go away, come back, and fail."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import uvicorn

from blob_store.store import BlobStore
from event_log import Position, Record
from event_log.faults import LogUnavailable
from ingest_gateway import family
from ingest_gateway import gateway as mounted
from ingest_gateway.options import GatewayOptions
from tests.ingest_gateway.game.conftest import APP_ID, Doors
from tests.kit.recorder import Recorder
from tests.kit.running import waiting
from tests.servers.server import free_port
from tests.web.conftest import Clock, Site
from web.options import WebOptions

MANY = 100_000


class ActualTime(Clock):
    """The one clock that a client on another side of a socket shares."""

    def __call__(self) -> datetime:
        return datetime.now(UTC)


class Forgetful(Recorder):
    """Of the next `unsaid` requests it keeps what came and does not say so, as a log that is lost in between."""

    unsaid = 0

    async def publish(self, topic: str, records: Sequence[Record]) -> list[Position]:
        positions = await super().publish(topic, records)
        if self.unsaid:
            self.unsaid -= 1
            raise LogUnavailable("gone before it could say so")
        return positions


class Served:
    """A gateway at `url`, up between `start` and `stop`; its application's token is `token`. `web` are WebOptions."""

    def __init__(self, folder: Path, consent: int = 2, requests_a_second: int = MANY, **web: Any) -> None:
        self.site = Site(folder, ActualTime())
        self.recorder = Forgetful()
        self._doors = Doors(self.site)
        self.token = self._doors.tokens(self._doors.application(consent=consent)).public
        self.port = free_port()
        options: dict[str, Any] = {"ingest_rate_limit_requests": requests_a_second, **web}
        stores = self.recorder, self.site.control, BlobStore(str(self.site.blobs))
        routes = mounted.routes(*stores, GatewayOptions(), WebOptions(**options), self.site.clock)
        self._app = self.site.app(routes, mounted.checks(self.recorder), family.families(), **options)
        self._running: list[tuple[uvicorn.Server, Thread]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Returns once it answers."""
        config = uvicorn.Config(
            self._app, port=self.port, lifespan="off", ws="none", log_config=None, access_log=False, proxy_headers=False
        )
        server = uvicorn.Server(config)
        thread = Thread(target=server.run, daemon=True)
        thread.start()
        waiting(lambda: server.started)
        self._running.append((server, thread))

    def stop(self) -> None:
        """Connections end with it."""
        while self._running:
            server, thread = self._running.pop()
            server.should_exit = True
            thread.join()

    def close(self) -> None:
        self.stop()
        self.site.control.close()

    @property
    def items(self) -> list[dict[str, Any]]:
        """All that came, repeats included."""
        return self.recorder.messages

    @property
    def once(self) -> dict[str, dict[str, Any]]:
        """Each item that counts by its id; a repeat is the same in all that its digest says."""
        found = dict[str, dict[str, Any]]()
        for item in self.items:
            assert found.setdefault(item["event_id"], item)["payload_digest"] == item["payload_digest"]
        return found

    def names(self) -> list[str]:
        """Of the gameplay events that count, in order of arrival."""
        return [item["event_name"] for item in self.once.values() if item["event_type"] == "gameplay"]


class Portal(BaseHTTPRequestHandler):
    """A network that asks for a sign-in: its page stands in for whatever was asked."""

    asked: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        page = b"<html>Sign in to go on</html>"
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)
        self.asked.append(self.headers["Idempotency-Key"])

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@contextmanager
def portal(served: Served) -> Iterator[list[str]]:
    """Stands where the gateway did; the keys of the batches that it saw."""
    served.stop()
    Portal.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", served.port), Portal) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield Portal.asked
        server.shutdown()
        thread.join()


PLAYER = {"app_id": APP_ID, "build_id": "1.0.2", "player_id": "ann"}
