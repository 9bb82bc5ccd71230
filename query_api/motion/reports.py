"""The report of an overhead squat, as JSON, a page or a PDF, and its summary."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from blob_store.faults import BlobMissing
from motion import documents
from motion.analysis import Analysis
from motion.documents import SessionInfo
from motion.documents.info import Document
from motion.documents.pictures import view_names
from motion.documents.report import Views
from motion.request import Activity
from motion.texts import comments, summaries
from query_api.asked import Asked
from query_api.motion.access import ACTIVE, REPORTED, require_plan
from query_api.motion.asked import DEMO, LANGUAGE, SYSTEM, Speech, flag, speech
from query_api.motion.reads import NAMED, Reads, Seen
from reports.squat import Pictures, html, pdf
from web.caller import Caller
from web.operation import Operation, Parameter
from web.tenancy import RouteSpec, route

ONE: Final = f"/{Activity.MOBILITY}/sessions/{{session_id}}"
REPORT: Final = f"{ONE}/report"
SUMMARY: Final = f"{ONE}/summary"
FORMATS: Final = ("json", "html", "pdf")
PAGE_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class ReportRoutes:
    """The two."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads

    def routes(self) -> list[RouteSpec]:
        """Report and summary."""
        return [
            route(REPORT, self._report, ("GET", "POST"), operation=REPORTED_SQUATS),
            route(SUMMARY, self._summary, operation=SUMMED_UP),
        ]

    async def _report(self, request: Request, caller: Caller) -> Response:
        asked = Asked(request.query_params)
        demo, said, form = flag(asked, "demo"), speech(asked, request), asked.one_of("format", FORMATS)
        asked.refuse()
        session = await self._reads.session(request, caller, Activity.MOBILITY, demo=demo)
        require_plan(session, REPORTED)
        seen = await self._reads.squats(request, session)
        if form == "json":
            views = self._reads.linker.views(request, seen.analysis, seen.links, said.language)
            return await self._reads.answered(partial(_report, said.of(seen.analysis), seen.info, views))
        return await self._page(seen, said, form)

    async def _page(self, seen: Seen, said: Speech, form: str) -> Response:
        analysis, pictures = said.of(seen.analysis), await self._pictures(seen)
        # a page may be kept for longer than the link to its film holds
        info = replace(seen.info, video_url=None)
        if form == "html":
            page: str = await self._reads.stores.threaded(partial(html, analysis, info, pictures))
            return HTMLResponse(page, headers=PAGE_HEADERS)
        document: bytes = await self._reads.stores.apart(pdf, analysis, info, pictures)
        saved = {"Content-Disposition": f'inline; filename="{seen.session.id}.pdf"', "Cache-Control": "no-store"}
        return Response(document, headers=saved, media_type="application/pdf")

    async def _pictures(self, seen: Seen) -> Pictures:
        """Those of the views that are still kept."""
        found: dict[str, bytes] = {}
        for name in view_names(seen.analysis).values():
            blob = f"{seen.session.pictures}/{name}"
            try:
                found[name] = await self._reads.stores.threaded(partial(self._reads.stores.blobs.read, blob))
            except BlobMissing:
                continue
        return found

    async def _summary(self, request: Request, caller: Caller) -> Response:
        asked = Asked(request.query_params)
        demo, said = flag(asked, "demo"), speech(asked, request)
        asked.refuse()
        session = await self._reads.session(request, caller, Activity.MOBILITY, demo=demo)
        require_plan(session, ACTIVE)
        seen = await self._reads.squats(request, session)
        views = self._reads.linker.views(request, seen.analysis, seen.links, said.language)
        return await self._reads.answered(partial(_summary, said.of(seen.analysis), seen.info, views))


def _report(analysis: Analysis, info: SessionInfo, views: Views) -> Document:
    request = analysis.request
    said = comments(analysis, request.language, request.measurement_system)
    return documents.report(analysis, info, said, views)


def _summary(analysis: Analysis, info: SessionInfo, views: Views) -> Document:
    request = analysis.request
    said = summaries(analysis, request.language, request.measurement_system)
    return documents.summary(analysis, info, said, views)


_ANSWERS: Final[Mapping[int, Any]] = {200: dict[str, Any]}
REPORTED_SQUATS: Final = Operation(
    "The report of an overhead squat",
    "Needs the plan Standard, Pro or Enterprise.",
    tags=("motion",),
    responses=_ANSWERS,
    other_media_types=("text/html", "application/pdf"),
    parameters=(
        NAMED,
        DEMO,
        LANGUAGE,
        SYSTEM,
        Parameter("format", "As what.", {"type": "string", "enum": list(FORMATS), "default": "json"}),
    ),
    errors=(404,),
)
SUMMED_UP: Final = Operation(
    "The report of an overhead squat without its curves, summed up in words",
    "Needs an active plan.",
    tags=("motion",),
    responses=_ANSWERS,
    parameters=(NAMED, DEMO, LANGUAGE, SYSTEM),
    errors=(404,),
)
