"""What media sessions can be grouped by, in cells, usage and answers."""

import polars as pl

from schemas.shared.columns import Column

SESSION_DIMENSIONS = ("country_code", "device_type", "connection_type", "browser_family")
"""Columns of a session whose values are told apart."""

ALL = "all"
"""The dimension whose only value stands for everything; its value is "all" too."""

UNKNOWN = "unknown"
"""The value of a dimension that a session says nothing about."""

_NAMES = (ALL, *SESSION_DIMENSIONS)
DIMENSION_COLUMN = Column("dimension", pl.String, f"{', '.join(_NAMES[:-1])} or {_NAMES[-1]}.")
