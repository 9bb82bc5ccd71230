"""What game telemetry answers."""

from query_api.answers import Answers, Stores
from query_api.game.models import Models


def answers(stores: Stores) -> Answers:
    """The routes."""
    return Answers(Models(stores).routes())
