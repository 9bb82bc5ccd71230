"""The query role: what it needs, its routes, its readiness check, and the view it keeps in the background."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

import web
from control import Control
from query_api.listing import PARAMETERS, listing_of, rows_of
from query_api.live import LiveMedia
from query_api.media.session_ids import SESSIONS, of_path, of_query
from query_api.media.sessions import timeline
from query_api.media.statistics_routes import MediaStatistics, as_of_header
from query_api.media.usage import UsageMinutes
from query_api.media.view import MediaKeeper
from query_api.options import QueryOptions
from schemas.media.events import STREAM as MEDIA
from schemas.media.usage import MEDIA_USAGE
from schemas.shared.stream import Stream, streams
from sinks.files import TableFiles
from sinks.location import Location
from sinks.media.settle import SettleTables
from sinks.reader import TableReader
from web import Caller, Operation, Parameter, Role, RouteSpec
from web.health import Check

AS_OF = {"X-Data-As-Of": "Everything accepted before it is in the answer."}


class Query:
    """One per process; `start` before the first request, `stop` at the end."""

    def __init__(
        self,
        location: Location,
        control: Control,
        options: QueryOptions,
        partitions: int,
        clock: Callable[[], datetime],
    ) -> None:
        self._location = location
        self._control = control
        self._partitions = partitions
        self._clock = clock
        self._threads = ThreadPoolExecutor(options.query_threads, "query")
        self._media = LiveMedia(self._keeper, options.query_poll_ms)

    def start(self) -> None:
        """Begins to read the tables."""
        self._media.start()

    def stop(self) -> None:
        """Ends the threads."""
        self._media.stop()
        self._threads.shutdown()

    @property
    def checks(self) -> Mapping[str, Check]:
        """What must hold for the role to be ready."""
        return {"media tables": self._media.check}

    def routes(self) -> list[RouteSpec]:
        """Every route of the role; a stream's own path answers GET as soon as the stream is declared."""
        return [
            *MediaStatistics(self._media.view, self._clock, self._threads).routes(),
            self._timeline_route(
                f"{SESSIONS}/{{session_id}}",
                of_path,
                Parameter("session_id", "The session as the client names it, percent-encoded.", place="path"),
            ),
            self._timeline_route(
                SESSIONS, of_query, Parameter("session_id", "The session as the client names it, whatever it is.")
            ),
            *map(self._listing_route, streams().values()),
        ]

    def _keeper(self) -> MediaKeeper:
        usage = UsageMinutes(TableFiles.open(self._location, MEDIA_USAGE))
        as_of = partial(self._control.watermarks.as_of, MEDIA.name, self._partitions)
        return MediaKeeper(SettleTables.open(self._location), usage, as_of)

    def _timeline_route(self, path: str, id_of: Callable[[Request], str], parameter: Parameter) -> RouteSpec:
        async def answer(request: Request, caller: Caller) -> Response:
            session_id = id_of(request)
            as_of, now = self._media.view().as_of, self._clock()
            compute = partial(timeline, self._reader(), caller, session_id, min(now, as_of or now))
            return await self._computed(compute, as_of)

        operation = Operation(
            "One session: its facts per media and its events",
            tags=("media",),
            responses={200: dict[str, Any]},
            response_headers=AS_OF,
            parameters=(parameter,),
            errors=(404,),
        )
        return web.route(path, answer, operation=operation)

    def _listing_route(self, stream: Stream) -> RouteSpec:
        async def answer(request: Request, caller: Caller) -> Response:
            wanted = listing_of(request.query_params, self._clock())
            as_of = await self._threaded(partial(self._control.watermarks.as_of, stream.name, self._partitions))
            return await self._computed(partial(rows_of, self._reader(), stream, caller.tenant, wanted), as_of)

        operation = Operation(
            f"Rows of {stream.primary.name}, newest first",
            stream.description,
            tags=(stream.name,),
            responses={200: dict[str, Any]},
            response_headers=AS_OF,
            parameters=PARAMETERS,
        )
        return web.route(stream.path, answer, roles=web.at_least(Role.SPECIALIST), operation=operation)

    def _reader(self) -> TableReader:
        # its tables are not for several threads at once
        return TableReader(self._location)

    async def _computed(self, compute: Callable[[], Any], as_of: datetime | None) -> Response:
        body = await self._threaded(compute)
        return Response(msgspec.json.encode(body), headers=as_of_header(as_of), media_type="application/json")

    async def _threaded(self, compute: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, compute)
