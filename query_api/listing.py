"""GET on every stream's own path: its rows as they are stored, newest first."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
import polars as pl
from starlette.datastructures import QueryParams

from schemas.shared.defaults import filled
from schemas.shared.stream import Stream
from schemas.shared.times import moment, parsed
from sinks.reader import TableReader
from web.digits import whole_number
from web.operation import Parameter
from web.problems import FieldError, Problem

MOST_ROWS = 1000
DEFAULT_ROWS = 100
DEFAULT_WINDOW = timedelta(hours=1)
AHEAD = timedelta(days=1)
"""How far a client's clock may be ahead of ours."""

TIME: Mapping[str, Any] = {"type": "string", "format": "date-time"}
PARAMETERS = (
    Parameter("session_id", "Only this session."),
    Parameter("from", "Earliest occurred_at; an hour before `to` by default.", TIME),
    Parameter("to", "occurred_at before this; now by default.", TIME),
    Parameter("limit", "Most rows.", {"type": "integer", "minimum": 1, "maximum": MOST_ROWS, "default": DEFAULT_ROWS}),
)


class Listing(msgspec.Struct, frozen=True):
    """Which rows of a stream."""

    session_id: str | None
    since: datetime
    until: datetime
    limit: int


def listing_of(query: QueryParams, now: datetime) -> Listing:
    """The request's filters; raises the 400 that names what is wrong with them."""
    wrong: list[FieldError] = []
    until = _time(query, "to", now, wrong)
    since = _time(query, "from", until - DEFAULT_WINDOW, wrong)
    limit = _limit(query, wrong)
    if wrong:
        raise Problem(400, "invalid_parameter", "A query parameter is not valid; see errors.", errors=wrong)
    return Listing(query.get("session_id"), since, until, limit)


def rows_of(reader: TableReader, stream: Stream, tenant: str, wanted: Listing) -> dict[str, Any]:
    """The answer: `{"events": […]}`, keys as the table's columns, those without a value left out."""
    occurred = pl.col("occurred_at")
    rows = reader.rows(stream.primary).filter(
        pl.col("tenant") == tenant,
        pl.col("received_date") >= (wanted.since - AHEAD).date(),
        occurred >= wanted.since,
        occurred < wanted.until,
    )
    if wanted.session_id is not None:
        rows = rows.filter(pl.col("session_id") == wanted.session_id)
    newest = (
        filled(rows.top_k(wanted.limit, by=["occurred_at", "event_id"]), stream)
        .collect()
        .sort("occurred_at", "event_id", descending=True)
    )
    return {"events": [_row(stream, row) for row in newest.iter_rows(named=True)]}


def _row(stream: Stream, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: msgspec.Raw(value.encode()) if name in stream.objects else value
        for name, value in row.items()
        if value is not None
    }


def _time(query: QueryParams, name: str, default: datetime, wrong: list[FieldError]) -> datetime:
    try:
        return moment(parsed(query[name])) if name in query else default
    except ValueError as error:
        wrong.append(FieldError(name, str(error)))
        return default


def _limit(query: QueryParams, wrong: list[FieldError]) -> int:
    limit = whole_number(query["limit"], MOST_ROWS, least=1) if "limit" in query else DEFAULT_ROWS
    if limit is not None:
        return limit
    wrong.append(FieldError("limit", f"must be a whole number from 1 to {MOST_ROWS}"))
    return DEFAULT_ROWS
