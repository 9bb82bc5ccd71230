"""The one place where what a stranger wrote becomes a number; None stands for what is none, within its bounds.

`int` takes signs, blanks, underscores, the digits of every script, and raises beyond 4,300 digits; `float` raises on a
whole number beyond 10^308. A test keeps both out of the modules that see requests.
"""

import math
import re

MOST_SECONDS = 2**53
"""Seconds since 1970 that a float still tells apart; far beyond any calendar."""

_DECIMAL = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?")


def whole_number(text: str, most: int, least: int = 0) -> int | None:
    """ASCII digits and nothing else, not more of them than `most` has, that make a number from `least` to `most`."""
    if not text.isascii() or not text.isdigit() or len(text) > len(str(most)):
        return None
    number = int(text)
    return number if least <= number <= most else None


def decimal_number(text: str, most: float, least: float = 0.0) -> float | None:
    """ASCII digits, at most twelve, and maybe a point and twelve more, that make a number from `least` to `most`."""
    if _DECIMAL.fullmatch(text) is None:
        return None
    number = float(text)
    return number if least <= number <= most else None


def whole_claim(value: object, most: int) -> int | None:
    """A JSON number from 0 to `most` without a fraction: JSON has one kind of number, so 2.0 is 2."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        return None
    return int(value) if value == math.floor(value) else None


def seconds_claim(value: object) -> float | None:
    """A JSON number that can be a time in seconds since 1970, with or without a fraction (RFC 7519, NumericDate)."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= MOST_SECONDS:
        return None
    return float(value)
