"""Addresses to listen on."""

import socket
import time
from typing import Final

from web.faults import AddressTaken

BACKLOG: Final = 2048
REST_SECONDS: Final = 0.1


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens there, port 0 being any that is free; raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)


def listener(host: str, port: int) -> socket.socket:
    """The same; raises AddressTaken."""
    try:
        return bound(host, port)
    except OSError as error:
        raise AddressTaken(
            f"cannot listen on {host} port {port}: {error.strerror}; "
            "choose another with --port (KINELAKE_PORT) or --host (KINELAKE_HOST)"
        ) from error


def require_free(host: str, port: int, patience_seconds: float) -> None:
    """Raises AddressTaken where a server cannot listen there, nor after that time."""
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            return listener(host, port).close()
        except AddressTaken:
            if time.monotonic() >= deadline:
                raise
        time.sleep(REST_SECONDS)
