"""The gateway as `web.app.create_app` mounts it: one route a stream, and what it needs to be ready."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final, TypeAlias

import structlog

from blob_store.store import BlobStore
from control.store import Control
from event_log import Publisher
from ingest_gateway.events import EventsHandler
from ingest_gateway.family import families
from ingest_gateway.options import GatewayOptions
from ingest_gateway.taking.admission import posting
from ingest_gateway.taking.description import operation
from ingest_gateway.taking.identifiers import TimeOrderedIds
from ingest_gateway.taking.means import FilmRefusal, Means, nobody_looks
from ingest_gateway.taking.publishing import Publishing
from ingest_gateway.taking.recorded_consent import RecordedConsent
from schemas.shared.discovery import declared_in
from schemas.shared.options import OptionsOf, by_default
from schemas.shared.stream import Stream, streams
from web.families import Family
from web.health import Check
from web.options import WebOptions
from web.tenancy import RouteSpec, route

log = structlog.get_logger()

OwnRoutes: TypeAlias = Callable[[Means], Sequence[RouteSpec]]
"""Makes a stream's own routes."""

COMPILE_AFTER_SECONDS: Final = 5.0
"""Until then a process that starts, and those that start beside it, have more urgent use for the processor."""


def own_routes() -> Mapping[str, OwnRoutes]:
    """Stream → what makes its routes, of those that are not taken as every stream is.

    A module of this room that is named after its streams declares them as ROUTES, by the streams' names.
    """
    return _declared("ROUTES")


def _declared(attribute: str) -> Mapping[str, OwnRoutes]:
    return {name: make for found in declared_in("ingest_gateway", attribute).values() for name, make in found.items()}


def routes(
    publisher: Publisher,
    control: Control,
    blobs: BlobStore,
    options: GatewayOptions,
    limits: WebOptions,
    clock: Callable[[], datetime],
    options_of: OptionsOf = by_default,
    film_refusal: FilmRefusal = nobody_looks,
) -> list[RouteSpec]:
    """A `POST` route for every stream that has a path, or its own; `limits` bound what a request's body may be.

    Beside it are those of clients that others wrote, which the same module declares as BESIDE (`door.handler`).
    `film_refusal` looks into films, which the gateway itself has nothing for.
    """
    shared = TimeOrderedIds(), RecordedConsent(control.consent)
    means = Means(publisher, control, options, limits, clock, *shared, blobs, options_of, film_refusal)
    own = own_routes()
    of_name = {family.name: family for family in families()}
    plain = [
        _plain(stream, stream.path, means, of_name[stream.family])
        for stream in streams().values()
        if stream.path is not None and stream.name not in own
    ]
    making = [*own.items(), *_declared("BESIDE").items()]
    return [*plain, *(replace(spec, stream=spec.stream or name) for name, make in making for spec in make(means))]


def _plain(stream: Stream, path: str, means: Means, family: Family) -> RouteSpec:
    publishing = Publishing(stream, means.publisher)
    taking = (means.options, means.limits, means.clock, means.ids, family, means.recorded)
    return route(
        path,
        EventsHandler(stream, publishing, *taking),
        ("POST",),
        roles=posting(stream),
        operation=partial(operation, stream),
        stream=stream.name,
        prompt=True,
    )


@asynccontextmanager
async def compiled() -> AsyncIterator[None]:
    """The gateway's life: soon after its start, what streams have in `ingest_gateway/{stream}/warm.py` is compiled.

    Where `python -m flows.warm` ran before, it is only loaded. A request that needs it sooner sees to it by itself.
    """
    compiling = asyncio.create_task(_compiled_soon())
    yield
    compiling.cancel()
    await asyncio.wait([compiling])


async def _compiled_soon() -> None:
    await asyncio.sleep(COMPILE_AFTER_SECONDS)
    try:
        for compile_ahead in declared_in("ingest_gateway", "compile_ahead", "warm").values():
            await asyncio.to_thread(compile_ahead)
    except Exception:
        # whoever needs it first tries again, and is answered by what becomes of that
        log.exception("not_compiled")
    else:
        log.info("compiled")


def checks(publisher: Publisher) -> Mapping[str, Check]:
    """What `/health/ready` asks: the log can be written, its disk is above the floor."""
    return {"log": publisher.ready}
