"""What a stream answers beside its rows, and what such answers are made from.

A stream's module in this room declares `ANSWERS`: a function of the stores that makes its `Answers`.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial
from typing import Any
from urllib.parse import urlsplit

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from blob_store.store import BlobStore
from control.store import Control
from event_log import Publisher
from query_api.apart import InTurn, nobody
from query_api.dashboard.part import Part
from query_api.file_links import FileLinks
from query_api.hidden import Hidden
from query_api.live import Live
from query_api.options import QueryOptions
from query_api.passed import Passed
from query_api.tables import Tables
from sinks.location import Location
from sinks.reader import Shown, TableReader
from web.families import Family
from web.tenancy import RouteSpec

AS_OF = {"X-Data-As-Of": "Everything accepted before it is in the answer."}


@dataclass(frozen=True)
class Stores:
    """The tables, control and blobs as queries see them, and the threads that compute; no table is ever written.

    `publisher` takes the audit rows of what queries have done. `base_url` is where clients reach the service; None:
    where each request did. `apart` does what would hold up other answers.
    """

    location: Location
    control: Control
    blobs: BlobStore
    options: QueryOptions
    partitions: int
    clock: Callable[[], datetime]
    threads: Executor
    publisher: Publisher
    base_url: str | None = None
    apart: InTurn = field(default_factory=lambda: InTurn(nobody))

    @cached_property
    def _reader(self) -> TableReader:
        return TableReader(self.location, self.shown)

    def reader(self) -> TableReader:
        """The one of the process: a table is opened once, and then only what is new of its log is read."""
        return self._reader

    @cached_property
    def tables(self) -> Tables:
        """Where a few rows of many are looked for."""
        return Tables(self.location, self.shown)

    @cached_property
    def shown(self) -> Shown:
        """Nothing that an erasure hides."""
        return Hidden(self.control.erasures)

    @cached_property
    def passed(self) -> Passed:
        """How far the primary tables are."""
        return Passed(self.location, self.reader())

    @cached_property
    def links(self) -> FileLinks:
        """Links to blobs."""
        return FileLinks(self.blobs, self.control.organisations, self.clock)

    def as_of(self, stream: str) -> datetime | None:
        """Until when everything a stream accepted is in its tables; None until its flow has said so."""
        return self.control.watermarks.as_of(stream, self.partitions)

    @cached_property
    def prefix(self) -> str:
        """The path, without a slash at its end, that clients put before those of this service; mostly none."""
        return urlsplit(self.base_url or "").path.rstrip("/")

    def absolute(self, request: Request, link: str) -> str:
        """The URL of a path of this service; a URL stays as it is."""
        base = self.base_url or str(request.base_url)
        return f"{base.rstrip('/')}{link}" if link.startswith("/") else link

    async def threaded(self, compute: Callable[[], Any]) -> Any:
        """Computed on a thread, so that other requests do not wait."""
        return await asyncio.get_running_loop().run_in_executor(self.threads, compute)

    async def computed(self, compute: Callable[[], Any], as_of: datetime | None) -> Response:
        """The answer with the JSON of what is computed."""
        return answer(await self.threaded(compute), as_of)

    async def computed_as_of(self, compute: Callable[[], Any], stream: str) -> Response:
        """The same with the stream's watermark, read before."""
        return await self.computed(compute, await self.threaded(partial(self.as_of, stream)))


@dataclass(frozen=True)
class Answers:
    """A stream's routes, the views that are renewed in the background for them, its part of the dashboard.

    `families` are those of routes that are not the stream's own family's, such as pages for people.
    """

    routes: Sequence[RouteSpec]
    kept: Sequence[Live[Any]] = ()
    part: Part | None = None
    families: Sequence[Family] = ()


def answer(body: Any, as_of: datetime | None) -> Response:
    """200 with the body as JSON."""
    return Response(msgspec.json.encode(body), headers=as_of_header(as_of), media_type="application/json")


def as_of_header(as_of: datetime | None) -> dict[str, str]:
    """X-Data-As-Of: everything accepted before it is in the answer; absent until a flow has said so."""
    return {} if as_of is None else {"X-Data-As-Of": as_of.isoformat().replace("+00:00", "Z")}
