"""Where a site's pages, its packages and its film come from: a server that can be made slow for one player."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

PAGES = Path(__file__).parent / "pages"
TICK_SECONDS = 0.1
TYPES = {".mpd": "application/dash+xml", ".m3u8": "application/vnd.apple.mpegurl", ".m4s": "video/iso.segment"}


@dataclass
class Stage:
    """`film` and `packages` are folders; `slow` is bytes a second, by the name of the player that gets no more."""

    film: Path
    packages: Path
    slow: dict[str, int] = field(default_factory=dict)

    def app(self) -> Starlette:
        """Pages ask `/slow/PLAYER?bytes=N` for a slow server and for a fast one again, N being 0."""
        return Starlette(
            routes=[
                Route("/film/{player}/{name}", self._piece),
                Route("/slow/{player}", self._slow, methods=["POST"]),
                Mount("/npm", StaticFiles(directory=self.packages / "node_modules")),
                Mount("/", StaticFiles(directory=PAGES, html=True)),
            ]
        )

    async def _slow(self, request: Request) -> Response:
        self.slow[request.path_params["player"]] = int(request.query_params["bytes"])
        return Response(status_code=204)

    async def _piece(self, request: Request) -> Response:
        path = self.film / request.path_params["name"]
        if not path.is_file():
            return Response(status_code=404)
        kind = TYPES.get(path.suffix, "application/octet-stream")
        content = self._slowly(path.read_bytes(), request.path_params["player"])
        return StreamingResponse(content, media_type=kind, headers={"Cache-Control": "no-store"})

    async def _slowly(self, content: bytes, player: str) -> AsyncIterator[bytes]:
        while bytes_a_second := self.slow.get(player):
            piece = int(bytes_a_second * TICK_SECONDS)
            yield content[:piece]
            content = content[piece:]
            if not content:
                return
            await asyncio.sleep(TICK_SECONDS)
        yield content
