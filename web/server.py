"""Serves an application until SIGTERM or Ctrl-C; requests in flight are answered before it returns."""

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from math import ceil
from typing import cast

import structlog
import uvicorn
from starlette.types import ASGIApp

from web.audit_trail import Noted
from web.connections import Connections
from web.descriptors import connections_within
from web.families import Families
from web.faults import AddressTaken
from web.options import WebOptions, development
from web.protocol import BoundedProtocol
from web.rendering import Rendering
from web.telemetry import TELEMETRY

BACKLOG = 2048

log = structlog.get_logger()


def serve(
    app: ASGIApp,
    options: WebOptions,
    on_start: Callable[[str, int], None] | None = None,
    *,
    rendering: Rendering | None = None,
) -> None:
    """Blocks until the server is told to stop and has drained; `on_start` learns the address it listens on.

    `rendering` answers what is no request yet; without it as the telemetry family does.

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
        BoundedProtocol, connections, options, rendering or Rendering(Families([TELEMETRY]), Noted(), {})
    )
    listener = _listener(options)
    with _signals_end_quietly():
        _Server(_config(app, options, protocol), connections, on_start).run(sockets=[listener])


class _Server(uvicorn.Server):
    def __init__(
        self, config: uvicorn.Config, connections: Connections, on_start: Callable[[str, int], None] | None
    ) -> None:
        super().__init__(config)
        self._connections = connections
        self._on_start = on_start

    async def on_tick(self, counter: int) -> bool:
        # uvicorn's own clock, ten times a second: deadlines need no timer for each connection
        self._connections.sweep(asyncio.get_running_loop().time())
        return await super().on_tick(counter)

    async def startup(self, *args: object, **kwargs: object) -> None:
        await super().startup(*args, **kwargs)  # type: ignore[arg-type]
        if self.started and self._on_start is not None:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            self._on_start(host, port)


def _listener(options: WebOptions) -> socket.socket:
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    try:
        return socket.create_server((options.host, options.port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise AddressTaken(
            f"cannot listen on {options.host} port {options.port}: {error.strerror}; "
            "set KINELAKE_HOST and KINELAKE_PORT to a free address"
        ) from error


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
