"""What game telemetry answers."""

from query_api.answers import Answers, Stores
from query_api.game.models import Models
from query_api.game.pages import GamePages


def answers(stores: Stores) -> Answers:
    """The routes, and the page of the dashboard."""
    return Answers(Models(stores).routes(), part=GamePages(stores).part())
