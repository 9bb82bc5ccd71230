"""/v1/admin/privacy/exclusions: the list of networks that are not located, its synchronisation, and one address."""

from datetime import datetime
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

import msgspec
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from control.exclusions import SYNC_KIND, Exclusion
from control.jobs import Job
from query_api.answers import Stores, answer
from schemas.shared.times import microseconds, text
from web.caller import Caller, Role, at_least
from web.digits import whole_number
from web.operation import Operation, Parameter
from web.problems import FieldError, Problem
from web.tenancy import RouteSpec, route

EXCLUSIONS = "/v1/admin/privacy/exclusions"
SYNCHRONISED = "privacy.exclusions.sync"
"""What the audit calls a synchronisation that was asked for."""
MOST_PAGES = 1_000_000
MOST_PER_PAGE = 200
PER_PAGE = 50
MOST_JOBS = 2**63 - 1
LEGAL_BASIS = {"ccpa_do_not_sell": "legal_obligation_ccpa"}
"""Type of an exclusion → why it is honoured; MaxMind has this one type so far."""
STATUSES = {"queued": "running", "running": "running", "finished": "completed", "failed": "failed"}


class PrivacyRoutes:
    """The four routes."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._control = stores.control

    def routes(self) -> list[RouteSpec]:
        """List, synchronisation, its state, check."""
        admins = at_least(Role.ADMIN)
        return [
            route(EXCLUSIONS, self._list, roles=admins, operation=LIST),
            route(f"{EXCLUSIONS}/sync", self._sync, ("POST",), roles=admins, operation=SYNC, action=SYNCHRONISED),
            route(f"{EXCLUSIONS}/sync/{{id}}", self._batch, roles=admins, operation=BATCH),
            route(f"{EXCLUSIONS}/check", self._check, roles=admins, operation=CHECK),
        ]

    async def _list(self, request: Request, caller: Caller) -> Response:
        page, per_page = _page(request.query_params)
        return await self._stores.computed(lambda: self._listed(page, per_page), None)

    def _listed(self, page: int, per_page: int) -> dict[str, Any]:
        found, total = self._control.exclusions.page(page, per_page)
        return {"exclusions": list(map(_listed, found)), "total": total, "page": page, "per_page": per_page}

    async def _sync(self, request: Request, caller: Caller) -> Response:
        full = _flag(request.query_params, "full")
        job: Job = await self._stores.threaded(lambda: self._control.jobs.enqueue(SYNC_KIND, SYNC_KIND, {"full": full}))
        body = {"sync_batch_id": str(job.id), "status": "running", "started_at": _time(job.created_at)}
        headers = {"Location": f"{EXCLUSIONS}/sync/{job.id}"}
        return Response(msgspec.json.encode(body), 202, headers, media_type="application/json")

    async def _batch(self, request: Request, caller: Caller) -> Response:
        number = whole_number(request.path_params["id"], MOST_JOBS, least=1)
        return await self._stores.computed(lambda: self._state(number), None)

    def _state(self, number: int | None) -> dict[str, Any]:
        job = None if number is None else self._control.jobs.get(number)
        if job is None or job.kind != SYNC_KIND:
            raise Problem(404, "not_found", "There is no such synchronisation; they are remembered for 30 days.")
        begun = {"sync_batch_id": str(job.id), "status": STATUSES[job.state], "started_at": _time(job.created_at)}
        ended = {"completed_at": None if job.ended_at is None else _time(job.ended_at)}
        return {**begun, **ended, **vars(self._control.exclusions.changes(job.id)), "error": job.reason}

    async def _check(self, request: Request, caller: Caller) -> Response:
        address = _address(request.query_params)
        found: Exclusion | None = await self._stores.threaded(lambda: self._covering(address))
        exclusion = None if found is None else _checked(found)
        return answer({"ip": str(address), "is_excluded": found is not None, "exclusion": exclusion}, None)

    def _covering(self, address: IPv4Address | IPv6Address) -> Exclusion | None:
        """An IPv4-mapped address (RFC 4291) is the IPv4 address, too: either excludes, as in the flows."""
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        found = self._control.exclusions.covering(address)
        return self._control.exclusions.covering(mapped) if found is None and mapped is not None else found


def _listed(exclusion: Exclusion) -> dict[str, Any]:
    return {
        "id": exclusion.id,
        "ip_network": exclusion.network,
        "exclusion_type": exclusion.exclusion_type,
        "is_active": exclusion.is_active,
        "last_updated_by_maxmind": _time(exclusion.last_updated),
    }


def _checked(exclusion: Exclusion) -> dict[str, Any]:
    basis = LEGAL_BASIS.get(exclusion.exclusion_type)
    return {"type": exclusion.exclusion_type, "network": exclusion.network, "legal_basis": basis}


def _time(at: datetime) -> str:
    return text(microseconds(at))


def _page(query: QueryParams) -> tuple[int, int]:
    page = whole_number(query.get("page", "1"), MOST_PAGES, least=1)
    per_page = whole_number(query.get("per_page", str(PER_PAGE)), MOST_PER_PAGE, least=1)
    if page is None or per_page is None:
        bounds = (("page", page, MOST_PAGES), ("per_page", per_page, MOST_PER_PAGE))
        raise _invalid(*(FieldError(name, _whole(most)) for name, value, most in bounds if value is None))
    return page, per_page


def _whole(most: int) -> str:
    return f"must be a whole number from 1 to {most}"


def _flag(query: QueryParams, name: str) -> bool:
    given = query.get(name, "false")
    if given not in ("true", "false"):
        raise _invalid(FieldError(name, "must be true or false"))
    return given == "true"


def _address(query: QueryParams) -> IPv4Address | IPv6Address:
    given = query.get("ip")
    if given is None:
        raise _invalid(FieldError("ip", "is required"))
    try:
        address = ip_address(given)
    except ValueError:
        raise _invalid(FieldError("ip", "must be an IPv4 or IPv6 address")) from None
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        raise _invalid(FieldError("ip", "must have no zone"))
    return address


def _invalid(*errors: FieldError) -> Problem:
    return Problem(400, "invalid_parameter", "A query parameter is not valid; see errors.", errors=errors)


LIST = Operation(
    "Networks that are not located, by address",
    "MaxMind's privacy exclusions as of the last synchronisation, those that have left the list included.",
    tags=("admin",),
    responses={200: dict[str, Any]},
    parameters=(
        Parameter("page", "Counted from 1.", {"type": "integer", "minimum": 1, "maximum": MOST_PAGES, "default": 1}),
        Parameter(
            "per_page",
            "Exclusions of a page.",
            {"type": "integer", "minimum": 1, "maximum": MOST_PER_PAGE, "default": PER_PAGE},
        ),
    ),
)
SYNC = Operation(
    "Synchronise the exclusions with MaxMind",
    "The worker does it; while it does, asking again gives the same batch.",
    tags=("admin",),
    responses={202: dict[str, Any]},
    response_headers={"Location": "Where the batch's state is."},
    parameters=(
        Parameter(
            "full",
            "Ask for the whole list, and mark what is missing as inactive.",
            {"type": "string", "enum": ["false", "true"], "default": "false"},
        ),
    ),
)
BATCH = Operation(
    "How far a synchronisation is and what it changed",
    tags=("admin",),
    responses={200: dict[str, Any]},
    parameters=(Parameter("id", "The sync_batch_id.", place="path"),),
    errors=(404,),
)
CHECK = Operation(
    "Whether an address is excluded, and by which network",
    "The longest prefix decides.",
    tags=("admin",),
    responses={200: dict[str, Any]},
    parameters=(Parameter("ip", "An IPv4 or IPv6 address.", required=True),),
)
