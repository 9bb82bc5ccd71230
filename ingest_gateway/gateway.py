"""The gateway as `web.create_app` mounts it: one route a stream, and what it needs to be ready."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from event_log import Publisher
from ingest_gateway.events import EventsHandler
from ingest_gateway.options import GatewayOptions
from ingest_gateway.taking.description import operation
from ingest_gateway.taking.identifiers import TimeOrderedIds
from ingest_gateway.taking.publishing import Publishing
from schemas.shared.faults import BadDeclaration
from schemas.shared.stream import Stream, streams
from web import Role, RouteSpec, WebOptions, at_least, route
from web.health import Check


def routes(
    publisher: Publisher, options: GatewayOptions, limits: WebOptions, clock: Callable[[], datetime]
) -> list[RouteSpec]:
    """A `POST` route for every stream there is; `limits` bound what a request's body may be."""
    ids = TimeOrderedIds()
    return [
        route(
            stream.path,
            EventsHandler(stream, Publishing(stream, publisher), options, limits, clock, ids),
            ("POST",),
            roles=_posting(stream),
            operation=operation(stream),
            stream=stream.name,
        )
        for stream in streams().values()
    ]


def _posting(stream: Stream) -> Collection[Role]:
    if not stream.roles:
        return at_least(Role.USER)
    unknown = set(stream.roles) - set(Role)
    if unknown:
        raise BadDeclaration(
            f"the stream {stream.name} may be posted by {', '.join(sorted(unknown))}, which is no role; "
            f"name some of {', '.join(Role)}"
        )
    return {Role(name) for name in stream.roles}


def checks(publisher: Publisher) -> Mapping[str, Check]:
    """What `/health/ready` asks: the log can be written, its disk is above the floor."""
    return {"log": publisher.ready}
