"""Audit, security and analytics: the rows of one declared stream with filters, or what to do where there is none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response

from query_api.answers import Stores
from query_api.dashboard.asked import AFTER, BETWEEN, DEFAULT_PERIOD, PERIODS, asked
from query_api.dashboard.rows import KEY, Cursor, Kept, Rows, of_stream, page_of
from query_api.dashboard.shell import iso, page
from query_api.tables import Tables
from schemas.shared.stream import Stream, streams
from web.caller import Caller, Role, at_least
from web.tenancy import RouteSpec, route

RECORDS_LISTED = "dashboard.records.list"
"""What the audit calls a page of people's records, for whoever looks for one person's sees them here."""


@dataclass(frozen=True)
class List:
    """A page of lists; its rows come from the stream of `table`, or of any stream that is on no other page."""

    path: str
    title: str
    table: str | None
    empty: str


LISTS = (
    List(
        "/dashboard/audit", "Audit", "audit_log", "Post what your services do to /v1/audit/ingest with a system token."
    ),
    List(
        "/dashboard/security",
        "Security",
        "security_log",
        "Nothing was refused. A refused request would stand here, many of one kind as one row with a count.",
    ),
    List("/dashboard/analytics", "Analytics", None, "Post events to the stream's route; /docs has an example to run."),
)


class Lists:
    """The routes of the lists."""

    def __init__(self, stores: Stores, tables: Tables) -> None:
        self._stores = stores
        self._tables = tables

    def routes(self) -> list[RouteSpec]:
        """One a page."""
        return [self._route(each) for each in LISTS]

    def _route(self, each: List) -> RouteSpec:
        async def answer(request: Request, caller: Caller) -> Response:
            tabs = shown_on(each)
            stream = tabs.get(request.query_params.get("stream", ""), next(iter(tabs.values()), None))
            context = {"title": each.title, "empty": each.empty, "tabs": list(tabs), "table": each.table}
            if stream is None:
                return page(request, caller, "undeclared.html.j2", **context)
            kept = of_stream(stream)
            wanted = asked(request.query_params, kept.filters, self._stores.clock())
            compute = partial(page_of, self._tables, kept, caller.tenant, wanted)
            rows: Rows = await self._stores.threaded(compute)
            shown = {"stream": stream, "kept": kept, "rows": rows.rows, "key": KEY, "filters": wanted.equal}
            ways = {"further": further(request, rows.following), "periods": list(PERIODS), "period": _period(request)}
            return page(request, caller, "list.html.j2", **context, **shown, **ways, detail=detail_link(stream, kept))

        return route(each.path, answer, roles=at_least(Role.ADMIN), action=RECORDS_LISTED)


def shown_on(each: List) -> Mapping[str, Stream]:
    """The streams whose rows a page shows, by name."""
    elsewhere = {one.table for one in LISTS}
    found = streams()
    if each.table is not None:
        return {name: stream for name, stream in found.items() if stream.primary.name == each.table}
    return {name: stream for name, stream in found.items() if stream.primary.name not in elsewhere}


def further(request: Request, last: Cursor | None) -> str | None:
    """The address of the next page, None at the end."""
    if last is None:
        return None
    after = f"{iso(last.time)}{BETWEEN}{last.key}"
    kept: Sequence[tuple[str, str]] = [(k, v) for k, v in request.query_params.multi_items() if k != AFTER and v]
    return f"{request.scope['path']}?{urlencode([*kept, (AFTER, after)])}"


def detail_link(stream: Stream, kept: Kept) -> "DetailLink":
    """Links to the records of a stream."""
    return DetailLink(stream.name, kept.time)


@dataclass(frozen=True)
class DetailLink:
    """Row → the address of its own page; it says where the row stands, which spares looking through the table."""

    kind: str
    time: str

    def __call__(self, row: Mapping[str, Any]) -> str:
        """The link."""
        session_id = row.get("session_id")
        place = {"at": iso(row[self.time])} | ({} if session_id is None else {"session_id": session_id})
        return f"/dashboard/detail/{self.kind}/{quote(str(row[KEY]), safe='')}?{urlencode(place)}"


def _period(request: Request) -> str:
    return request.query_params.get("period") or DEFAULT_PERIOD
