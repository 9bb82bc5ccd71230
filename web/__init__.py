"""What every HTTP room shares: authentication, the one tenant check, error shapes, CORS, limits, request ids.

A room declares its routes with `route` and hands them to `create_app`; its handlers get the request and its Caller.
"""

from web.app import create_app
from web.authentication import Authenticator, authenticator
from web.body import read_body, require_media_type
from web.caller import Caller, Role, at_least
from web.development import issue_development_token
from web.families import Family
from web.operation import Operation, Parameter
from web.options import WebOptions
from web.problems import FieldError, Problem
from web.server import serve
from web.telemetry import TELEMETRY
from web.tenancy import RouteSpec, public_route, route

__all__ = [
    "TELEMETRY",
    "Authenticator",
    "Caller",
    "Family",
    "FieldError",
    "Operation",
    "Parameter",
    "Problem",
    "Role",
    "RouteSpec",
    "WebOptions",
    "at_least",
    "authenticator",
    "create_app",
    "issue_development_token",
    "public_route",
    "read_body",
    "require_media_type",
    "route",
    "serve",
]
