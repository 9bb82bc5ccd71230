"""ASGI applications on real sockets, each in a thread of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import uvicorn
from starlette.types import ASGIApp

from tests.kit.running import waiting


@contextmanager
def serving(app: ASGIApp, port: int) -> Iterator[str]:
    """Its URL, while the block runs; connections end with it."""
    # under uvloop a connection to the other side that is reset at once is no error of httpx (AttributeError)
    config = uvicorn.Config(
        app, port=port, loop="asyncio", lifespan="off", ws="none", log_config=None, proxy_headers=False
    )
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    waiting(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.force_exit = server.should_exit = True
        thread.join()
