"""Organisations: the tenants, and the key that makes a person one subject within each of them."""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from sqlalchemy import Connection, Row, select

from control.database import Database
from control.faults import OrganisationExists, OrganisationUnknown
from control.tables import organisations
from schemas.shared.faults import Terminal
from schemas.shared.text import printable

KEY_BYTES = 32
MOST_KEYED = 1_000
"""Organisations whose keyed HMAC is kept, some 2 KB each."""
LONGEST_NAME = 128
EXAMPLE = "example-clinic"
"""The organisation whose data is made up; what is drawn of it says so."""


class BadOrganisationName(Terminal):
    """The name cannot be an organisation's."""


@dataclass(frozen=True)
class Organisation:
    """A tenant; `key` turns its people's identifiers into subjects and never leaves the control store's users."""

    id: str
    key: bytes = field(repr=False)
    created_at: datetime


def subject_of(organisation_key: bytes, identifier: str) -> str:
    """HMAC-SHA256(organisation key, identifier), 64 hex digits: the same for whoever names the person so."""
    digest = _keyed(organisation_key).copy()
    digest.update(identifier.encode())
    return digest.hexdigest()


@lru_cache(MOST_KEYED)
def _keyed(organisation_key: bytes) -> hmac.HMAC:
    """A copy of it costs a third of keying anew, and lets no other thread in between."""
    return hmac.new(organisation_key, digestmod="sha256")


def valid_name(name: str) -> bool:
    """1 to 128 printable characters, no blank at either end."""
    return 0 < len(name) <= LONGEST_NAME and printable(name) and name == name.strip()


def require_organisation(connection: Connection, name: str) -> None:
    """Raises OrganisationUnknown unless there is one of that name."""
    organisation_key(connection, name)


def organisation_key(connection: Connection, name: str) -> bytes:
    """The key of an organisation; raises OrganisationUnknown."""
    row = connection.execute(select(organisations.c.key).where(organisations.c.id == name)).one_or_none()
    if row is None:
        raise OrganisationUnknown(f"there is no organisation {name!r}: `kinelake org create` makes one")
    return bytes(row.key)


class Organisations:
    """The tenants of this installation."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def create(self, name: str) -> Organisation:
        """A new organisation with a key of its own; raises OrganisationExists."""
        if not self._insert(name):
            raise OrganisationExists(f"organisation {name!r} exists already; choose another name")
        return self._existing(name)

    def ensure(self, name: str) -> Organisation:
        """The organisation of that name, made now if there is none; several processes get the same one."""
        self._insert(name)
        return self._existing(name)

    def get(self, name: str) -> Organisation | None:
        """The organisation of that name."""
        with self._database.read() as connection:
            row = connection.execute(select(organisations).where(organisations.c.id == name)).one_or_none()
        return None if row is None else _organisation(row)

    def list(self) -> list[Organisation]:
        """All organisations by name."""
        with self._database.read() as connection:
            return [_organisation(row) for row in connection.execute(select(organisations).order_by("id"))]

    def _insert(self, name: str) -> bool:
        if not valid_name(name):
            raise BadOrganisationName(
                "an organisation's name is 1 to 128 printable characters without blanks at its ends"
            )
        values = {"id": name, "key": secrets.token_bytes(KEY_BYTES), "created_at": self._clock()}
        with self._database.write() as connection:
            statement = self._database.insert(organisations).values(values).on_conflict_do_nothing()
            made = connection.execute(statement.returning(organisations.c.id))
            return made.one_or_none() is not None

    def _existing(self, name: str) -> Organisation:
        found = self.get(name)
        assert found is not None, "organisations are never deleted"
        return found


def _organisation(row: Row[tuple[str, bytes, datetime]]) -> Organisation:
    return Organisation(row.id, bytes(row.key), row.created_at)
