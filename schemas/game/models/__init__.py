"""Models of levels, as game engines export them: what they are by content, and how far they reach.

They come from strangers: whatever a file says of itself is bounded before it is believed, and nothing that it names
outside of itself is ever fetched.
"""

from typing import Final

from schemas.shared.faults import Terminal

LARGEST_MODEL: Final = 100 * 2**20
"""Bytes of a model's file."""


class BadModel(Terminal):
    """The file is no whole model of its format; the message says what is wrong, without anything out of the file."""
