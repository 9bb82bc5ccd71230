"""Films and pictures of a session as absolute URLs that open without a key for an hour, made anew at each read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from starlette.requests import Request

from motion.analysis import Analysis
from motion.documents import SessionInfo
from motion.documents.info import Images
from motion.documents.pictures import phase_names, view_names
from motion.documents.report import Views
from motion.request import Language
from query_api.answers import Stores
from query_api.motion.known import KnownSession
from query_api.placeholders import placeholder
from reports.pictures import ViewName

LINK_SECONDS: Final = 60 * 60
VIEWS: Final[tuple[ViewName, ...]] = ("left", "right", "front")


@dataclass(frozen=True, slots=True)
class Links:
    """URLs of what is still kept of a session: films older than films are kept have none. `pictures` by their names."""

    video: str | None
    analysed: str | None
    pictures: Mapping[str, str] = field(default_factory=dict)

    def images(self, analysis: Analysis) -> Images:
        """The phases' pictures."""
        names = phase_names(analysis)
        return {phase: self.pictures[name] for phase, name in names.items() if name in self.pictures}


class Linker:
    """Makes the links of a session; `here`: as paths of this house, for pages that may load nothing from elsewhere."""

    def __init__(self, stores: Stores, *, here: bool = False) -> None:
        self._stores = stores
        self._here = here

    async def films(self, request: Request, session: KnownSession) -> Links:
        """Of the films alone."""
        kept = await self._kept(session.video.rpartition("/")[0])
        return Links(
            await self._if_kept(request, session, session.video, kept),
            await self._if_kept(request, session, session.analysed_video, kept),
        )

    async def all(self, request: Request, session: KnownSession) -> Links:
        """Of films and pictures."""
        films, pictures = await self.films(request, session), await self._kept(session.pictures)
        named = {blob.rpartition("/")[2]: await self._to(request, session, blob) for blob in sorted(pictures)}
        return Links(films.video, films.analysed, named)

    def views(self, request: Request, analysis: Analysis, links: Links, language: Language) -> Views:
        """A URL for each view of a squat: its picture, or one that says why there is none."""
        return {view: self._view(request, view, analysis, links, language) for view in VIEWS}

    def _view(self, request: Request, view: ViewName, analysis: Analysis, links: Links, language: Language) -> str:
        name = view_names(analysis).get(view)
        if name is not None and name in links.pictures:
            return links.pictures[name]
        return self._stores.absolute(request, placeholder(view, "not_filmed" if name is None else "not_kept", language))

    async def _kept(self, folder: str) -> frozenset[str]:
        return frozenset(await self._stores.threaded(partial(self._stores.blobs.names, folder)))

    async def _if_kept(
        self, request: Request, session: KnownSession, blob: str | None, kept: frozenset[str]
    ) -> str | None:
        return await self._to(request, session, blob) if blob is not None and blob in kept else None

    async def _to(self, request: Request, session: KnownSession, blob: str) -> str:
        links, tenant = self._stores.links, session.tenant
        if self._here:
            return self._stores.prefix + await links.to(tenant, blob, LINK_SECONDS, blob.rpartition("/")[2])
        return self._stores.absolute(request, await links.to(tenant, blob, LINK_SECONDS))


def info_of(session: KnownSession, links: Links) -> SessionInfo:
    """What documents say of a session beside its analysis."""
    profile = session.profile
    known = {} if profile is None else {name: value for name, value in profile._asdict().items() if value is not None}
    shown = {_SHOWN.get(name, name): value for name, value in known.items()}
    name = session.user_id if profile is None else profile.display_name or session.user_id
    return SessionInfo(session.id, session.created_at, links.video, links.analysed, name, shown, session.demo)


_SHOWN: Final = {"weight_kg": "weight", "height_cm": "height"}
"""Members of a profile that the contract calls otherwise."""
