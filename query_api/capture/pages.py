"""Capture in the dashboard: a project's sessions, where its users clicked, how far its sessions came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from control.capture_sessions import CaptureSession
from control.organisations import EXAMPLE
from control.projects import Project as NamedProject
from query_api.answers import Stores
from query_api.asked import Period
from query_api.capture.counted import Clicks
from query_api.capture.facts import NOTHING, Had, duration_ms, had, status_of
from query_api.capture.figures import Figures, KeptFigures, stages, statistics
from query_api.capture.kept import Project
from query_api.capture.places import coordinates
from query_api.capture.question import Question, Shown
from query_api.dashboard.asked import DEFAULT_PERIOD, PERIODS, chosen, given
from query_api.dashboard.kept_charts import bars
from query_api.dashboard.lists import RECORDS_LISTED
from query_api.dashboard.part import Part
from query_api.dashboard.shell import HEADERS, TEMPLATES, page
from web.caller import Caller, Role, at_least
from web.problems import Problem
from web.tenancy import Handler, RouteSpec, route

PATH: Final = "/dashboard/capture"
PICTURE: Final = f"{PATH}/heatmap.png"
NEWEST: Final = 50
PLACES: Final = 12
BUCKET: Final = 20
MOST_ON_HOME: Final = 5


@dataclass(frozen=True)
class Found:
    """What the page shows of a project."""

    figures: Figures
    shown: Shown
    sessions: Sequence[Mapping[str, Any]]

    @property
    def places(self) -> Sequence[tuple[int, int, int]]:
        """x, y and clicks of the places with the most."""
        x, y = coordinates(self.shown.points.places[:PLACES])
        return list(zip(x.tolist(), y.tolist(), self.shown.points.clicks[:PLACES].tolist(), strict=True))


@dataclass(frozen=True)
class CapturePages:
    """The pages; what they count is what the project's own routes answer."""

    stores: Stores
    clicks: Clicks
    figures: KeptFigures

    def part(self) -> Part:
        """What the dashboard shows of capture."""
        return Part((self._route(PATH, self._page, RECORDS_LISTED), self._route(PICTURE, self._picture)), self._panel)

    def _route(self, path: str, answer: Handler, action: str = "") -> RouteSpec:
        return route(path, answer, roles=at_least(Role.ADMIN), action=action)

    async def _page(self, request: Request, caller: Caller) -> Response:
        projects = await self._projects(caller.tenant)
        period, question = self._question(request)
        project = _chosen(projects, given(request.query_params, "project"))
        context = {"title": "Capture", "projects": projects, "project": project, "periods": list(PERIODS)}
        if project is None:
            return page(request, caller, "capture.html.j2", **context, period=period)
        found: Found = await self.stores.threaded(partial(self._found, project, question))
        asked = {"project": project.id, "period": period}
        shown = {"picture": PICTURE, "asked": asked, "bucket": BUCKET, "stats": statistics(found.figures)}
        return page(
            request, caller, "capture.html.j2", **context, **shown, period=period, found=found, chart=_chart(found)
        )

    async def _picture(self, request: Request, caller: Caller) -> Response:
        # the library takes a second to import, and most processes are never asked for a picture
        from query_api.capture.picture import picture

        _, question = self._question(request)
        project = _chosen(await self._projects(caller.tenant), given(request.query_params, "project"))
        if project is None:
            raise Problem(404, "not_found", "There is no such project.")
        shown = await self.stores.threaded(partial(self.clicks.shown, _key(project), question))
        is_example = project.tenant == EXAMPLE
        content = await self.stores.threaded(partial(picture, question, shown, example=is_example))
        return Response(content, 200, HEADERS, "image/png")

    async def _panel(self, tenant: str) -> str:
        projects = (await self._projects(tenant))[:MOST_ON_HOME]
        figures = [await self.stores.threaded(partial(self.figures.of, _key(project))) for project in projects]
        template = TEMPLATES.get_template("capture_panel.html.j2")
        return Markup(template.render(projects=list(zip(projects, figures, strict=True)), path=PATH))

    async def _projects(self, tenant: str) -> Sequence[NamedProject]:
        every: Sequence[NamedProject] = await self.stores.threaded(self.stores.control.projects.list)
        return [project for project in every if project.tenant == tenant]

    def _question(self, request: Request) -> tuple[str, Question]:
        period = chosen(request.query_params, "period", tuple(PERIODS), DEFAULT_PERIOD)
        until = _whole_minute(self.stores.clock())
        return period, Question(Period(until - PERIODS[period], None), bucket=BUCKET)

    def _found(self, project: NamedProject, question: Question) -> Found:
        sessions = self.stores.control.capture_sessions.newest(project.id, NEWEST)
        have = had(self.stores.tables, project.tenant, sessions)
        rows = [_row(session, have.get(session.id, NOTHING)) for session in sessions]
        return Found(self.figures.of(_key(project)), self.clicks.shown(_key(project), question), rows)


def _whole_minute(moment: datetime) -> datetime:
    """Page and picture are asked for one after the other, and show the same."""
    return moment.replace(second=0, microsecond=0)


def _chosen(projects: Sequence[NamedProject], wanted: str) -> NamedProject | None:
    """The one that the address names; the first where it names none."""
    if not wanted:
        return projects[0] if projects else None
    return next((project for project in projects if project.id == wanted), None)


def _key(project: NamedProject) -> Project:
    return Project(project.tenant, project.id)


def _row(session: CaptureSession, has: Had) -> Mapping[str, Any]:
    """Without its user: the page says how sessions are doing, not whose they are."""
    lasted = duration_ms(session, has)
    return {
        "id": session.id,
        "began": session.created_at,
        "mode": session.capture_mode,
        "status": status_of(session),
        "seconds": None if lasted is None else lasted / 1000,
        "events": has.events,
        "video": session.video is not None,
    }


def _chart(found: Found) -> str:
    counts = {stage.stage.replace("_", " "): stage.count for stage in stages(found.figures)}
    return bars("How far sessions came", list(counts), {"sessions": list(counts.values())}, "sessions")
