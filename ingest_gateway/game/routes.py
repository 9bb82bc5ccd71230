"""The routes of the game family that stand in the gateway."""

from collections.abc import Sequence

from ingest_gateway.game.sql import sql_route
from ingest_gateway.taking.means import Means
from schemas.game import STREAM
from web.tenancy import RouteSpec


def routes(means: Means) -> Sequence[RouteSpec]:
    """All of them."""
    return (sql_route(),)


ROUTES = {STREAM.name: routes}
