"""What every page has: its templates, its headers, the way around, and the pages that say what went wrong."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from web.caller import Caller
from web.problems import Problem

HOME = "/dashboard"
LOGIN = "/dashboard/login"
CSRF_SCOPE = "kinelake.dashboard.csrf"
"""Where the session's CSRF value stands in the ASGI scope."""
NEXT = "next"
NAVIGATION: Mapping[str, str] = {
    HOME: "Home",
    "/dashboard/media": "Media",
    "/dashboard/capture": "Capture",
    "/dashboard/game": "Game",
    "/dashboard/analytics": "Analytics",
    "/dashboard/audit": "Audit",
    "/dashboard/security": "Security",
    "/dashboard/erasures": "Erasures",
}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
LONGEST_VALUE = 300
"""Characters of a value that a list shows; the record shows it whole."""


def iso(moment: datetime) -> str:
    """RFC 3339 in UTC with all of its microseconds."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"


def _number(value: float | None, digits: int = 0) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _spoken(period: str) -> str:
    """What follows "the last": hour, 24 hours, 7 days."""
    number, unit = period[:-1], {"h": "hour", "d": "day"}[period[-1]]
    return unit if number == "1" else f"{number} {unit}s"


def _series(values: Sequence[object]) -> str:
    """A column of lists: points are Float32, which has seven digits."""
    return ", ".join(f"{value:.7g}" if isinstance(value, float) else str(value) for value in values)


def _is_series(value: object) -> bool:
    return isinstance(value, list)


def _is_time(value: object) -> bool:
    return isinstance(value, datetime)


TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.filters |= {"utc": _utc, "iso": iso, "short": _short, "number": _number}
TEMPLATES.filters |= {"spoken": _spoken, "query": urlencode, "series": _series}
TEMPLATES.tests |= {"time": _is_time, "series": _is_series}


def rendered(template: str, status: int = 200, /, **context: Any) -> Response:
    """A page for somebody who need not be signed in."""
    return HTMLResponse(TEMPLATES.get_template(template).render(context), status, HEADERS)


def page(request: Request, caller: Caller, template: str, /, **context: Any) -> Response:
    """A page for the one who is signed in."""
    around = {
        "organisation": caller.tenant,
        "csrf": request.scope[CSRF_SCOPE],
        "navigation": NAVIGATION,
        "here": request.scope["path"],
    }
    return rendered(template, 200, **around, **context)


def problem_page(problem: Problem) -> Response:
    """What went wrong, for people; who is not signed in is led to where one signs in."""
    if problem.status == HTTPStatus.UNAUTHORIZED:
        wanted = problem.members.get(NEXT)
        return RedirectResponse(f"{LOGIN}?{urlencode({NEXT: wanted})}" if wanted else LOGIN, 303, HEADERS)
    title = HTTPStatus(problem.status).phrase
    content = TEMPLATES.get_template("problem.html.j2").render(title=title, problem=problem)
    return HTMLResponse(content, problem.status, HEADERS | problem.headers)
