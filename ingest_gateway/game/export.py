"""`POST /api/export`: what is not in the tables yet is written to the server's storage; no row of it is answered."""

import asyncio
import secrets
from typing import Final

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from control.jobs import Jobs
from ingest_gateway.game.family import EXPORT as PATH
from ingest_gateway.taking.means import Means
from schemas.game.exports import APP, ASKED, EXPORT, TENANT
from web.api_keys import KEY_ROLES
from web.application_tokens import PROTECTED
from web.caller import Caller
from web.operation import Operation
from web.problems import Problem
from web.tenancy import RouteSpec, route

ONE: Final = ""
"""The key of all its jobs: of one kind and key there is one at a time."""


class ExportStarted(Struct, frozen=True):
    """The 202: which job writes it."""

    job_id: int
    status: str = "export_started"


class Exports:
    """Answers the POST; the body is not looked at."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    async def __call__(self, request: Request, caller: Caller) -> Response:
        """Queues the job; raises the 409 while there is one."""
        asked = secrets.token_hex(8)
        wanted = {TENANT: caller.tenant, APP: caller.project_id, ASKED: asked}
        job = await asyncio.to_thread(self._jobs.enqueue, EXPORT, ONE, wanted)
        if job.payload[ASKED] != asked:
            raise Problem(409, "export_running", "An export is being written; ask again when it has ended.")
        return Response(msgspec.json.encode(ExportStarted(job.id)), 202, media_type="application/json")


def export_route(means: Means) -> RouteSpec:
    """The one route."""
    operation = Operation(
        "Export what is not in the tables yet",
        "NDJSON, one file per kind, to the server's storage alone; one export at a time. Whoever connects from this "
        "machine needs no token, or with KINELAKE_EXPORT_AUTH=secret the application's secret token, for its own rows.",
        tags=("game",),
        responses={202: ExportStarted},
        errors=(409,),
        security=PROTECTED,
        counted=False,
    )
    return route(PATH, Exports(means.control.jobs), ("POST",), roles=KEY_ROLES, operation=operation)
