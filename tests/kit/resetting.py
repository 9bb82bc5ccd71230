"""A server that takes connections and resets each at once, as a load balancer without anybody behind it may."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread

NO_LINGER = b"\1\0\0\0\0\0\0\0"
OFTEN = 300
"""Tries after which uvloop has met, some ten times, a connection that was gone before it was looked at."""


@contextmanager
def resetting() -> Iterator[str]:
    """Its URL, while the block runs."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as server:
        thread = Thread(target=_reset_all, args=(server,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def _reset_all(server: socket.socket) -> None:
    with suppress(OSError):
        while True:
            connection, _ = server.accept()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
            connection.close()
