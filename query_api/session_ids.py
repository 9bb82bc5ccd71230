"""Which session or person a request names: by the rest of its path, percent-decoded once, or by `?session_id=`."""

from collections.abc import Callable
from urllib.parse import unquote

from starlette.requests import Request

from web.problems import FieldError, Problem

SessionOf = Callable[[Request], str]


def of_path(above: str, parameter: str = "session_id") -> SessionOf:
    """The id behind a path such as `/v1/media/sessions` and a slash, with whatever slashes and blanks it has.

    The raw path tells `a%2F`, an id that ends in a slash, from `a/`, the other slash form of the path of `a`.
    """

    def session_of(request: Request) -> str:
        raw: bytes | None = request.scope.get("raw_path")
        if raw is None:
            return str(request.path_params[parameter])
        rest = raw.decode("latin-1").partition("?")[0].removeprefix(f"{above}/")
        return unquote(rest.removesuffix("/"))

    return session_of


def of_query(request: Request) -> str:
    """The id of `?session_id=`; raises the 400 where it is not given once."""
    given = request.query_params.getlist("session_id")
    if len(given) != 1:
        wrong = [FieldError("session_id", "must be given once")]
        raise Problem(400, "invalid_parameter", "A query parameter is not valid; see errors.", errors=wrong)
    return given[0]
