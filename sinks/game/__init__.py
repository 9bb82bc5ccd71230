"""The game tables at rest."""

from schemas.game.tables import GAME_FUNNEL_STEPS, GAME_PLAYERS, GAME_SAMPLES

__all__ = ["PLACED"]

PLACED = frozenset({GAME_PLAYERS.name, GAME_FUNNEL_STEPS.name, GAME_SAMPLES.name})
"""Tables whose rows are each made of one row of game_events, whose place on the log they have."""
