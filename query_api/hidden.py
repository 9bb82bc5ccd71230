"""What an erasure hides from the moment that it begins: rows of a person that the job has not taken out yet.

Whoever hands out rows of a table that says whose they are asks here, so that a route has nothing to remember.
"""

from functools import reduce
from operator import or_

import polars as pl

from control.erasures import Erasure, Erasures
from schemas.shared.columns import Table
from schemas.shared.scopes import SESSION, reach_of
from sinks.erased import times_of


class Hidden:
    """Asks control each time: what was erased a moment ago is hidden now, whichever process was told."""

    def __init__(self, erasures: Erasures) -> None:
        self._erasures = erasures

    def __call__(self, table: Table, rows: pl.LazyFrame) -> pl.LazyFrame:
        """A Shown; raises ControlUnavailable."""
        if not {"tenant", "subject"} <= set(table.schema):
            return rows
        known = {"", *table.schema}
        reaching = [each for each in self._erasures.in_state("hidden") if reach_of(each.scope).column in known]
        if not reaching:
            return rows
        there = rows.collect_schema().names()
        began = pl.min_horizontal([name for name in times_of(table) if name in there])
        return rows.filter(~reduce(or_, (_of(began, erasure) for erasure in reaching)))


def _of(began: pl.Expr, erasure: Erasure) -> pl.Expr:
    theirs = pl.col("tenant").eq_missing(pl.lit(erasure.tenant)) & pl.col("subject").eq_missing(pl.lit(erasure.subject))
    column, value = reach_of(erasure.scope)
    if column:
        theirs &= pl.col(column).eq_missing(pl.lit(value))
    if column == SESSION:
        return theirs
    return theirs & (began < erasure.erased_at).fill_null(value=True)
