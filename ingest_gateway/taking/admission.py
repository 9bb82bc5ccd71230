"""Who may post to a stream: asked once, before anything of the request is read; nothing is taken without it."""

from functools import cache
from typing import NamedTuple

from ingest_gateway.taking.metrics import CONSENT_REFUSALS
from schemas.shared.consent_rules import permits
from schemas.shared.faults import BadDeclaration
from schemas.shared.stream import Stream
from web.caller import Caller, Role, at_least
from web.problems import Problem
from web.tenancy import role_forbidden


class Admission(NamedTuple):
    """A caller who may post to the stream. `admitted` makes it, and `Intake` takes nothing without one."""

    stream: Stream
    caller: Caller


def admitted(stream: Stream, caller: Caller, recorded: int | None = None) -> Admission:
    """The caller's admission; raises the 403 where the role or the consent does not let them post.

    `recorded` is the level of the person's newest consent record, None where there is none. It lowers what the request
    may do and not the level that it is stamped with: what counts in the tables is the record at event time.
    """
    allowed = posting(stream)
    if caller.role not in allowed:
        raise role_forbidden(allowed, caller)
    given = caller.consent_level if recorded is None else min(caller.consent_level, recorded)
    if not permits(given, stream.consent_level):
        raise _consent_required(stream, given)
    return Admission(stream, caller)


def posting(stream: Stream) -> frozenset[Role]:
    """The roles that may post to a stream: those it names, every person's where it names none.

    Raises:
        BadDeclaration: a name that is no role.
    """
    return _roles(stream.name, stream.roles)


@cache
def _roles(stream: str, names: tuple[str, ...]) -> frozenset[Role]:
    unknown = set(names) - set(Role)
    if unknown:
        there = f"name some of {', '.join(Role)}"
        raise BadDeclaration(f"stream {stream!r}: {', '.join(sorted(unknown))} is no role that may post; {there}")
    return frozenset(map(Role, names)) or at_least(Role.USER)


def _consent_required(stream: Stream, given: int) -> Problem:
    """Counted; nothing of the request is kept."""
    CONSENT_REFUSALS.labels(stream.name).inc()
    detail = f"This needs consent level {stream.consent_level}; the request has level {given}."
    members = {"required": stream.consent_level, "given": given}
    return Problem(403, "consent_required", detail, members=members)
