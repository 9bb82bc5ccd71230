"""GET of a session's page, and of the curves that it draws."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response

from motion.documents import Status
from motion.documents.info import Document, title
from motion.request import Activity
from motion.request import Request as Asked
from motion.texts.catalogue import catalogue
from motion.texts.quantity import Quantity
from motion.texts.rules import CAMERA_METRES
from motion.texts.text import sentence
from query_api.motion.access import unknown
from query_api.motion.demo import demo_session
from query_api.motion.known import KnownSession
from query_api.motion.links import Linker, Links, info_of
from query_api.motion.page.curves import curves
from query_api.motion.page.door import HEADERS, Door
from query_api.motion.page.links import PAGES, TOKEN
from query_api.motion.page.shown import content
from query_api.motion.page.words import words
from query_api.motion.reads import Reads
from reports.labels import labels
from web.caller import Caller
from web.families import Family
from web.tenancy import RouteSpec, route

PAGE = f"{PAGES}{{session_id}}"
CURVES = f"{PAGE}/curves"
UNDER_WAY = frozenset({Status.QUEUED, Status.PROCESSING})


class SessionPages:
    """Pages of sessions, and their family."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self._door = Door(reads.pages, reads.stores.prefix)
        self._linker = Linker(reads.stores, here=True)

    @property
    def family(self) -> Family:
        """Who comes in and how errors look."""
        return self._door.family

    def routes(self) -> list[RouteSpec]:
        """Both."""
        return [route(PAGE, self._page), route(CURVES, self._curves)]

    async def _page(self, request: Request, caller: Caller) -> Response:
        session = await self._session(request, caller)
        asked = urlencode({TOKEN: request.query_params[TOKEN]})
        around = {"curves": f"{self._reads.stores.prefix}{PAGES}{quote(session.id, safe='')}/curves?{asked}"}
        if session.status is not Status.DONE:
            return self._door.rendered("unfinished.html.j2", **around, **_unfinished(session))
        analysis = await self._reads.analysis(session)
        links = await self._linker.all(request, session)
        shown = await self._reads.stores.threaded(partial(content, analysis, info_of(session, links), links))
        spoken = _spoken(analysis.request)
        return self._door.rendered("session.html.j2", **around, **spoken, title=shown.title, shown=shown)

    async def _curves(self, request: Request, caller: Caller) -> Response:
        session = await self._session(request, caller)
        response = await self._reads.answered(await self._drawn(session))
        response.headers.update(HEADERS)
        return response

    async def _drawn(self, session: KnownSession) -> partial[Document]:
        if session.status is Status.DONE:
            return partial(curves, await self._reads.analysis(session))
        return partial(dict, status=str(session.status), progress=session.progress)

    async def _session(self, request: Request, caller: Caller) -> KnownSession:
        """The session of the path; raises the 404 where it is gone."""
        session_id = request.path_params["session_id"]
        demo = next((one for one in Activity if session_id == f"demo-{one}"), None)
        if demo is not None:
            return demo_session(demo, caller.tenant)
        found: KnownSession | None = await self._reads.stores.threaded(partial(self._reads.sessions.get, session_id))
        if found is None or found.tenant != caller.tenant:
            raise unknown()
        return found


def _spoken(request: Asked) -> Mapping[str, Any]:
    language = request.language
    return {"language": str(language), "words": words(language), "labels": labels(language)}


def _unfinished(session: KnownSession) -> Mapping[str, Any]:
    said = words(session.request.language)
    info = info_of(session, Links(None, None))
    failed = session.status is Status.FAILED
    return {
        **_spoken(session.request),
        "title": title(session.request, info),
        "person": info.user_name,
        "status": str(session.status),
        "under_way": session.status in UNDER_WAY,
        "progress": session.progress,
        "why": _why(session, said.words["failure"]) if failed else "",
        "how": _how(session) if failed else (),
    }


def _why(session: KnownSession, reasons: Mapping[str, str]) -> str:
    """The reason of the failure in words; of one without any, that it is ours."""
    return reasons.get(session.error or "", reasons["internal"])


def _how(session: KnownSession) -> tuple[str, ...]:
    """What to film differently."""
    known, system = catalogue(session.request.language), session.request.measurement_system
    sentences = {
        "frame_rate": (sentence("how.frames"),),
        "too_short": (sentence("how.more"),),
        "no_person": (sentence("how.side", distance=Quantity(CAMERA_METRES, "distance")), sentence("how.visible")),
    }
    return tuple(known.write(one, system) for one in sentences.get(session.error or "", ()))
