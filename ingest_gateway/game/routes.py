"""The routes of the game family that stand in the gateway."""

from collections.abc import Sequence

from ingest_gateway.game.description import sending
from ingest_gateway.game.events import Events
from ingest_gateway.game.export import export_route
from ingest_gateway.game.family import ALIASES, EVENTS
from ingest_gateway.game.models import models_route
from ingest_gateway.game.sql import sql_route
from ingest_gateway.taking.admission import posting
from ingest_gateway.taking.means import Means
from schemas.game import STREAM
from web.tenancy import RouteSpec, route


def routes(means: Means) -> Sequence[RouteSpec]:
    """All of them; the aliases are the same route under the contract's earlier names."""
    events, roles = Events(means), posting(STREAM)
    paths = (EVENTS, *ALIASES)
    return (
        *(route(path, events, ("POST",), roles=roles, operation=sending, prompt=True) for path in paths),
        models_route(means),
        export_route(means),
        sql_route(),
    )


ROUTES = {STREAM.name: routes}
