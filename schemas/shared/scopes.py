"""How far an erasure reaches, as tombstones and erasures have it in one text.

""             all that an organisation has of a person
PROJECT        what it has of them within a project: rows with its id in `project_id`
session:ID     one session of theirs, whenever anything of it comes: rows with its id in `session_id`
ingest_key:ID  what came with a write key, whoever it is of and whenever it comes: rows with its id in `ingest_key`
"""

from typing import Final, NamedTuple

PROJECT: Final = "project_id"
SESSION: Final = "session_id"
INGEST_KEY: Final = "ingest_key"
NOBODY: Final = ""
"""The subject of what reaches everybody's rows."""
WITHIN: Final = (PROJECT, SESSION)
"""The columns that a person's erasure can go by which does not reach everything."""
_OF_SESSION: Final = "session:"
_OF_INGEST_KEY: Final = "ingest_key:"


class Reach(NamedTuple):
    """Rows that have that value in that column; both empty where it is all of them."""

    column: str
    value: str


def reach_of(scope: str) -> Reach:
    """What a scope says."""
    if scope.startswith(_OF_SESSION):
        return Reach(SESSION, scope.removeprefix(_OF_SESSION))
    if scope.startswith(_OF_INGEST_KEY):
        return Reach(INGEST_KEY, scope.removeprefix(_OF_INGEST_KEY))
    return Reach(PROJECT if scope else "", scope)


def of_session(session_id: str) -> str:
    """The scope of one session."""
    return _OF_SESSION + session_id


def of_ingest_key(key_id: str) -> str:
    """The scope of what came with a write key."""
    return _OF_INGEST_KEY + key_id


def project_of(scope: str) -> str | None:
    """The project that a scope is of, None for any other."""
    reach = reach_of(scope)
    return reach.value if reach.column == PROJECT else None
