"""Compiles what looks through bodies of game clients ahead of the first start."""

from schemas.game.items import compile_ahead as compile_ahead
