"""Random digits of ids, drawn from the system a block at a time: for what has to be unique, not for secrets.

To draw for each id by itself is a system call, in which another thread takes the interpreter and gives it back late.
"""

import os
from collections import deque
from typing import Final

DIGITS: Final = 16
"""Hexadecimal digits at a time: 64 bits."""
AT_ONCE: Final = 256

_drawn: Final = deque[str]()
# a process that is forked would draw its parent's again
os.register_at_fork(after_in_child=_drawn.clear)


def random_digits() -> str:
    """DIGITS that nobody had before; may be asked for from any thread."""
    try:
        return _drawn.pop()
    except IndexError:
        block = os.urandom(AT_ONCE * DIGITS // 2).hex()
        _drawn.extend(block[begin : begin + DIGITS] for begin in range(DIGITS, len(block), DIGITS))
        return block[:DIGITS]
