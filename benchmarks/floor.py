"""What a gateway is compared to: the same server and frame with nothing behind them.

`python -m benchmarks.floor bare DATA`: the server alone; reads the body, answers 202.
`python -m benchmarks.floor route DATA`: the frame with authentication, and a route that reads the body, answers 202.
"""

import sys
from pathlib import Path

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from benchmarks.backlog import MEASURED
from kinelake.installation import Installation, opened
from kinelake.logs import configure_logs
from kinelake.role import now
from web.app import create_app
from web.authentication import authenticator
from web.caller import Caller
from web.options import WebOptions
from web.server import Listening, serve
from web.tenancy import route

ACCEPTED = b'{"status":"accepted"}'
HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(ACCEPTED)).encode())]


async def bare(scope: Scope, receive: Receive, send: Send) -> None:
    """The smallest application: the lifespan that the server insists on, and 202 to whatever comes."""
    if scope["type"] == "lifespan":
        for answer in ("lifespan.startup.complete", "lifespan.shutdown.complete"):
            await receive()
            await send({"type": answer})
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 202, "headers": HEADERS})
    await send({"type": "http.response.body", "body": ACCEPTED})


def framed(installation: Installation, options: WebOptions) -> ASGIApp:
    """The application of a role whose one route takes everything."""

    async def take(request: Request, caller: Caller) -> Response:
        await request.body()
        return Response(ACCEPTED, 202, media_type="application/json")

    who = authenticator(options, installation.control, installation.folder.secrets, now)
    return create_app([route(MEASURED.stream.route_path, take, ("POST",))], options=options, authenticator=who)


def main(kind: str, data: str) -> None:
    """Serves one of the two until SIGTERM; says on stdout where."""
    configure_logs("warning", "auto", "floor")
    with opened(data=Path(data), port=0) as installation:
        options = installation.settings.room(WebOptions)
        serve(bare if kind == "bare" else framed(installation, options), options, _say)


def _say(at: Listening) -> None:
    sys.stdout.buffer.write(msgspec.json.encode({"url": f"http://{at.host}:{at.port}"}) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
