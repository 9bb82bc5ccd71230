"""From a request to the session that it names, and on to its analysis: what every route of this room goes through."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from motion.analysis import Analysis
from motion.documents import SessionInfo, Status
from motion.request import Activity, Exercise
from query_api.answers import Stores
from query_api.motion.access import readable
from query_api.motion.demo import demo_analysis, demo_session
from query_api.motion.known import Analyses, Configurations, KnownSession, Sessions, Threads
from query_api.motion.links import Linker, Links, info_of
from query_api.motion.page.links import PageLinks
from query_api.own_writes import caught_up
from schemas.motion import LANDMARKS, SESSIONS
from web.caller import Caller
from web.operation import Parameter
from web.problems import Problem

READ: Final = frozenset({SESSIONS.name, LANDMARKS.name})
"""The streams whose tables an analysis is made again of."""
NAMED: Final = Parameter("session_id", "The session.", place="path")


@dataclass(frozen=True, slots=True)
class Seen:
    """A session with its finished analysis, and the links to what is kept of it."""

    session: KnownSession
    analysis: Analysis
    links: Links

    @property
    def info(self) -> SessionInfo:
        """What documents say beside the analysis."""
        return info_of(self.session, self.links)


@dataclass(frozen=True)
class Reads:
    """Where sessions, analyses, threads and configurations come from."""

    stores: Stores
    sessions: Sessions
    analyses: Analyses
    threads: Threads
    configurations: Configurations

    @cached_property
    def linker(self) -> Linker:
        """Links to films and pictures."""
        return Linker(self.stores)

    @cached_property
    def pages(self) -> PageLinks:
        """Links to pages of sessions."""
        return PageLinks(self.stores)

    async def session(
        self, request: Request, caller: Caller, activity: Activity | None = None, *, demo: bool = False
    ) -> KnownSession:
        """The session of the path, or the activity's demo session; raises the 403, else the 404."""
        if demo and activity is not None:
            return demo_session(activity, caller.tenant)
        session_id = request.path_params["session_id"]
        found: KnownSession | None = await self.stores.threaded(partial(self.sessions.get, session_id))
        return readable(found, caller, activity)

    async def analysis(self, session: KnownSession) -> Analysis:
        """The session's analysis; raises the 404 where it is not done, or its rows are older than rows are kept."""
        if session.demo:
            made: Analysis = await self.stores.threaded(partial(demo_analysis, session.request.activity))
            return made
        if session.status is not Status.DONE:
            raise Problem(404, "not_analysed", f"the session is not analysed: {session.status}")
        await caught_up(self.stores, f"session:{session.id}", READ)
        found: Analysis | None = await self.stores.threaded(partial(self.analyses.of, session))
        if found is None:
            raise Problem(404, "not_kept", "the session's analysis is no longer kept")
        return found

    async def seen(self, request: Request, session: KnownSession) -> Seen:
        """The session with its analysis and its links; raises the 404 of `analysis`."""
        analysis = await self.analysis(session)
        return Seen(session, analysis, await self.linker.all(request, session))

    async def squats(self, request: Request, session: KnownSession) -> Seen:
        """The same of an overhead squat; raises a 404 for another exercise, or where no repetition was seen."""
        if session.request.exercise is not Exercise.OVERHEAD_SQUAT:
            raise Problem(404, "no_metrics", "the session is no Overhead Squat")
        found = await self.seen(request, session)
        if not found.analysis.findings.repetitions:
            raise Problem(404, "no_metrics", "no repetition was seen in the session's video")
        return found

    async def answered(self, compute: Callable[[], Any]) -> Response:
        """200 with the JSON of what is computed on a thread."""
        return await self.stores.computed(compute, None)
