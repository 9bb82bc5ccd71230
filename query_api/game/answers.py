"""The routes below /api/analytics and /api/models, and the page of the dashboard."""

from query_api.answers import Answers, Stores
from query_api.game.events import Events
from query_api.game.funnel import funnel_route
from query_api.game.heatmap import Heatmap
from query_api.game.models import Models
from query_api.game.pages import GamePages
from query_api.game.performance import performance_route
from query_api.game.retention import retention_route
from query_api.game.trajectories import trajectories_route


def answers(stores: Stores) -> Answers:
    """All of them."""
    events = Events(stores.location, stores.shown)
    heatmap = Heatmap(stores, events)
    others = (funnel_route, performance_route, retention_route)
    routes = [*heatmap.routes(), trajectories_route(stores, events), *(made(stores) for made in others)]
    routes += Models(stores).routes()
    return Answers(routes, kept=(heatmap.at_hand,), part=GamePages(stores, heatmap.positions).part())
