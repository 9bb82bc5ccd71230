"""Applications: games and other programs that send for themselves, each with an id of its own, known to its clients.

What an application's callers show are its tokens: API keys (`control.api_keys`) whose `project_id` is its id. They are
stamped with its consent level.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Row, select

from control.database import Database
from control.faults import ApplicationExists, ApplicationUnknown
from control.key_tables import applications, projects
from control.organisations import require_organisation, valid_name
from schemas.shared.faults import Terminal


class BadApplication(Terminal):
    """The name or the id cannot be an application's."""


@dataclass(frozen=True, kw_only=True)
class Application:
    """One application: `id` is a UUID in lower case, `name` unique in its organisation, `default_consent` 0 to 3."""

    id: str
    tenant: str
    name: str
    default_consent: int
    created_at: datetime


class Applications:
    """The applications of every organisation; an id is one application's in the whole installation."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def create(self, tenant: str, name: str, default_consent: int, app_id: str | None = None) -> Application:
        """A new application, with an id that its clients have already or a new one.

        Raises BadApplication, OrganisationUnknown or ApplicationExists.
        """
        if not valid_name(name):
            raise BadApplication("an application's name is 1 to 128 printable characters without blanks at its ends")
        made = Application(
            id=_canonical(app_id), tenant=tenant, name=name, default_consent=default_consent, created_at=self._clock()
        )
        statement = self._database.insert(applications).values(vars(made)).on_conflict_do_nothing(None)
        inserted = statement.returning(applications.c.id)
        with self._database.write() as connection:
            require_organisation(connection, tenant)
            if _is_a_projects(connection, made.id) or connection.execute(inserted).one_or_none() is None:
                raise ApplicationExists(
                    f"organisation {tenant!r} has an application {name!r} already, or its id is taken: "
                    "`kinelake app list` shows them; choose another name or id"
                )
        return made

    def get(self, app_id: str) -> Application | None:
        """The application of that id, whosever it is."""
        with self._database.read() as connection:
            row = connection.execute(select(applications).where(applications.c.id == app_id)).one_or_none()
        return None if row is None else _application(row)

    def find(self, name_or_id: str, tenant: str | None = None) -> Application:
        """The application of that id or name, in any organisation unless one is named; raises ApplicationUnknown."""
        named = select(applications).where((applications.c.id == name_or_id) | (applications.c.name == name_or_id))
        if tenant is not None:
            named = named.where(applications.c.tenant == tenant)
        with self._database.read() as connection:
            found = [_application(row) for row in connection.execute(named.order_by("tenant"))]
        return _only(found, name_or_id)

    def list(self) -> list[Application]:
        """All applications by organisation and name."""
        with self._database.read() as connection:
            return [_application(row) for row in connection.execute(select(applications).order_by("tenant", "name"))]


def _canonical(app_id: str | None) -> str:
    if app_id is None:
        return str(uuid4())
    try:
        return str(UUID(app_id))
    except ValueError as error:
        raise BadApplication("an application's id is a UUID, such as 123e4567-e89b-42d3-a456-426614174000") from error


def _is_a_projects(connection: Connection, app_id: str) -> bool:
    """A key says by one id what it is of, so no application has a project's."""
    return connection.execute(select(projects.c.id).where(projects.c.id == app_id)).one_or_none() is not None


def _only(found: list[Application], name_or_id: str) -> Application:
    if not found:
        raise ApplicationUnknown(f"there is no application {name_or_id!r}: `kinelake app list` shows them all")
    if len(found) > 1:
        owners = ", ".join(each.tenant for each in found)
        raise ApplicationUnknown(f"several organisations have an application {name_or_id!r} ({owners}): add --org")
    return found[0]


def _application(row: Row[Any]) -> Application:
    return Application(**row._mapping)
