"""/v1/admin/geo: updating the geo database, which a job of the worker does while the request waits, and its status."""

import asyncio
from collections.abc import Mapping
from time import monotonic
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response

from control.geo import UPDATE_KIND, GeoDatabase
from control.jobs import Job
from query_api.answers import Stores, answer
from web.caller import Caller, Role, at_least
from web.operation import Operation
from web.problems import Problem
from web.tenancy import RouteSpec, route

WAIT_SECONDS = 120.0
"""How long a request waits for its update."""
LOOK_SECONDS = 0.1
NOT_LOADED: Mapping[str, Any] = {"database_type": None, "build_date": None, "loaded": False, "entries": 0}


class GeoRoutes:
    """The two routes."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def routes(self) -> list[RouteSpec]:
        """Update and status."""
        admins = at_least(Role.ADMIN)
        return [
            route("/v1/admin/geo/update", self._update, ("POST",), roles=admins, operation=UPDATE, action="geo.update"),
            route("/v1/admin/geo/status", self._status, roles=admins, operation=STATUS),
        ]

    async def _status(self, request: Request, caller: Caller) -> Response:
        database: GeoDatabase | None = await self._stores.threaded(self._stores.control.geo.in_force)
        return answer(NOT_LOADED if database is None else _status(database), None)

    async def _update(self, request: Request, caller: Caller) -> Response:
        asked, jobs = uuid4().hex, self._stores.control.jobs
        job: Job = await self._stores.threaded(lambda: jobs.enqueue(UPDATE_KIND, UPDATE_KIND, {"asked": asked}))
        if job.payload.get("asked") != asked:
            raise Problem(409, "geo_update_running", "An update of the geo database is under way; wait for its end.")
        await self._ended(job)
        return answer(await self._stores.threaded(lambda: self._outcome(job)), None)

    async def _ended(self, job: Job) -> None:
        """Raises the 504 when it takes too long; the job goes on all the same."""
        until = monotonic() + WAIT_SECONDS
        while True:
            found: Job | None = await self._stores.threaded(lambda: self._stores.control.jobs.get(job.id))
            if found is None or found.ended_at is not None:
                return
            if monotonic() > until:
                raise Problem(504, "geo_update_slow", "The update goes on; GET /v1/admin/geo/status shows its result.")
            await asyncio.sleep(LOOK_SECONDS)

    def _outcome(self, job: Job) -> dict[str, Any]:
        """What the job came to; raises what its failure means."""
        update, database = self._stores.control.geo.outcome(job.id), self._stores.control.geo.downloaded()
        if update is not None and update.outcome in ("updated", "current") and database is not None:
            return {"status": update.outcome, "database_version": _day(database), "entries": database.entries}
        reason = None if update is None else update.reason
        if update is not None and update.outcome == "not_configured":
            raise Problem(503, "geo_not_configured", str(reason))
        raise Problem(502, "geo_update_failed", f"The database in use stays: {reason or 'the worker did not finish'}.")


def _status(database: GeoDatabase) -> dict[str, Any]:
    named = {"database_type": database.database_type, "build_date": _day(database)}
    return {**named, "loaded": True, "entries": database.entries}


def _day(database: GeoDatabase) -> str:
    """The UTC day on which it was built."""
    return database.built_at.date().isoformat()


UPDATE = Operation(
    "Download the geo database anew and put it in force",
    "Answers when the worker is done. The database in use stays where the new one cannot be had or cannot be used.",
    tags=("admin",),
    responses={
        200: {
            "type": "object",
            "required": ["status", "database_version", "entries"],
            "properties": {
                "status": {"type": "string", "enum": ["updated", "current"]},
                "database_version": {"type": "string", "format": "date"},
                "entries": {"type": "integer", "description": "Nodes of the database's search tree."},
            },
        }
    },
    errors=(409, 502, 504),
)
STATUS = Operation(
    "Which geo database flows use",
    tags=("admin",),
    responses={
        200: {
            "type": "object",
            "required": ["database_type", "build_date", "loaded", "entries"],
            "properties": {
                "database_type": {"type": ["string", "null"]},
                "build_date": {"type": ["string", "null"], "format": "date"},
                "loaded": {"type": "boolean"},
                "entries": {"type": "integer"},
            },
        }
    },
)
