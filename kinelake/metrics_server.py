"""Metrics and health of roles that have no HTTP routes of their own, on a port of their own."""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import msgspec
from prometheus_client import make_wsgi_app

from schemas.shared.faults import KinelakeError, Terminal

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REQUEST_SECONDS = 15
"""A connection that is silent for so long is closed."""

Check = Callable[[], object]
"""Returns when all is well, raises what is wrong."""


class MetricsAddressTaken(Terminal):
    """Something else listens where the metrics should be."""


@contextmanager
def metrics_server(host: str, port: int | None, checks: Mapping[str, Check]) -> Iterator[int | None]:
    """Serves /metrics, /health, /health/live and /health/ready while open; gives the port, None when none is asked."""
    if port is None:
        yield None
        return
    try:
        server = make_server(host, port, _application(checks), server_class=_Server, handler_class=_Quiet)
    except OSError as error:
        raise MetricsAddressTaken(
            f"metrics cannot listen on {host} port {port}: {error.strerror}; set KINELAKE_METRICS_PORT to a free one"
        ) from error
    thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    try:
        yield int(server.server_port)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingMixIn, WSGIServer):
    """A connection that says nothing holds up no other."""

    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    timeout = REQUEST_SECONDS

    def log_message(self, format: str, *args: object) -> None:
        """Who reads the metrics every few seconds is nothing to log."""


def _application(checks: Mapping[str, Check]) -> "WSGIApplication":
    metrics = make_wsgi_app()

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ["PATH_INFO"].rstrip("/")
        if path == "/metrics":
            return metrics(environ, start_response)  # type: ignore[no-any-return]
        if path in ("/health", "/health/live"):
            return _json(start_response, "200 OK", {"status": "ok"})
        if path == "/health/ready":
            return _readiness(start_response, checks)
        return _json(start_response, "404 Not Found", {"status": "unknown path"})

    return answer


def _readiness(start_response: "StartResponse", checks: Mapping[str, Check]) -> Iterable[bytes]:
    wrong = {name: reason for name, check in checks.items() if (reason := _wrong(check)) is not None}
    if wrong:
        return _json(start_response, "503 Service Unavailable", {"status": "not ready", "errors": wrong})
    return _json(start_response, "200 OK", {"status": "ok"})


def _wrong(check: Check) -> str | None:
    try:
        check()
    except KinelakeError as error:
        return str(error)
    return None


def _json(start_response: "StartResponse", status: str, body: Mapping[str, object]) -> list[bytes]:
    start_response(status, [("Content-Type", "application/json")])
    return [msgspec.json.encode(body)]
