"""The rules of consent that gateway and flow share (spec: consent)."""

from typing import Final

import polars as pl

NONE: Final = 0
LEGITIMATE_INTEREST: Final = 1
ANALYTICS: Final = 2
FULL: Final = 3

LEVEL_NAMES = {NONE: "none", LEGITIMATE_INTEREST: "legitimate interest", ANALYTICS: "analytics", FULL: "full"}


def permits(given: int, required: int) -> bool:
    """Whether a consent level lets through what requires another."""
    return given >= required


def effective_level(stamped: pl.Expr, recorded: pl.Expr) -> pl.Expr:
    """min(stamped level, newest record in force at occurred_at); without a record (null) the stamped level."""
    return pl.min_horizontal(stamped, recorded)


LOWERED: Final = "a newer record lowers the level"
"""Why a row's level is not the one that it was stamped with."""
