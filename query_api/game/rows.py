"""The rows of one application, as they are looked for."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

import polars as pl

from query_api.asked import Asked, Period
from query_api.tables import EARLIEST, LATEST, Extent, Tables
from schemas.shared.columns import Table
from sinks.game.samples import Rows
from web.caller import Caller
from web.operation import Parameter
from web.problems import Problem

INSTANT: Final = timedelta(microseconds=1)
LONGEST: Final = 128
"""Characters of a name that clients give: a level, a build, a step."""
APP: Final = Parameter("app", "The application, which is the token's in any case: another one is a 403.")


class Application(NamedTuple):
    """Whose rows."""

    tenant: str
    app_id: str

    @classmethod
    def of(cls, caller: Caller, asked: Asked) -> "Application":
        """That of the caller's token; raises the 403 where `app` names another."""
        named = asked.text(APP.name, LONGEST)
        if named is not None and named.lower() != caller.project_id:
            raise Problem(403, "app_mismatch", "app is not the secret token's application")
        return cls(caller.tenant, caller.project_id)


def rows_of(tables: Tables, application: Application) -> Rows:
    """The rows of its own."""

    def rows(table: Table, since: datetime, until: datetime) -> pl.LazyFrame:
        found = tables.rows(table, Extent(application.tenant, "occurred_at", since, until))
        return found.filter(pl.col("app_id") == application.app_id)

    return rows


def within(rows: Rows, table: Table, period: Period) -> pl.LazyFrame:
    """Those that occurred in a period."""
    return rows(table, period.since or EARLIEST, (period.until or LATEST) - INSTANT)


def chosen(**wanted: str | None) -> list[pl.Expr]:
    """What holds of rows whose columns have these values; None is any."""
    return [pl.col(name) == value for name, value in wanted.items() if value is not None]
