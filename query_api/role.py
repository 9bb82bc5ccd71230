"""The query role: what every stream answers, its readiness, and the views it keeps in the background."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from blob_store.store import BlobStore
from control.store import Control
from event_log import Publisher
from query_api.admin import admin_routes
from query_api.answers import AS_OF, Answers, Stores
from query_api.apart import Apart, InTurn, nobody
from query_api.dashboard.dashboard import Dashboard
from query_api.dashboard.overview import Overview
from query_api.files import file_routes
from query_api.listing import PARAMETERS, listing_of, rows_of
from query_api.options import QueryOptions
from query_api.page_files import page_files_route
from query_api.placeholders import placeholder_route
from schemas.shared.discovery import declared_in
from schemas.shared.stream import Stream, streams
from sinks.location import Location
from web.caller import Caller, Role, at_least
from web.families import Family
from web.health import Check
from web.operation import Operation
from web.tenancy import RouteSpec, route


class Query:
    """One per process; `start` before the first request, `stop` at the end.

    `overview` tells the dashboard how the installation does, `publisher` takes audit rows. `base_url` is where clients
    reach the service, None where each request did; where that is HTTPS the dashboard's cookies are secure. `apart` does
    work in a process of its own.
    """

    def __init__(
        self,
        location: Location,
        control: Control,
        blobs: BlobStore,
        options: QueryOptions,
        partitions: int,
        clock: Callable[[], datetime],
        overview: Callable[[], Overview],
        publisher: Publisher,
        *,
        base_url: str | None = None,
        apart: Apart = nobody,
    ) -> None:
        self._threads = ThreadPoolExecutor(options.query_threads, "query")
        self._apart = InTurn(apart)
        self._stores = Stores(
            location, control, blobs, options, partitions, clock, self._threads, publisher, base_url, self._apart
        )
        makers: Mapping[str, Callable[[Stores], Answers]] = declared_in("query_api", "ANSWERS")
        self._answers = {name: make(self._stores) for name, make in makers.items()}
        self._kept = [live for answers in self._answers.values() for live in answers.kept]
        parts = [answers.part for answers in self._answers.values() if answers.part is not None]
        self._dashboard = Dashboard(self._stores, overview, parts, secure=(base_url or "").startswith("https://"))

    def start(self) -> None:
        """Begins to read the tables."""
        for live in self._kept:
            live.start()

    def stop(self) -> None:
        """Ends the threads."""
        for live in self._kept:
            live.stop()
        self._apart.stop()
        self._threads.shutdown()

    @property
    def checks(self) -> Mapping[str, Check]:
        """What must hold for the role to be ready."""
        return {live.name: live.check for live in self._kept}

    def routes(self) -> list[RouteSpec]:
        """Every route of the role; a stream's own path answers GET as soon as the stream is declared."""
        own = [replace(spec, stream=name) for name, answers in self._answers.items() for spec in answers.routes]
        listed = [
            self._listing_route(stream, stream.path, Role(stream.listed))
            for stream in streams().values()
            if stream.listed is not None and stream.path is not None
        ]
        files = [*file_routes(self._stores.blobs, self._stores.links), placeholder_route(), page_files_route()]
        return [*own, *admin_routes(self._stores), *listed, *files, *self._dashboard.routes()]

    @property
    def families(self) -> list[Family]:
        """The dashboard's, and what streams add."""
        return [self._dashboard.family, *(one for answers in self._answers.values() for one in answers.families)]

    def _listing_route(self, stream: Stream, path: str, role: Role) -> RouteSpec:
        async def answer(request: Request, caller: Caller) -> Response:
            wanted = listing_of(request.query_params, self._stores.clock())
            compute = partial(rows_of, self._stores.reader(), stream, caller.tenant, wanted)
            return await self._stores.computed_as_of(compute, stream.name)

        operation = Operation(
            f"Rows of {stream.primary.name}, newest first",
            stream.description,
            tags=(stream.name,),
            responses={200: dict[str, Any]},
            response_headers=AS_OF,
            parameters=PARAMETERS,
        )
        return route(path, answer, roles=at_least(role), operation=operation, stream=stream.name)
