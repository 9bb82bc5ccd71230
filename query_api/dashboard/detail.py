"""One record: all its columns with what they mean, its consent decision, its neighbours by session and by request."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import polars as pl
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from query_api.answers import Stores
from query_api.dashboard.asked import instant
from query_api.dashboard.lists import DetailLink
from query_api.dashboard.rows import DEAD, KEY, Kept, Place, of_stream, row_of
from query_api.dashboard.shell import page
from query_api.tables import Extent, Tables
from schemas.shared.columns import TIMESTAMP
from schemas.shared.consent_rules import FULL
from schemas.shared.stream import Stream, streams
from web.caller import Caller, Role, at_least
from web.problems import Problem
from web.tenancy import RouteSpec, route

DETAIL = "/dashboard/detail/{type}/{id}"
DEAD_LETTER = "dead_letter"
TABLES_BY_TYPE: Mapping[str, str] = {
    "audit": "audit_log",
    "security": "security_log",
    "error": "error_reports",
    "pose": "pose_frames",
}
"""Types that the contract names by another word than their stream."""
AROUND = timedelta(hours=1)
"""How far neighbours by session may be away."""
MOMENT = timedelta(seconds=10)
"""How far apart the parts of one request may have been received."""
MOST_NEIGHBOURS = 20
DECISION = ("consent_level", "consent_source", "gpc", "privacy_excluded", "decision_reason")
LEVELS = ("none", "legitimate interest", "analytics", "full")
assert len(LEVELS) == FULL + 1
COMMON = ("stream", "event_type", "occurred_at", "session_id", "request_id")
NOTHING = pl.LazyFrame(schema=dict.fromkeys((*COMMON, KEY), pl.String) | {"occurred_at": TIMESTAMP})


@dataclass(frozen=True)
class Record:
    """A row and what is around it."""

    row: Mapping[str, Any]
    by_session: Sequence[Mapping[str, Any]]
    by_request: Sequence[Mapping[str, Any]]


class Details:
    """The route of one record's page."""

    def __init__(self, stores: Stores, tables: Tables) -> None:
        self._stores = stores
        self._tables = tables

    def routes(self) -> list[RouteSpec]:
        """One, for all types."""
        return [route(DETAIL, self._answer, roles=at_least(Role.ADMIN), action="dashboard.record.view")]

    async def _answer(self, request: Request, caller: Caller) -> Response:
        kind, key = request.path_params["type"], request.path_params["id"]
        kept = kept_of(kind)
        compute = partial(record, self._tables, kept, caller.tenant, key, _place(request.query_params))
        found: Record | None = await self._stores.threaded(compute)
        if found is None:
            raise Problem(404, "not_found", "There is no such record in your organisation, or it is no longer kept.")
        return page(
            request,
            caller,
            "detail.html.j2",
            title=f"{kind.replace('_', ' ').capitalize()} record",
            kept=kept,
            record=found,
            decision=DECISION if "consent_level" in found.row else (),
            levels=LEVELS,
            raw=_raw(found.row),
            key=KEY,
            detail=lambda row: DetailLink(row["stream"], "occurred_at")(row),
        )


def kept_of(kind: str) -> Kept:
    """The table of a type; raises the 404 that names the types there are."""
    if kind == DEAD_LETTER:
        return DEAD
    wanted = TABLES_BY_TYPE.get(kind)
    for name, stream in streams().items():
        if stream.primary.name == wanted or name == kind:
            return of_stream(stream)
    raise Problem(404, "not_found", f"There are no records of this type here; there are {', '.join(_types())}.")


def record(tables: Tables, kept: Kept, tenant: str, key: str, place: Place) -> Record | None:
    """The record with its neighbours; None where the organisation has none of that key there."""
    row = row_of(tables, kept, tenant, key, place)
    if row is None:
        return None
    around = [_of_session(tables, tenant, row, row[kept.time]), _of_request(tables, tenant, row)]
    of_session, near = pl.collect_all(around)
    # chosen by time first: a filter by request in the same query would decode that column of all rows of the day
    of_request = near.filter(pl.col("request_id") == row.get("request_id"))
    return Record(row, _neighbours(of_session, row), _neighbours(of_request, row))


def _place(query: QueryParams) -> Place:
    """What the address says of where the record stands."""
    at = query.get("at")
    return Place(instant("at", at) if at else None, query.get("session_id") or None)


def _types() -> Iterator[str]:
    yield from streams()
    yield DEAD_LETTER


def _of_session(tables: Tables, tenant: str, row: Mapping[str, Any], at: datetime) -> pl.LazyFrame:
    if row.get("session_id") is None:
        return NOTHING
    return _every_stream(tables, Extent(tenant, "occurred_at", at - AROUND, at + AROUND, row["session_id"]))


def _of_request(tables: Tables, tenant: str, row: Mapping[str, Any]) -> pl.LazyFrame:
    """What was received at about the same time, of any request."""
    if row.get("request_id") is None:
        return NOTHING
    received = row["received_at"]
    return _every_stream(tables, Extent(tenant, "received_at", received - MOMENT, received + MOMENT))


def _neighbours(sharing: pl.DataFrame, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Some before and some after the row, itself among them, in their order."""
    found = sharing.sort("occurred_at", KEY)
    place = found.with_row_index().filter(pl.col(KEY) == row[KEY])["index"]
    first = max(0, (place[0] if len(place) else 0) - MOST_NEIGHBOURS // 2)
    return found.slice(first, MOST_NEIGHBOURS).rows(named=True)


def _every_stream(tables: Tables, around: Extent) -> pl.LazyFrame:
    return pl.concat([_common(tables, stream, around) for stream in streams().values()])


def _common(tables: Tables, stream: Stream, around: Extent) -> pl.LazyFrame:
    rows = tables.rows(stream.primary, around)
    named = rows.with_columns(pl.col("stream").fill_null(stream.name), pl.col("event_id").alias(KEY))
    return named.select(*COMMON, KEY)


def _raw(row: Mapping[str, Any]) -> Mapping[str, str]:
    """Columns of bytes as text."""
    return {name: value.decode("utf-8", "replace") for name, value in row.items() if isinstance(value, bytes)}
