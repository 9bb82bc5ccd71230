"""The documents that SDKs fetch before they send: where to send to, and that nothing goes anywhere else."""

import re
from typing import Final
from urllib.parse import urlsplit

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ingest_gateway.door.handler import shown
from web.authentication import ORIGIN
from web.families import Authenticate
from web.headers import headers_of
from web.problems import Problem

_HOST: Final = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
_UNCACHED: Final = {"Cache-Control": "no-store"}
"""What the answer says of a host, the request said: nobody else may be given it."""


class Documents:
    """`base_url` is where clients reach this service; None: as each request says."""

    def __init__(self, base_url: str | None) -> None:
        self._base_url = base_url

    async def settings(self, request: Request, authenticate: Authenticate) -> Response:
        """What Segment's browser SDK loads with: without `Segment.io` in it, it would send all to Segment."""
        key = _key(request)
        protocol, host = _place(self._base_url) if self._base_url else _asked(request)
        destination = {"apiKey": key, "apiHost": f"{host}/v1", "protocol": protocol}
        return _document({"integrations": {"Segment.io": destination}})

    async def source(self, request: Request, authenticate: Authenticate) -> Response:
        """What RudderStack's browser SDK loads with: no destinations, no errors or metrics to RudderStack."""
        off = {"enabled": False}
        config = {"statsCollection": {"errors": off, "metrics": off}}
        return _document({"source": {"id": _key(request), "enabled": True, "config": config, "destinations": []}})


def _key(request: Request) -> str:
    """The key as it was shown; raises the 404 that keeps an SDK from loading."""
    who = shown(request)
    if who.key is None:
        raise Problem(404, "unknown_key", "There is no such write key.")
    return who.text


def _place(url: str) -> tuple[str, str]:
    """Scheme, and host with port and path."""
    parts = urlsplit(url)
    return parts.scheme, f"{parts.netloc}{parts.path.rstrip('/')}"


def _asked(request: Request) -> tuple[str, str]:
    """Scheme and host as the client sees them: what a trusted proxy says, else the request itself."""
    headers = headers_of(request)
    trusted = request.scope[ORIGIN].trusted
    scheme = headers.single("X-Forwarded-Proto") if trusted else None
    host = (headers.single("X-Forwarded-Host") if trusted else None) or headers.single("Host") or ""
    if not _HOST.fullmatch(host):
        raise Problem(400, "bad_host", "The request names no host that a client could reach.")
    return scheme if scheme in ("http", "https") else request.url.scheme, host


def _document(content: object) -> Response:
    return Response(msgspec.json.encode(content), headers=_UNCACHED, media_type="application/json")
