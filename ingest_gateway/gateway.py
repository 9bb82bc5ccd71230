"""The gateway as `web.create_app` mounts it: one route a stream, and what it needs to be ready."""

from collections.abc import Callable, Mapping
from datetime import datetime

from event_log import Publisher
from ingest_gateway.events import EventsHandler
from ingest_gateway.family import families
from ingest_gateway.options import GatewayOptions
from ingest_gateway.taking.admission import posting
from ingest_gateway.taking.description import operation
from ingest_gateway.taking.identifiers import TimeOrderedIds
from ingest_gateway.taking.publishing import Publishing
from schemas.shared.stream import streams
from web.health import Check
from web.options import WebOptions
from web.tenancy import RouteSpec, route


def routes(
    publisher: Publisher, options: GatewayOptions, limits: WebOptions, clock: Callable[[], datetime]
) -> list[RouteSpec]:
    """A `POST` route for every stream that has a path; `limits` bound what a request's body may be."""
    ids = TimeOrderedIds()
    of_name = {family.name: family for family in families()}
    return [
        route(
            stream.path,
            EventsHandler(stream, Publishing(stream, publisher), options, limits, clock, ids, of_name[stream.family]),
            ("POST",),
            roles=posting(stream),
            operation=operation(stream),
            stream=stream.name,
        )
        for stream in streams().values()
        if stream.path is not None
    ]


def checks(publisher: Publisher) -> Mapping[str, Check]:
    """What `/health/ready` asks: the log can be written, its disk is above the floor."""
    return {"log": publisher.ready}
