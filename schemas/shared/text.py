"""Which text may be an id: what a person can see, type and tell apart."""

import re
from typing import Final

# Printable by their category, but drawn as nothing (Unicode: Default_Ignorable_Code_Point, and the blank of Braille).
_INVISIBLE: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)


def printable(text: str) -> bool:
    """Whether every character is seen: no control, bidirectional, invisible, unassigned or private one.

    The plain blank is the only blank that passes.
    """
    return text.isprintable() and (text.isascii() or _INVISIBLE.search(text) is None)
