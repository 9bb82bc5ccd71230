"""The media stream in the dashboard: sessions with filters, experience charts, one session drawn over time, the map."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, TypeAlias
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from query_api.answers import Stores
from query_api.dashboard.asked import DEFAULT_PERIOD, asked, chosen, given
from query_api.dashboard.charts import world
from query_api.dashboard.kept_charts import bars, lines, timeline
from query_api.dashboard.lists import RECORDS_LISTED, DetailLink, further
from query_api.dashboard.part import Part
from query_api.dashboard.rows import KEY
from query_api.dashboard.shell import HEADERS, TEMPLATES, page
from query_api.live import Live
from query_api.media.listed import listed
from query_api.media.question import Question
from query_api.media.sessions import timeline as session_of
from query_api.media.statistics import PERIODS, bandwidth, qoe, sessions
from query_api.media.statistics_routes import SOURCE, sources_of
from query_api.media.sums import Sums
from query_api.media.usage import usage
from query_api.media.view import MediaView
from schemas.media.events import STREAM
from sinks.media.status import STATUSES
from web.caller import Caller, Role, at_least
from web.problems import Problem
from web.tenancy import Handler, RouteSpec, route

PATH = "/dashboard/media"
SESSION = f"{PATH}/session"
MAP = f"{PATH}/map.svg"
FILTERS = ("media_id", "session_id", "country_code", "device_type", SOURCE.name)
MAP_PERIOD = timedelta(days=1)
MOST_GROUPS = 8
MOST_EVENTS = 500
MARKED = ("buffering_start", "pause", "seek", "quality_change", "error", "session_end")
Stats: TypeAlias = Sequence[Mapping[str, Any]]
"""Groups or intervals with their numbers."""
INTERVALS = {"1h": "1m", "24h": "1h", "7d": "1h", "30d": "1h"}
SVG_HEADERS = HEADERS | {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
}
"""A picture brings its own style and nothing else."""


@dataclass(frozen=True)
class MediaPages:
    """The pages; what they count comes from the view that the statistics answer from."""

    live: Live[MediaView]
    stores: Stores

    def part(self) -> Part:
        """What the dashboard shows of media."""
        pages = (
            self._route(PATH, self._sessions, RECORDS_LISTED),
            self._route(SESSION, self._session, "dashboard.session.view"),
            self._route(MAP, self._map),
        )
        return Part(pages, self._panel)

    def _route(self, path: str, answer: Handler, action: str = "") -> RouteSpec:
        return route(path, answer, roles=at_least(Role.ADMIN), action=action)

    async def _sessions(self, request: Request, caller: Caller) -> Response:
        now, query = self.stores.clock(), request.query_params
        period = chosen(query, "period", tuple(PERIODS), DEFAULT_PERIOD)
        status = chosen(query, "status", ("", *STATUSES), "")
        wanted = asked(query, FILTERS, now, tuple(PERIODS))
        media_id, sources = given(query, "media_id") or None, sources_of(given(query, SOURCE.name) or None)
        question = Question(caller.tenant, now - PERIODS[period], now, media_id, status or None, sources)
        view = self.live.view()
        charts = await self.stores.threaded(partial(charts_of, view, question, INTERVALS[period]))
        at = min(now, view.as_of or now)
        compute = partial(listed, view, self.stores.shown, caller.tenant, wanted, status, at)
        rows, last = await self.stores.threaded(compute)
        return page(
            request,
            caller,
            "media.html.j2",
            title="Media",
            charts=charts,
            rows=rows,
            further=further(request, last),
            filters=wanted.equal,
            names=FILTERS,
            periods=list(PERIODS),
            period=period,
            statuses=STATUSES,
            status=status,
            link=lambda row: f"{SESSION}?{urlencode({'session_id': row['session_id']})}",
        )

    async def _session(self, request: Request, caller: Caller) -> Response:
        session_id = given(request.query_params, "session_id")
        if not session_id:
            raise Problem(404, "not_found", "No session is named. Choose one on the page Media.")
        now = self.stores.clock()
        compute = partial(session_of, self.stores.tables, caller, session_id, min(now, self.live.view().as_of or now))
        found = await self.stores.threaded(compute)
        events = found["events"][:MOST_EVENTS]
        return page(
            request,
            caller,
            "session.html.j2",
            title="Media session",
            session=found,
            events=[{**event, KEY: event["event_id"], "session_id": session_id} for event in events],
            left=len(found["events"]) - len(events),
            chart=drawn(events),
            detail=DetailLink(STREAM.name, "occurred_at"),
        )

    async def _map(self, request: Request, caller: Caller) -> Response:
        counts = await self._countries(caller.tenant)
        return Response(await self.stores.threaded(partial(world, counts)), 200, SVG_HEADERS, "image/svg+xml")

    async def _panel(self, tenant: str) -> str:
        counts = await self._countries(tenant)
        template = TEMPLATES.get_template("media_panel.html.j2")
        return Markup(template.render(countries=counts, map=MAP, path=PATH))

    async def _countries(self, tenant: str) -> Mapping[str, int]:
        now = self.stores.clock()
        question = Question(tenant, now - MAP_PERIOD, now)
        stats = await self.stores.threaded(partial(_bandwidth, self.live.view(), question, "country_code"))
        return {each["country_code"]: each["total_sessions"] for each in stats}


def charts_of(view: MediaView, question: Question, interval: str) -> Mapping[str, Any]:
    """The numbers and charts above the list; a chart without anything to draw is ""."""
    sums = Sums(view, question)
    return {
        "totals": sessions(sums, ""),
        "use": _use(usage(view.usage, question, "", interval)["stats"]),
        "quality": _quality(qoe(sums, "", "device_type")["stats"][:MOST_GROUPS]),
        "start": _start(bandwidth(sums, "", "country_code")["stats"][:MOST_GROUPS]),
    }


def _use(intervals: Stats) -> str:
    labels = [each["start"][5:16].replace("T", " ") for each in intervals]
    most = {"sessions at once": [each["peak_concurrent_sessions"] for each in intervals]}
    return lines("Most sessions at once", labels, most, "sessions", wide=True) if labels else ""


def _quality(groups: Stats) -> str:
    labels = [each["device_type"] for each in groups]
    scores = {name: [each[f"{name}_score"] for each in groups] for name in ("startup", "smoothness")}
    return bars("Startup and smoothness by device, 0 to 100", labels, scores, "score") if labels else ""


def _start(groups: Stats) -> str:
    labels = [each["country_code"] for each in groups]
    means = {"first frame": [each["avg_load_time_ms"] for each in groups]}
    return bars("Mean time to the first frame by country", labels, means, "ms") if labels else ""


def drawn(events: Stats) -> str:
    """The playhead over time, with what interrupted it marked."""
    placed = [each for each in events if each["position_seconds"] is not None]
    if not placed:
        return ""
    began = events[0]["occurred_at"]

    def point(event: Mapping[str, Any]) -> tuple[float, float]:
        return (event["occurred_at"] - began).total_seconds(), event["position_seconds"]

    marks = {kind: [point(each) for each in placed if each["event_type"] == kind] for kind in MARKED}
    return timeline("The playhead over time", [point(each) for each in placed], marks)


def _bandwidth(view: MediaView, question: Question, group_by: str) -> Stats:
    stats: Stats = bandwidth(Sums(view, question), "", group_by)["stats"]
    return stats
