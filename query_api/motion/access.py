"""Whose sessions one may read, and what a plan includes."""

from collections.abc import Collection
from typing import Final

from motion.request import Activity
from query_api.motion.known import KnownSession
from schemas.motion import plans
from web.caller import Caller, Role, at_least
from web.problems import Problem

ADMINS: Final = at_least(Role.SPECIALIST)
"""Sub-admins and admins, who see all of their organisation."""

ACTIVE: Final = plans.at_least("Basic")
REPORTED: Final = plans.at_least("Standard")
"""The plans that include reports; summaries, recommendations and lifts come with any that is active."""


def readable(found: KnownSession | None, caller: Caller, activity: Activity | None = None) -> KnownSession:
    """The session, if the caller may read it and it is of the activity; raises the 403, else the 404."""
    if found is not None and not _theirs(found, caller):
        raise Problem(403, "session_forbidden", "you do not have permission to access this session")
    if found is None or activity not in (None, found.request.activity):
        raise unknown()
    return found


def require_plan(session: KnownSession, opened_by: Collection[str]) -> None:
    """Raises the 403 unless the plan of the session's person is one of these."""
    if session.plan not in opened_by and not session.demo:
        names = ", ".join(plan for plan in plans.PLANS if plan in opened_by)
        raise Problem(403, "plan_forbidden", f"this needs the plan {names}; the session's owner has {session.plan}")


def unknown() -> Problem:
    """404: nobody's session, or one of another activity."""
    return Problem(404, "session_unknown", "session not found")


def _theirs(session: KnownSession, caller: Caller) -> bool:
    own = session.user_id == caller.user_id or caller.role in ADMINS
    return session.tenant == caller.tenant and own
