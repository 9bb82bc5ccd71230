"""Numbers as documents write them: rounded, and null where there is none."""

import numpy as np

from motion.body.landmarks import Floats

Numbers = list[float | None]

DECIMALS = 3
"""Of everything but degrees."""

DEGREES_DECIMALS = 1

_MILLISECONDS = 1000.0


def rounded(value: float | None, unit: str = "") -> float | None:
    """The number with the decimals of its unit; what rounds to zero has no sign."""
    return None if value is None else round(float(value), decimals(unit)) + 0.0


def decimals(unit: str) -> int:
    """How many decimals a number in a unit has."""
    return DEGREES_DECIMALS if unit == "degrees" else DECIMALS


def numbers(values: Floats, unit: str = "") -> Numbers:
    """The column (n) as plain numbers, None for NaN."""
    plain: list[float] = (np.round(values, decimals(unit)) + 0.0).tolist()
    return [None if value != value else value for value in plain]


def milliseconds(seconds: float) -> float:
    """An instant as timestamps have it."""
    return round(_MILLISECONDS * float(seconds), DECIMALS) + 0.0


def timestamps(times: Floats) -> list[float]:
    """(n): milliseconds."""
    stamps: list[float] = (np.round(_MILLISECONDS * times, DECIMALS) + 0.0).tolist()
    return stamps
