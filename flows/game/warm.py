"""Compiles what looks through bodies of game clients ahead of the first start."""

from schemas.game.items import items_of, numbers_of, place_of
from schemas.game.scan import scanned

BODY = b"\x81\xa9positions\x91\x01"
"""An item with one position."""


def compile_ahead() -> None:
    """Looks through one body in every way."""
    scanned(BODY)
    items_of(BODY, 1)
    numbers_of(BODY[-2:])
    place_of(BODY, len(BODY) - 1)
