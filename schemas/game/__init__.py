"""The game module: players, funnel steps, gameplay events and trajectories, as game clients send them."""

from schemas.game.events import STREAM

__all__ = ["STREAM"]
