"""How far an erasure reaches, as tombstones and erasures have it in one text.

""             all that an organisation has of a person
PROJECT        what it has of them within a project: rows with its id in `project_id`
session:ID     one session of theirs, whenever anything of it comes: rows with its id in `session_id`
"""

from typing import Final, NamedTuple

PROJECT: Final = "project_id"
SESSION: Final = "session_id"
WITHIN: Final = (PROJECT, SESSION)
"""The columns that an erasure can go by which does not reach everything."""
_OF_SESSION: Final = "session:"


class Reach(NamedTuple):
    """Rows that have that value in that column; both empty where it is all of them."""

    column: str
    value: str


def reach_of(scope: str) -> Reach:
    """What a scope says."""
    if scope.startswith(_OF_SESSION):
        return Reach(SESSION, scope.removeprefix(_OF_SESSION))
    return Reach(PROJECT if scope else "", scope)


def of_session(session_id: str) -> str:
    """The scope of one session."""
    return _OF_SESSION + session_id


def project_of(scope: str) -> str | None:
    """The project that a scope is of, None for any other."""
    reach = reach_of(scope)
    return reach.value if reach.column == PROJECT else None
