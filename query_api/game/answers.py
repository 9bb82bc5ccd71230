"""The routes below /api/analytics."""

from query_api.answers import Answers, Stores
from query_api.game.funnel import funnel_route
from query_api.game.heatmap import Heatmap
from query_api.game.performance import performance_route
from query_api.game.retention import retention_route
from query_api.game.trajectories import trajectories_route


def answers(stores: Stores) -> Answers:
    """All of them."""
    others = (funnel_route, performance_route, trajectories_route, retention_route)
    return Answers([*Heatmap(stores).routes(), *(made(stores) for made in others)])
