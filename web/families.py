"""What a family of the API has of its own around a request, found by the prefix of the request's path.

A prefix ends at a "/": `/v1/sessions/` claims `/v1/sessions` and all below it, while `/v1/sessionsfoo` is another's.
The longest prefix counts.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol, TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from schemas.shared.faults import BadDeclaration
from web.authentication import Authenticator
from web.caller import Caller
from web.problems import Problem

JSON = "application/json"
BEARER: Mapping[str, Mapping[str, Any]] = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
DEFAULT_PREFIX = "/"
MOST_PATHS = 1024
"""Paths whose family is remembered: nearly all requests ask for some hundred."""
FAMILY = "kinelake.family"
"""Where a route leaves its family in the ASGI scope."""

Fields: TypeAlias = Mapping[str, Any]
"""Column → value, of what a client said."""
Renderer: TypeAlias = Callable[[Problem], Response]
Authenticate: TypeAlias = Callable[[Request], Awaitable[Caller]]
"""Who sends a request; raises the 401 Problem."""
Stamp: TypeAlias = Callable[[Request, Caller], Fields]
"""The `stamped` columns of a stream (`schemas.shared.stream`), by the request and its caller; raises a Problem."""
SubjectOf: TypeAlias = Callable[[Caller, Fields, Fields], str]
"""Who an item is of, by its caller, the fields that its request says once, and its own."""


class Meter(Protocol):
    """Counts the requests of a family, whatever becomes of them."""

    async def spend(self, scope: Scope) -> None:
        """Counts one, before anybody has looked at who sends it; raises the 429 Problem."""

    def told(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        """What every answer says of the budget that it was counted in."""


def by_bearer_token(authenticator: Authenticator) -> Authenticate:
    """Callers by their token (RFC 6750)."""
    return authenticator.caller


def the_callers(caller: Caller, head: Fields, item: Fields) -> str:
    """Whoever sends an item is whom it is of."""
    return caller.subject


def nothing_more(request: Request, caller: Caller) -> Fields:
    """A request says by itself all there is to say of it."""
    return {}


@dataclass(frozen=True, kw_only=True)
class Entrance:
    """How strangers' clients come into a family, with public write keys and from any page (`web.doorway`).

    `key_below` is the path whose next part is a key, "" where no path has one. `unknown_key` answers a request whose
    key nobody knows; without it that is a 401 in the family's shape.
    """

    key_below: str = ""
    unknown_key: Callable[[], Response] | None = None


@dataclass(frozen=True, kw_only=True)
class Family:
    """One family; a stream names it, and a module of the gateway with the stream's name declares it as `FAMILY`.

    `renderer` makes the answer of every Problem under `prefixes`, whoever raised it; `error_schema` describes it for
    OpenAPI (a msgspec type or a JSON Schema), which has `error_media_type`. `authenticate` is called once, when an
    application starts, for what makes Callers of its requests; any one of the OpenAPI schemes in `security` does.
    `meter` makes, where its requests are counted, what counts them; a request for OPTIONS is not.
    `media_types` are what its bodies may be, written in lower case; "" lets a body say nothing. `stamp` says what the
    log is told of each request beside its body, `subject_of` who an item is of; what was stamped is in its head.
    A family with an `entrance` takes write keys, and answers the pages of every origin whatever the settings say.
    """

    name: str
    prefixes: tuple[str, ...]
    renderer: Renderer
    error_schema: Any
    error_media_type: str = JSON
    authenticate: Callable[[Authenticator], Authenticate] = by_bearer_token
    meter: Callable[[Authenticator], Meter] | None = None
    security: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: BEARER)
    media_types: tuple[str, ...] = (JSON,)
    subject_of: SubjectOf = the_callers
    stamp: Stamp = nothing_more
    entrance: Entrance | None = None


class Families:
    """All families of an application, one of them the default.

    Raises BadDeclaration where two cannot live side by side.
    """

    def __init__(self, families: Iterable[Family]) -> None:
        self._families = tuple(families)
        self._by_prefix = _claims(self._families)
        self.of = lru_cache(MOST_PATHS)(self._of)
        """The family that answers for a path, also where nothing is registered."""
        self.security = _security(self._families)

    def __iter__(self) -> Iterator[Family]:
        """Each once."""
        return iter(self._families)

    def _of(self, path: str) -> Family:
        below = f"{path}/"
        claimed = (prefix for prefix in self._by_prefix if below.startswith(prefix))
        return self._by_prefix[max(claimed, key=len, default=DEFAULT_PREFIX)]

    def of_route(self, template: str) -> Family:
        """The family of a path template; BadDeclaration where its parameters could lead into another's paths."""
        fixed, parameter, _ = template.partition("{")
        family = self.of(fixed.rstrip("/"))
        crossed = [name for name, other in self._by_prefix.items() if name.startswith(fixed) and other is not family]
        if parameter and crossed:
            raise BadDeclaration(
                f"the route {template} of the family {family.name} could answer under {crossed[0]}, which is "
                f"{self._by_prefix[crossed[0]].name}'s; register a route for each value of its parameter"
            )
        return family


def _claims(families: Iterable[Family]) -> Mapping[str, Family]:
    claims: dict[str, Family] = {}
    names: set[str] = set()
    for family in families:
        if family.name in names:
            raise BadDeclaration(f"two families are called {family.name}; rename one")
        names.add(family.name)
        for prefix in family.prefixes:
            _refuse_bad_prefix(family, prefix, claims)
            claims[prefix] = family
    if DEFAULT_PREFIX not in claims:
        raise BadDeclaration(f"no family claims {DEFAULT_PREFIX}; hand web.TELEMETRY over with the others")
    return claims


def _refuse_bad_prefix(family: Family, prefix: str, claims: Mapping[str, Family]) -> None:
    if not (prefix.startswith("/") and prefix.endswith("/")):
        raise BadDeclaration(f"the family {family.name} claims {prefix!r}; a prefix begins and ends with /")
    if prefix in claims:
        raise BadDeclaration(
            f"the families {claims[prefix].name} and {family.name} both claim {prefix}; "
            "leave it to one of them, or name longer prefixes"
        )


def _security(families: Iterable[Family]) -> Mapping[str, Mapping[str, Any]]:
    """All schemes by name, as OpenAPI lists them."""
    schemes: dict[str, Mapping[str, Any]] = {}
    for family in families:
        for name, scheme in family.security.items():
            if schemes.setdefault(name, scheme) != scheme:
                raise BadDeclaration(f"the family {family.name} has a security scheme {name} of its own; rename it")
    return schemes
