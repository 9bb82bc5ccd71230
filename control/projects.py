"""Projects: what an organisation's API keys are of, and the consent level that their calls are stamped with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Row, select

from control.database import Database
from control.faults import ProjectExists, ProjectUnknown
from control.key_tables import projects
from control.organisations import require_organisation, valid_name
from schemas.shared.faults import Terminal


class BadProjectName(Terminal):
    """The name cannot be a project's."""


@dataclass(frozen=True, kw_only=True)
class Project:
    """One project: `id` is a UUID, `name` unique in its organisation, `default_consent` from 0 to 3."""

    id: str
    tenant: str
    name: str
    default_consent: int
    created_at: datetime


class Projects:
    """The projects of every organisation."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def create(self, tenant: str, name: str, default_consent: int) -> Project:
        """A new project; raises BadProjectName, OrganisationUnknown or ProjectExists."""
        if not valid_name(name):
            raise BadProjectName("a project's name is 1 to 128 printable characters without blanks at its ends")
        made = Project(
            id=str(uuid4()), tenant=tenant, name=name, default_consent=default_consent, created_at=self._clock()
        )
        statement = self._database.insert(projects).values(vars(made)).on_conflict_do_nothing(None)
        with self._database.write() as connection:
            require_organisation(connection, tenant)
            if connection.execute(statement.returning(projects.c.id)).one_or_none() is None:
                raise ProjectExists(f"organisation {tenant!r} has a project {name!r} already; choose another name")
        return made

    def find(self, name_or_id: str, tenant: str | None = None) -> Project:
        """The project of that id or name, in any organisation unless one is named; raises ProjectUnknown."""
        named = select(projects).where((projects.c.id == name_or_id) | (projects.c.name == name_or_id))
        if tenant is not None:
            named = named.where(projects.c.tenant == tenant)
        with self._database.read() as connection:
            found = [_project(row) for row in connection.execute(named.order_by("tenant"))]
        return _only(found, name_or_id)

    def list(self) -> list[Project]:
        """All projects by organisation and name."""
        with self._database.read() as connection:
            return [_project(row) for row in connection.execute(select(projects).order_by("tenant", "name"))]


def _only(found: list[Project], name_or_id: str) -> Project:
    if not found:
        raise ProjectUnknown(f"there is no project {name_or_id!r}: `kinelake project list` shows them all")
    if len(found) > 1:
        owners = ", ".join(project.tenant for project in found)
        raise ProjectUnknown(f"several organisations have a project {name_or_id!r} ({owners}): name one with --org")
    return found[0]


def _project(row: Row[tuple[object, ...]]) -> Project:
    return Project(**row._mapping)
