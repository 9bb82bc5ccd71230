"""Where a site's pages, its packages and its film come from: a server that can be made slow for one viewer."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from tests.clients.real.manual import module
from tests.servers.web_client import BUILT

PAGES = Path(__file__).parent / "pages"
TICK_SECONDS = 0.1
TYPES = {".mpd": "application/dash+xml", ".m3u8": "application/vnd.apple.mpegurl", ".m4s": "video/iso.segment"}


@dataclass
class Stage:
    """`film` and `packages` are folders; `slow` is bytes a second, by the content id of the viewer who gets no more."""

    film: Path
    packages: Path
    slow: dict[str, int] = field(default_factory=dict)

    def app(self) -> Starlette:
        """Pages ask `/slow/CONTENT?bytes=N` for a slow server and for a fast one again, N being 0. Below `/empty/` are
        pages that have nothing but their addresses.
        """
        return Starlette(
            routes=[
                Route("/film/{content}/{name}", self._piece),
                Route("/slow/{content}", self._slow, methods=["POST"]),
                Route("/empty/{name}", self._empty),
                Route("/manual.js", self._manual),
                Route("/kinelake.js", self._client),
                Mount("/npm", StaticFiles(directory=self.packages / "node_modules")),
                Mount("/", StaticFiles(directory=PAGES, html=True)),
            ]
        )

    async def _slow(self, request: Request) -> Response:
        self.slow[request.path_params["content"]] = int(request.query_params["bytes"])
        return Response(status_code=204)

    async def _empty(self, _: Request) -> Response:
        return Response("<!doctype html><title>Library</title><link rel=icon href=data:,>", media_type="text/html")

    async def _manual(self, _: Request) -> Response:
        return Response(module(), media_type="text/javascript")

    async def _client(self, _: Request) -> Response:
        return Response(BUILT.read_bytes(), media_type="text/javascript")

    async def _piece(self, request: Request) -> Response:
        path = self.film / request.path_params["name"]
        if not path.is_file():
            return Response(status_code=404)
        kind = TYPES.get(path.suffix, "application/octet-stream")
        piece = self._slowly(path.read_bytes(), request.path_params["content"])
        return StreamingResponse(piece, media_type=kind, headers={"Cache-Control": "no-store"})

    async def _slowly(self, rest: bytes, content: str) -> AsyncIterator[bytes]:
        while bytes_a_second := self.slow.get(content):
            piece = int(bytes_a_second * TICK_SECONDS)
            yield rest[:piece]
            rest = rest[piece:]
            if not rest:
                return
            await asyncio.sleep(TICK_SECONDS)
        yield rest
