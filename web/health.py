"""Health: `/health/live` says that the process turns, `/health/ready` that what its roles need is there."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from schemas.shared.faults import KinelakeError
from web.operation import Operation
from web.problems import RETRY_SECONDS, FieldError, Problem
from web.tenancy import RouteSpec, public_route

CHECK_SECONDS = 3

Check: TypeAlias = Callable[[], Awaitable[None]]
"""Returns when all is well, raises what is wrong."""

log = structlog.get_logger()

STATUS = {"type": "object", "properties": {"status": {"type": "string"}}, "required": ["status"]}


def health_routes(checks: Mapping[str, Check], notices: Mapping[str, Check]) -> list[RouteSpec]:
    """The three health routes; `checks` are the roles' needs by name, asked at each request.

    What a notice raises is told as well, and requests are answered all the same: the role stays ready.
    """

    async def ready(request: Request) -> Response:
        wrong, noticed = await asyncio.gather(_wrong(checks), _wrong(notices))
        if wrong:
            retry = {"Retry-After": str(RETRY_SECONDS)}
            raise Problem(503, "not_ready", "Something is missing; see errors.", errors=wrong, headers=retry)
        return JSONResponse({"status": "ok", **({"notices": msgspec.to_builtins(noticed)} if noticed else {})})

    return [
        public_route("/health", _ok, _described("Whether the service is up")),
        public_route("/health/live", _ok, _described("Whether the process turns")),
        public_route("/health/ready", ready, _described("Whether everything that requests need is there")),
    ]


async def _ok(request: Request) -> Response:
    return JSONResponse({"status": "ok"})


def _described(summary: str) -> Operation:
    return Operation(summary=summary, tags=("health",), responses={200: STATUS})


async def _wrong(checks: Mapping[str, Check]) -> list[FieldError]:
    verdicts = await asyncio.gather(*(_verdict(name, check) for name, check in checks.items()))
    return [verdict for verdict in verdicts if verdict is not None]


async def _verdict(name: str, check: Check) -> FieldError | None:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check()
    except TimeoutError:
        return FieldError(name, f"does not answer within {CHECK_SECONDS} seconds")
    except KinelakeError as error:
        return FieldError(name, str(error))
    except Exception as error:
        log.error("readiness_check_failed", check=name, error=type(error).__name__)
        return FieldError(name, f"the check itself failed: {type(error).__name__}")
    return None
