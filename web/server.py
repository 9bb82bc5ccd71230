"""Serves an application until SIGTERM or Ctrl-C; requests in flight are answered before it returns."""

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from math import ceil
from typing import NamedTuple, cast

import structlog
import uvicorn
from starlette.types import ASGIApp

from web.at_once import AtOnce, nothing_at_once
from web.audit_trail import Noted
from web.connections import Connections
from web.descriptors import connections_within
from web.families import Families
from web.listening import bound, listener
from web.options import WebOptions, development
from web.protocol import BoundedProtocol
from web.rendering import Rendering
from web.telemetry import TELEMETRY

log = structlog.get_logger()


class Listening(NamedTuple):
    """Where a server listens: its address, the further ports that it has, and those that were taken."""

    host: str
    port: int
    further: tuple[int, ...]
    taken: tuple[int, ...]


def serve(
    app: ASGIApp,
    options: WebOptions,
    on_start: Callable[[Listening], None] | None = None,
    *,
    rendering: Rendering | None = None,
    at_once: AtOnce = nothing_at_once,
) -> None:
    """Blocks until the server is told to stop and has drained; `on_start` learns where it listens.

    `rendering` answers what is no request yet; without it as the telemetry family does. `at_once` answers requests
    that need no task of the application.

    Raises InsecureBinding or TooFewFiles before it listens anywhere, AddressTaken when it cannot.
    """
    if development(options):
        log.warning(
            "development_mode",
            why="no issuer is set: development tokens are accepted, loopback is a trusted and an identity proxy, "
            "organisations are made on first use",
        )
    connections = Connections(connections_within(options.connections_max))
    protocol = partial(
        BoundedProtocol, connections, options, rendering or Rendering(Families([TELEMETRY]), Noted(), {}), at_once
    )
    first = listener(options.host, options.port)
    further, taken = _further_listeners(options)
    server = _Server(_config(app, options, protocol), connections, on_start, taken)
    with _signals_end_quietly():
        server.run(sockets=[first, *further])


class _Server(uvicorn.Server):
    def __init__(
        self,
        config: uvicorn.Config,
        connections: Connections,
        on_start: Callable[[Listening], None] | None,
        taken: Sequence[int],
    ) -> None:
        super().__init__(config)
        self._connections = connections
        self._on_start = on_start
        self._taken = tuple(taken)

    async def on_tick(self, counter: int) -> bool:
        # uvicorn's own clock, ten times a second: deadlines need no timer for each connection
        self._connections.sweep(asyncio.get_running_loop().time())
        return await super().on_tick(counter)

    async def startup(self, *args: object, **kwargs: object) -> None:
        await super().startup(*args, **kwargs)  # type: ignore[arg-type]
        if self.started and self._on_start is not None:
            (host, port), *further = (server.sockets[0].getsockname()[:2] for server in self.servers)
            self._on_start(Listening(host, port, tuple(port for _, port in further), self._taken))


def _further_listeners(options: WebOptions) -> tuple[list[socket.socket], list[int]]:
    """Those of the further ports that are free, and the ports that are not: others may need them more."""
    listeners, taken = list[socket.socket](), list[int]()
    for port in options.further_ports or ():
        try:
            listeners.append(bound(options.host, port))
        except OSError as error:
            log.warning("further_port_taken", port=port, reason=error.strerror)
            taken.append(port)
    return listeners, taken


def _config(app: ASGIApp, options: WebOptions, protocol: Callable[..., BoundedProtocol]) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        # the frame judges forwarding headers; uvicorn would believe any on loopback
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        # its warnings are of strangers' malformed requests, which the protocol counts and logs itself
        log_level="error",
        loop="uvloop",
        http=cast(type[asyncio.Protocol], protocol),
        ws="none",
        lifespan="on",
        timeout_keep_alive=ceil(options.idle_seconds),
        timeout_graceful_shutdown=options.drain_seconds,
    )


@contextmanager
def _signals_end_quietly() -> Iterator[None]:
    """After draining uvicorn raises the signal again; here it has done its work, and the process ends by itself."""
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.signal(number, lambda *_: None) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
