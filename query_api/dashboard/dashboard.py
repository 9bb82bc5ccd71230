"""The dashboard as one thing: its family and its routes."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from query_api.answers import Stores
from query_api.dashboard.detail import Details
from query_api.dashboard.door import Door
from query_api.dashboard.erasures import Erasures
from query_api.dashboard.home import Home
from query_api.dashboard.lists import Lists
from query_api.dashboard.overview import Kept, Overview
from query_api.dashboard.part import Part
from web.families import Family
from web.problems import Problem
from web.tenancy import RouteSpec, public_route

FILES = {"dashboard.css": "text/css", "dashboard.js": "text/javascript", "icon.svg": "image/svg+xml"}
FOLDER = Path(__file__).parent / "files"
KEPT = {"Cache-Control": "public, max-age=300", "X-Content-Type-Options": "nosniff"}


class Dashboard:
    """What a query process serves below /dashboard; `secure` where clients reach it over HTTPS."""

    def __init__(
        self, stores: Stores, overview: Callable[[], Overview], parts: Sequence[Part], *, secure: bool
    ) -> None:
        self._door = Door(stores.clock, secure=secure)
        tables = stores.tables
        kept = Kept(partial(stores.threaded, overview))
        self._rooms = (
            Home(stores, tables, kept, parts),
            Lists(stores, tables),
            Details(stores, tables),
            Erasures(stores),
        )
        self._parts = parts
        self._files = {name: (FOLDER / name).read_bytes() for name in FILES}

    @property
    def family(self) -> Family:
        """Who comes in and how errors look."""
        return self._door.family

    def routes(self) -> Iterator[RouteSpec]:
        """Every route."""
        yield public_route("/dashboard/files/{name}", self._file)
        yield from self._door.routes()
        for room in self._rooms:
            yield from room.routes()
        for part in self._parts:
            yield from part.routes

    async def _file(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self._files:
            raise Problem(404, "not_found", "There is no such file.")
        return Response(self._files[name], headers=KEPT, media_type=FILES[name])
