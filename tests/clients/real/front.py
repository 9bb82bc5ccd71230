"""A reverse proxy before the web role, which knows what each request got: the witness of every promise."""

import gzip
import ssl
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.clients.real.serving import serving
from tests.servers.server import free_port

PATIENCE = 30
HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}
TLS = ssl.create_default_context()
"""Not used; a client that makes its own takes longer for that than for everything else."""
METHODS = ["GET", "POST", "OPTIONS", "HEAD"]
AWAY = 503
"""What a load balancer says where nobody answers behind it."""
READABLE = {"access-control-allow-origin": "*", "access-control-expose-headers": "Retry-After"}


@dataclass(frozen=True)
class Seen:
    """A request, its body unpacked, and what was answered; `refused` is the answer's X-Refused."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    status: int
    refused: str

    @property
    def taken(self) -> bool:
        """Whether it got a 2xx."""
        return self.method == "POST" and 200 <= self.status < 300


@dataclass
class Front:
    """Passes on to `behind`; each of `faults` is answered, once, to the body with its text in it, instead."""

    behind: str
    seen: list[Seen] = field(default_factory=list)
    faults: dict[bytes, Response] = field(default_factory=dict)
    url: str = ""
    under_way: int = 0
    """Requests that have come and not been answered."""

    @contextmanager
    def open(self) -> Iterator["Front"]:
        """It serves at `url` while the block runs."""
        with serving(Starlette(routes=[Route("/{path:path}", self._pass, methods=METHODS)]), free_port()) as self.url:
            yield self

    async def _pass(self, request: Request) -> Response:
        self.under_way += 1
        try:
            body = await request.body()
            unpacked = plain(body, request.headers)
            answer = self._faulty(unpacked) or await self._passed_on(request, body)
            self._note(request, unpacked, answer)
            return answer
        finally:
            self.under_way -= 1

    def _note(self, request: Request, body: bytes, answer: Response) -> None:
        url, headers, refused = request.url, dict(request.headers), answer.headers.get("x-refused", "")
        self.seen.append(Seen(request.method, url.path, url.query, headers, body, answer.status_code, refused))

    def _faulty(self, body: bytes) -> Response | None:
        found = next((text for text in self.faults if text in body), None)
        return None if found is None else self.faults.pop(found)

    async def _passed_on(self, request: Request, body: bytes) -> Response:
        headers = {name: value for name, value in request.headers.items() if name not in HOP}
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        try:
            async with httpx.AsyncClient(base_url=self.behind, timeout=PATIENCE, trust_env=False, verify=TLS) as client:
                answer = await client.request(request.method, path, content=body, headers=headers)
        except httpx.TransportError:
            return Response(status_code=AWAY, headers=READABLE)
        kept = {name: value for name, value in answer.headers.items() if name not in {*HOP, "content-encoding"}}
        return Response(answer.content, answer.status_code, kept)


def fault(status: int) -> Response:
    """An answer that a page may read, with which the gateway asks for a second of patience."""
    return Response(status_code=status, headers={**READABLE, "retry-after": "1"})


def plain(body: bytes, headers: Mapping[str, str]) -> bytes:
    """The body unpacked."""
    if headers.get("content-encoding") != "gzip":
        return body
    try:
        return gzip.decompress(body)
    except (OSError, zlib.error):
        return body
