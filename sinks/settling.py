"""Settling, whatever the stream: what has been quiet long enough goes from revisions into rows that stand.

A stream that settles declares `SETTLING` in `sinks.<stream>`; commands, jobs and `kinelake.open` go by these alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

import polars as pl
from pydantic import BaseModel

from schemas.shared.discovery import declared_in
from sinks.location import Location
from sinks.reader import TableReader


@dataclass(frozen=True)
class Settled:
    """What a run did: rows that were settled, of which anew; revisions that went and that stay."""

    rows: int
    reopened: int
    states_removed: int
    states_kept: int


Settle = Callable[[Location, datetime, datetime, Any], Settled]
"""One run over the tables at a location, safe beside the stream's flow.

Takes the flow's watermark, now, and the stream's options. Raises ExchangeRaced where another process settles too.
"""

Whole = Callable[[TableReader, datetime], pl.LazyFrame]
"""Settled and unsettled rows together, each once, as of a moment; in the columns of the settled table."""


@dataclass(frozen=True)
class Settling:
    """How a stream settles: `options` are its settings, `whole` says which tables stand for more than their rows.

    `needed` says of which tables settling, or a reader of what it made, will ask for which version next. `into` says
    where the rows of a table go that are settled.
    """

    settle: Settle
    options: type[BaseModel]
    whole: Mapping[str, Whole] = field(default_factory=dict)
    needed: Callable[[TableReader], Mapping[str, int]] = lambda _: {}
    into: Mapping[str, str] = field(default_factory=dict)


@cache
def settlings() -> Mapping[str, Settling]:
    """Module of streams → how they settle; those that do not are left out."""
    return declared_in("sinks", "SETTLING")


def whole_of(table: str) -> Whole | None:
    """What reads a table with the rows that are not settled yet; None for a table that is whole as it is."""
    found = {name: whole for settling in settlings().values() for name, whole in settling.whole.items()}
    return found.get(table)


def settled_into(table: str) -> str | None:
    """The table that settling puts this one's rows into; None for one whose rows stay."""
    found = {name: settled for settling in settlings().values() for name, settled in settling.into.items()}
    return found.get(table)
