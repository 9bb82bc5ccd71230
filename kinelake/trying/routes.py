"""The routes of `/try`: the page, its files, its film, and the keys that it plays with.

They exist in development alone, where the service answers on a loopback address, and only to who asks for one by its
name: a page elsewhere whose own name suddenly leads here gets no token.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from kinelake.example.people import ORGANISATION
from kinelake.installation import Installation
from kinelake.tokens import development_token
from kinelake.trying.key import trial_key
from web.problems import Problem
from web.tenancy import RouteSpec, public_route

FILES: Final = Path(__file__).parent / "files"
PAGE: Final = "try.html"
MEDIA_TYPES: Final = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".LICENSE": "text/plain",
    ".m3u8": "application/vnd.apple.mpegurl",
    ".ts": "video/mp2t",
}
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "media-src 'self' blob:; connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
VISITOR: Final = "visitor-of-try"
LASTING: Final = timedelta(hours=12)
CONSENT: Final = 2


def trial_routes(installation: Installation) -> Sequence[RouteSpec]:
    """The four routes; whoever asks for them has seen that this is development."""

    async def page(request: Request) -> Response:
        return _file(request, FILES / PAGE)

    async def part(request: Request) -> Response:
        return _file(request, _files().get(request.path_params["name"]))

    async def piece(request: Request) -> Response:
        _require_loopback(request)
        folder = await asyncio.to_thread(_film, installation.folder.run)
        pieces = {path.name: path for path in folder.iterdir()}
        return _file(request, pieces.get(request.path_params["name"]))

    async def keys(request: Request) -> Response:
        _require_loopback(request)
        given = await asyncio.to_thread(_keys, installation)
        return Response(msgspec.json.encode(given), headers=HEADERS | {"Cache-Control": "no-store"})

    answers = {"/try": page, "/try/files/{name}": part, "/try/film/{name}": piece}
    return [*(public_route(path, answer) for path, answer in answers.items()), public_route("/try/keys", keys)]


def _film(parent: Path) -> Path:
    # what writes films takes a tenth of a start, and few look at this one
    from kinelake.trying.film import film

    return film(parent)


def _keys(installation: Installation) -> dict[str, str]:
    """A visitor's token, one to read with, and a public write key, all of the example's organisation."""

    def token(role: str) -> str:
        return development_token(installation, sub=VISITOR, org=ORGANISATION, role=role, consent=CONSENT, ttl=LASTING)

    return {"token": token("user"), "reader": token("specialist"), "key": trial_key(installation, ORGANISATION)}


def _file(request: Request, path: Path | None) -> Response:
    _require_loopback(request)
    kind = None if path is None else MEDIA_TYPES.get(path.suffix)
    if path is None or kind is None:
        raise Problem(404, "not_found", "there is no such file")
    return FileResponse(path, headers=HEADERS, media_type=kind)


def _require_loopback(request: Request) -> None:
    """Raises the 404 for who came by another name than a loopback address's."""
    if urlsplit(f"//{request.headers.get('Host', '')}").hostname not in LOOPBACK:
        raise Problem(404, "not_found", "there is nothing here")


@cache
def _files() -> dict[str, Path]:
    return {path.name: path for path in FILES.iterdir() if path.name != PAGE}
