"""Who comes in: the family of the dashboard's paths, and the exchange of a token for a cookie and back."""

from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import parse_qsl

from starlette.requests import Request, cookie_parser
from starlette.responses import RedirectResponse, Response

from query_api.dashboard.session import Session, new_csrf, opened, organisation_in, same, sealed
from query_api.dashboard.shell import CSRF_SCOPE, HEADERS, HOME, LOGIN, NEXT, problem_page, rendered
from web.audit_trail import CALLER
from web.authentication import Authenticator
from web.body import read_body, require_media_type
from web.caller import Caller, Role, at_least
from web.families import Authenticate, Family
from web.headers import headers_of
from web.problems import Problem, unauthorized
from web.tenancy import RouteSpec, public_route, route

LOGOUT = "/dashboard/logout"
FORM = "application/x-www-form-urlencoded"
FORM_BYTES = 16 * 1024
FORM_FIELDS = 8
FORM_SECONDS = 15
SESSION_COOKIE = "kinelake_session"
CSRF_COOKIE = "kinelake_csrf"
CSRF_FIELD = "csrf"
COOKIE_SCHEME: Mapping[str, Mapping[str, str]] = {"session": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE}}


class NotSignedIn(Problem):
    """A form to sign in that did not; `wanted` is the page that signing in was for."""

    def __init__(self, status: int, code: str, detail: str, wanted: str) -> None:
        super().__init__(status, code, detail)
        self.wanted = wanted


class Door:
    """Signs administrators in and out; `secure` cookies are sent over HTTPS only."""

    def __init__(self, clock: Callable[[], datetime], *, secure: bool) -> None:
        self._clock = clock
        self._secure = secure
        self._authenticator: Authenticator | None = None

    @property
    def family(self) -> Family:
        """All below /dashboard: callers by their cookie, errors as pages."""
        return Family(
            name="dashboard",
            prefixes=(f"{HOME}/",),
            renderer=self._refused,
            error_schema={"type": "string"},
            error_media_type="text/html",
            authenticate=self._opened_by,
            security=COOKIE_SCHEME,
            media_types=(FORM,),
        )

    def routes(self) -> list[RouteSpec]:
        """Signing in and out."""
        return [
            public_route(LOGIN, self._form),
            public_route(LOGIN, self._sign_in, methods=("POST",), action="dashboard.sign_in"),
            route(LOGOUT, self._sign_out, ("POST",), roles=at_least(Role.ADMIN), action="dashboard.sign_out"),
        ]

    def _opened_by(self, authenticator: Authenticator) -> Authenticate:
        self._authenticator = authenticator
        return self._caller

    @property
    def _known(self) -> Authenticator:
        assert self._authenticator is not None, "an application binds its families before it answers"
        return self._authenticator

    async def _caller(self, request: Request) -> Caller:
        session = await self._session(request)
        if session is None:
            raise Problem(401, "not_signed_in", "Sign in to see this page.", members={NEXT: _wanted(request)})
        request.scope[CSRF_SCOPE] = session.csrf
        return await self._known.named(request, session.identity)

    async def _session(self, request: Request) -> Session | None:
        cookie = _cookie(request, SESSION_COOKIE)
        organisation = organisation_in(cookie)
        if organisation is None:
            return None
        return opened(cookie, await self._known.key_of(organisation), self._clock())

    async def _form(self, request: Request) -> Response:
        return self._login_page(request.query_params.get(NEXT, HOME))

    async def _sign_in(self, request: Request) -> Response:
        fields = await _fields(request)
        wanted = fields.get(NEXT, HOME)
        if not same(fields.get(CSRF_FIELD, ""), _cookie(request, CSRF_COOKIE) or new_csrf()):
            raise NotSignedIn(403, "csrf_refused", "this form was too old; try once more", wanted)
        try:
            return await self._admitted(request, fields.get("token", "").strip(), wanted)
        except Problem as refused:
            raise NotSignedIn(refused.status, refused.code, refused.detail, wanted) from refused

    async def _admitted(self, request: Request, token: str, wanted: str) -> Response:
        if not token:
            raise unauthorized("token_missing", "there was no token")
        identity = await self._known.identity(token)
        request.scope[CALLER] = await self._known.named(request, identity)
        if identity.role not in at_least(Role.ADMIN):
            raise Problem(403, "role_forbidden", "the dashboard is for the role admin, and the token has another")
        session = Session(identity, new_csrf())
        answer = RedirectResponse(_inside(wanted), 303, HEADERS)
        value = sealed(session, await self._known.key_of(identity.tenant))
        lasts = max(0, round(identity.expires_at - self._clock().timestamp()))
        self._set(answer, SESSION_COOKIE, value, lasts)
        self._set(answer, CSRF_COOKIE, "", 0)
        return answer

    async def _sign_out(self, request: Request, caller: Caller) -> Response:
        fields = await _fields(request)
        if not same(fields.get(CSRF_FIELD, ""), request.scope[CSRF_SCOPE]):
            raise Problem(403, "csrf_refused", "The form was not this page's. Go back, load the page again, and retry.")
        answer = RedirectResponse(LOGIN, 303, HEADERS)
        self._set(answer, SESSION_COOKIE, "", 0)
        return answer

    def _refused(self, problem: Problem) -> Response:
        """The page of what went wrong; of a form to sign in, that form."""
        if isinstance(problem, NotSignedIn):
            return self._login_page(problem.wanted, f"Not signed in: {problem.detail}.", problem.status)
        return problem_page(problem)

    def _login_page(self, wanted: str, message: str = "", status: int = 200) -> Response:
        csrf = new_csrf()
        context = {"title": "Sign in", "csrf": csrf, "wanted": _inside(wanted), "message": message}
        answer = rendered("login.html.j2", status, **context)
        self._set(answer, CSRF_COOKIE, csrf, 3600)
        return answer

    def _set(self, answer: Response, name: str, value: str, seconds: int) -> None:
        answer.set_cookie(
            name, value, max_age=seconds, path=HOME, secure=self._secure, httponly=True, samesite="strict"
        )


async def _fields(request: Request) -> dict[str, str]:
    require_media_type(request)
    body = await read_body(request, max_bytes=FORM_BYTES, max_decoded_bytes=FORM_BYTES, seconds=FORM_SECONDS)
    try:
        return dict(parse_qsl(body.decode("ascii"), max_num_fields=FORM_FIELDS))
    except ValueError as error:
        raise Problem(400, "invalid_request", "The form could not be read. Go back and send it again.") from error


def _cookie(request: Request, name: str) -> str:
    return cookie_parser(headers_of(request).joined("Cookie").replace(",", ";")).get(name, "")


def _wanted(request: Request) -> str:
    query = request.scope["query_string"].decode("latin-1")
    path = str(request.scope["path"])
    return f"{path}?{query}" if query else path


def _inside(wanted: str) -> str:
    """Where to go on after signing in: nowhere but to a page of ours."""
    plain = wanted.isascii() and wanted.isprintable() and "\\" not in wanted and "//" not in wanted
    return wanted if plain and (wanted == HOME or wanted.startswith((f"{HOME}/", f"{HOME}?"))) else HOME
