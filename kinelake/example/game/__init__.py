"""Example sessions of a game: how players come through three levels, where they die, how smoothly it runs."""

from kinelake.example.game.traffic import TRAFFIC

__all__ = ["TRAFFIC"]
