"""The roles with HTTP routes: gateway, query, and both in one process on one port."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from fastapi import FastAPI

from event_log import LogOptions, Publisher, open_publisher
from ingest_gateway import family, gateway
from ingest_gateway.options import GatewayOptions
from jobs.kept import KeptProcess
from kinelake import garbage
from kinelake.drained import ready_log
from kinelake.films import film_refusal
from kinelake.installation import Installation
from kinelake.logs import configure_logs
from kinelake.overview import overview
from kinelake.role import Role, now, running
from kinelake.troubles import check_flows
from query_api.options import QueryOptions
from query_api.role import Query
from schemas.shared.discovery import declared_in
from schemas.shared.stream import Stream, streams
from web.app import WebApp, create_app
from web.audit_trail import AuditTrail
from web.authentication import authenticator
from web.families import Family
from web.health import Check
from web.options import WebOptions, development
from web.server import Listening, serve
from web.tenancy import RouteSpec


class Trail(AuditTrail, Protocol):
    """An audit trail that publishes what it is told while it is `running`."""

    topics: Sequence[Stream]

    def running(self) -> AbstractAsyncContextManager[None]:
        """From the application's begin to its end."""

    async def check(self) -> None:
        """A readiness check: raises where nothing publishes."""


@dataclass(frozen=True)
class Room:
    """What an HTTP room brings: routes, what it needs to be ready, how it begins and ends, families of its own."""

    routes: Sequence[RouteSpec]
    checks: Mapping[str, Check]
    life: AbstractAsyncContextManager[None]
    families: Sequence[Family] = ()


def run_web(installation: Installation, name: str, supervised: bool) -> None:
    """Serves the rooms of a role until it is told to stop and has drained."""
    settings = installation.settings
    configure_logs(settings.log_level, settings.log_format, name)
    with running(name, installation.control, supervised) as role:
        app, options = application(installation, name), settings.room(WebOptions)
        serve(app, options, partial(_started, role), rendering=app.rendering, at_once=app.at_once)


def application(installation: Installation, name: str) -> WebApp:
    """The application of `gateway`, `query` or `web`."""
    publisher = open_publisher(installation.settings.log_url, installation.settings.room(LogOptions))
    rooms = [make(installation, publisher) for make in ROOMS[name]]
    trail = _trail(installation, publisher)
    options = installation.settings.room(WebOptions)
    control = installation.control

    async def control_answers() -> None:
        await asyncio.to_thread(control.ping)

    async def flows_run() -> None:
        await asyncio.to_thread(check_flows, control)

    return create_app(
        [route for room in rooms for route in room.routes],
        options=options,
        authenticator=authenticator(
            options, control, installation.folder.secrets, now, only_process=_only_process(installation, name)
        ),
        families=[*family.families(), *(own for room in rooms for own in room.families)],
        trail=trail,
        checks={"control": control_answers, "audit": trail.check, **_checks(rooms)},
        notices={"flows": flows_run},
        # the last to begin is the first to end
        lifespan=_lives([_flushed(publisher), *(room.life for room in rooms), trail.running()]),
    )


def _only_process(installation: Installation, name: str) -> bool:
    """Whether no other process answers for the installation: one with all rooms whose control store is embedded."""
    return name == "web" and str(installation.settings.control_url).startswith("sqlite")


def gateway_room(installation: Installation, publisher: Publisher) -> Room:
    """HTTP → log."""
    settings = installation.settings
    for stream in streams().values():
        ready_log(installation, stream)
    options = settings.room(GatewayOptions), settings.room(WebOptions)
    stores = publisher, installation.control, installation.blobs
    routes = gateway.routes(*stores, *options, now, settings.room, film_refusal)
    return Room(routes, gateway.checks(publisher), gateway.compiled())


def query_room(installation: Installation, publisher: Publisher) -> Room:
    """Tables → HTTP."""
    settings = installation.settings
    options = settings.room(QueryOptions)
    base_url = settings.room(WebOptions).public_base_url
    look = partial(overview, installation)
    stores = installation.location, installation.control, installation.blobs
    apart = KeptProcess()
    query = Query(*stores, options, settings.partitions, now, look, publisher, base_url=base_url, apart=apart)
    return Room(query.routes(), query.checks, _started_and_stopped(query, apart), query.families)


def trial_room(installation: Installation, publisher: Publisher) -> Room:
    """In development a page to try it on; nothing elsewhere."""
    if not development(installation.settings.room(WebOptions)):
        return Room((), {}, nullcontext())
    from kinelake.trying.routes import trial_routes

    return Room(trial_routes(installation), {}, nullcontext())


ROOMS: Mapping[str, Sequence[Callable[[Installation, Publisher], Room]]] = {
    "gateway": (gateway_room,),
    "query": (query_room,),
    "web": (gateway_room, query_room, trial_room),
}
"""Role → the rooms that it serves."""


def _checks(rooms: Sequence[Room]) -> dict[str, Check]:
    return {name: check for room in rooms for name, check in room.checks.items()}


@asynccontextmanager
async def _flushed(publisher: Publisher) -> AsyncIterator[None]:
    """At the end of the application what was handed over is settled."""
    yield
    await publisher.close()


@asynccontextmanager
async def _started_and_stopped(query: Query, apart: KeptProcess) -> AsyncIterator[None]:
    query.start()
    yield
    await asyncio.to_thread(query.stop)
    await asyncio.to_thread(apart.end)


def _trail(installation: Installation, publisher: Publisher) -> Trail:
    """What refusals and actions are told to, with the topics that it publishes to."""
    (make,) = declared_in("ingest_gateway", "TRAIL").values()
    trail: Trail = make(publisher, now)
    for stream in trail.topics:
        installation.log.ensure_topic(stream.name, stream.max_record_bytes)
    return trail


def _lives(
    lives: Sequence[AbstractAsyncContextManager[None]],
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as entered:
            for life in lives:
                await entered.enter_async_context(life)
            yield

    return lifespan


def _started(role: Role, at: Listening) -> None:
    address = f"[{at.host}]" if ":" in at.host else at.host
    url, *further = (f"http://{address}:{port}" for port in (at.port, *at.further))
    role.started(url=url, further=further, taken=at.taken)
    garbage.serving()
    if role.stopping.is_set():
        # told to stop before the server listened to signals
        os.kill(os.getpid(), signal.SIGTERM)
