"""Who comes in to pages of sessions: whoever has a link that has not ended; what goes wrong is said by a small page."""

from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from query_api.motion.page.links import PAGES, TOKEN, PageLinks
from query_api.page_files import address
from web.authentication import Authenticator, asking
from web.caller import Caller, Role
from web.families import Authenticate, Family
from web.problems import Problem

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "media-src 'self'; connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
SECURITY: Final = {"pageLink": {"type": "apiKey", "in": "query", "name": TOKEN, "description": "From a link."}}


class Door:
    """The family of the pages' paths, and its pages; `prefix` is what clients put before every path."""

    def __init__(self, links: PageLinks, prefix: str) -> None:
        self._links = links
        self._around = {"file": lambda name: f"{prefix}{address(name)}"}

    @property
    def family(self) -> Family:
        """All below /motion: callers by the token of a link, errors as pages."""
        return Family(
            name="motion pages",
            prefixes=(PAGES,),
            renderer=self._refused,
            error_schema={"type": "string"},
            error_media_type="text/html",
            authenticate=self._opened_by,
            security=SECURITY,
        )

    def _opened_by(self, authenticator: Authenticator) -> Authenticate:
        return self._caller

    async def _caller(self, request: Request) -> Caller:
        """Nobody in particular of the link's organisation; raises the 403 unless the link is of the path's session."""
        found = await self._links.opened(request.query_params.get(TOKEN, ""))
        if found is None or found.session_id != request.path_params["session_id"]:
            raise Problem(403, "link_refused", "This link has ended, or it is none of ours. Ask for a new one.")
        return asking(request, _guest(found.tenant))

    def rendered(self, template: str, **context: Any) -> Response:
        """A page."""
        return HTMLResponse(TEMPLATES.get_template(template).render(self._around, **context), headers=HEADERS)

    def _refused(self, problem: Problem) -> Response:
        """What went wrong, for people."""
        title = HTTPStatus(problem.status).phrase
        page = TEMPLATES.get_template("problem.html.j2").render(self._around, title=title, problem=problem)
        return HTMLResponse(page, problem.status, HEADERS | problem.headers)


def _guest(tenant: str) -> Caller:
    return Caller(
        tenant=tenant,
        subject="",
        user_id="",
        role=Role.USER,
        consent_level=0,
        consent_source="link",
        gpc=False,
        client_ip="",
        user_agent="",
        request_id="",
        trusted=False,
    )


TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
