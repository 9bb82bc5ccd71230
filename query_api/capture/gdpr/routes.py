"""The routes below /v1/gdpr: a key reaches what is of its project, one of an organisation all that there is."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from functools import partial
from typing import Any

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from control.erasures import Erasure
from query_api.answers import Stores, answer
from query_api.capture.gdpr import audit
from query_api.capture.gdpr.erasing import Deleted, erase
from query_api.capture.gdpr.export import Export
from query_api.capture.gdpr.recording import Recording, by_key
from query_api.capture.gdpr.wanted import (
    DELETE,
    EXPORT,
    LISTING,
    PAGING,
    USER,
    deleted,
    exported,
    page_of,
    part_of,
    project_of,
)
from query_api.gdpr.beside import Files, Link
from query_api.gdpr.person import Person, person
from query_api.own_writes import caught_up
from schemas.capture.trail import STREAM as TRAIL
from schemas.capture.trail import PersonAction
from schemas.shared import scopes
from web.caller import Caller, Role
from web.operation import Operation, Parameter
from web.problems import Problem
from web.tenancy import RouteSpec, route

ONE_ERASURE = "/v1/gdpr/erasures/{erasure_id}"
TAGS = ("gdpr",)
LINK_SECONDS = 3600
"""For how long an export's pictures and videos can be had."""
JOB_HEADER = {"Location": "Where the erasure says how far it is; absent where there was nobody to forget."}


class Counts(Struct, frozen=True):
    """The answer to a deletion."""

    deleted_sessions: int
    deleted_events: int


def gdpr_routes(stores: Stores) -> Sequence[RouteSpec]:
    """Export, deletion, audit logs, and how far an erasure is."""
    recording = Recording(stores.publisher, stores.control, stores.clock)
    return (
        _route(EXPORT + "/{user_id}", ExportHandler(stores, recording), "POST", EXPORTING),
        _route(DELETE + "/{user_id}", DeleteHandler(stores, recording), "DELETE", DELETING),
        _route("/v1/gdpr/audit-logs", AuditLogs(stores), "GET", LOGS),
        _route(ONE_ERASURE, Receipt(stores), "GET", RECEIPT),
    )


def _route(path: str, handler: Any, method: str, operation: Operation) -> RouteSpec:
    return route(path, handler, (method,), roles={Role.SYSTEM}, operation=operation)


class ExportHandler:
    """Streams all there is of a person."""

    def __init__(self, stores: Stores, recording: Recording) -> None:
        self._stores = stores
        self._recording = recording

    async def __call__(self, request: Request, caller: Caller) -> Response:
        """The answer begins with its first bytes, so that what fails before them is an error as any other."""
        part = part_of(request)
        who = await _asked_for(self._stores, caller, exported(request))
        await self._recording(by_key(caller), who, PersonAction.EXPORT, {})
        files = Files(_links(self._stores, who.tenant, asyncio.get_running_loop()), self._stores.blobs.names)
        make = partial(Export, self._stores.control, self._stores.location, who, part, files)
        pieces = iter(await self._stores.threaded(make))
        first = await self._stores.threaded(partial(next, pieces))
        return StreamingResponse(self._written(first, pieces), media_type="application/json")

    async def _written(self, first: bytes, pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
        yield first
        while (piece := await self._stores.threaded(partial(next, pieces, None))) is not None:
            yield piece


class DeleteHandler:
    """Forgets a person."""

    def __init__(self, stores: Stores, recording: Recording) -> None:
        self._stores = stores
        self._recording = recording

    async def __call__(self, request: Request, caller: Caller) -> Response:
        """They are hidden when the answer leaves; its Location says when they are gone."""
        who = await _asked_for(self._stores, caller, deleted(request))
        by = by_key(caller)
        begin = partial(erase, self._stores.control, self._stores.location, who, by.actor)
        done: Deleted = await self._stores.threaded(begin)
        await self._recording(by, who, PersonAction.DELETE, done.counts)
        response = answer(Counts(**done.counts), None)
        if done.erasure is not None:
            response.headers["Location"] = ONE_ERASURE.format(erasure_id=done.erasure.id)
        return response


class AuditLogs:
    """Lists what was done in the key's project."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    async def __call__(self, request: Request, caller: Caller) -> Response:
        """A page, the newest first."""
        limit, offset = page_of(request)
        await caught_up(self._stores, f"project:{caller.project_id}", {TRAIL})
        place = caller.tenant, caller.project_id, limit, offset
        read = partial(audit.page, self._stores.location, self._stores.control, *place)
        return await self._stores.computed(read, None)


class Receipt:
    """Tells how far an erasure is."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    async def __call__(self, request: Request, caller: Caller) -> Response:
        """What the key's project, or its organisation, has had erased; 404 for any other."""
        erasure_id = request.path_params["erasure_id"]
        found: Erasure | None = await self._stores.threaded(partial(self._stores.control.erasures.get, erasure_id))
        reach = project_of(caller)
        if found is None or found.tenant != caller.tenant or reach not in (None, found.scope):
            raise Problem(404, "not_found", "There is no such erasure in this project.")
        return answer(receipt(found), None)


def _links(stores: Stores, tenant: str, loop: asyncio.AbstractEventLoop) -> Link:
    """Links for the thread that writes an export."""

    def link(blob: str) -> str:
        made = asyncio.run_coroutine_threadsafe(stores.links.to(tenant, blob, LINK_SECONDS), loop)
        return made.result()

    return link


async def _asked_for(stores: Stores, caller: Caller, user_id: str) -> Person:
    """The person, once the tables have what was written of them before."""
    reach = project_of(caller)
    who: Person = await stores.threaded(partial(person, stores.control.organisations, caller.tenant, user_id, reach))
    for project_id in await _projects(stores, who):
        await caught_up(stores, f"project:{project_id}")
    return who


async def _projects(stores: Stores, who: Person) -> Iterable[str]:
    if who.project_id is not None:
        return [who.project_id]
    projects: Iterable[str] = await stores.threaded(
        partial(stores.control.capture_sessions.projects_of, who.tenant, who.subject)
    )
    return projects


def receipt(erasure: Erasure) -> dict[str, Any]:
    """What an auditor gets to see; the person is a hash."""
    return {
        "id": erasure.id,
        "state": erasure.state,
        "project_id": scopes.project_of(erasure.scope),
        "subject_hash": erasure.subject,
        "requested_by": erasure.requested_by,
        "deleted_sessions": erasure.deleted_sessions,
        "deleted_events": erasure.deleted_events,
        "hidden_at": erasure.erased_at,
        "tables_clean_at": erasure.tables_clean_at,
        "finished_at": erasure.finished_at,
        "finish_expected_at": erasure.finish_expected_at,
        "detail": erasure.detail,
    }


OBJECT: dict[str, Any] = {"type": "object"}
EXPORTING = Operation(
    "Export all data of a user",
    "Written while it is read: the transfer breaks off where something fails on the way. A key with the scope gdpr:org "
    "gets what the other families have, too.",
    tags=TAGS,
    responses={200: OBJECT},
    parameters=(USER, *PAGING),
)
DELETING = Operation(
    "Forget a user",
    "Nothing shows the user any more when the answer leaves. Of the key's project, or of the whole organisation for a "
    "key with the scope gdpr:org.",
    tags=TAGS,
    responses={200: Counts},
    response_headers=JOB_HEADER,
    parameters=(USER,),
)
LOGS = Operation(
    "What was done in the project, the newest first", tags=TAGS, responses={200: OBJECT}, parameters=LISTING
)
RECEIPT = Operation(
    "How far an erasure is, and what it removed",
    tags=TAGS,
    responses={200: OBJECT},
    parameters=(Parameter("erasure_id", "The end of the Location of the deletion.", place="path"),),
    errors=(404,),
)
