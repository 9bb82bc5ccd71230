"""People as an organisation describes them: names and measures that their reports show. Clear identifiers stay here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, delete, select, update

from control.counters import add
from control.database import Database
from control.faults import PersonExists, PersonUnknown
from control.key_tables import CHANGES, api_keys, people
from control.organisations import organisation_key, subject_of
from schemas.shared.faults import Terminal
from schemas.shared.text import printable

LONGEST_IDENTIFIER: Final = 256
LONGEST_TEXT: Final = 256
HEIGHTS_CM: Final = (100.0, 250.0)
WEIGHTS_KG: Final = (20.0, 300.0)
"""The smallest and the largest that is believed."""


class BadPerson(Terminal):
    """What is said of a person cannot be so."""


class Profile(NamedTuple):
    """What is known of a person, all of it by their own choice."""

    display_name: str | None = None
    email: str | None = None
    weight_kg: float | None = None
    height_cm: float | None = None
    language: str | None = None


@dataclass(frozen=True, kw_only=True)
class Person:
    """One person; `user_id` is the clear identifier of whom everything else calls `subject`."""

    tenant: str
    user_id: str = field(repr=False)
    subject: str
    profile: Profile = field(repr=False)
    created_at: datetime


class Holder(NamedTuple):
    """Whose a key is that acts for a person: `plan` is what they pay for, `default_consent` stamps its calls.

    Such a person need not have a profile.
    """

    tenant: str
    user_id: str
    subject: str
    plan: str
    default_consent: int


class People:
    """The people of every organisation that have a profile."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def create(self, tenant: str, user_id: str, profile: Profile) -> Person:
        """A person with a profile; raises BadPerson, OrganisationUnknown or PersonExists."""
        _refuse_bad(profile)
        with self._database.write() as connection:
            subject = _subject(connection, tenant, user_id)
            made = Person(tenant=tenant, user_id=user_id, subject=subject, profile=profile, created_at=self._clock())
            statement = self._database.insert(people).values(_row(made)).on_conflict_do_nothing()
            if connection.execute(statement.returning(people.c.user_id)).one_or_none() is None:
                raise PersonExists(
                    f"organisation {tenant!r} has a person of this id already: `kinelake user update` changes a profile"
                )
        return made

    def change(self, tenant: str, user_id: str, changes: Mapping[str, Any]) -> Person:
        """The person once some members of their profile are others; raises BadPerson or PersonUnknown."""
        theirs = (people.c.tenant == tenant) & (people.c.user_id == user_id)
        with self._database.write() as connection:
            row = connection.execute(select(people).where(theirs)).one_or_none()
            if row is None:
                raise PersonUnknown(
                    f"organisation {tenant!r} has no person of this id: `kinelake user create` makes a profile"
                )
            found = _person(row)
            profile = found.profile._replace(**changes)
            _refuse_bad(profile)
            connection.execute(update(people).where(theirs).values(profile._asdict()))
        return Person(**{**vars(found), "profile": profile})

    def get(self, tenant: str, user_id: str) -> Person | None:
        """The person of that id, where they have a profile."""
        theirs = (people.c.tenant == tenant) & (people.c.user_id == user_id)
        with self._database.read() as connection:
            row = connection.execute(select(people).where(theirs)).one_or_none()
        return None if row is None else _person(row)

    def list(self, tenant: str | None = None) -> list[Person]:
        """Those of an organisation, or of all, by organisation and id."""
        chosen = select(people).order_by("tenant", "user_id")
        if tenant is not None:
            chosen = chosen.where(people.c.tenant == tenant)
        with self._database.read() as connection:
            return [_person(row) for row in connection.execute(chosen)]

    def holder(self, tenant: str, user_id: str, plan: str, default_consent: int) -> Holder:
        """Whose a key is to be, with or without a profile; raises BadPerson or OrganisationUnknown."""
        with self._database.read() as connection:
            return Holder(tenant, user_id, _subject(connection, tenant, user_id), plan, default_consent)


def forget_person(database: Database, connection: Connection, tenant: str, subject: str, at: datetime) -> None:
    """Nothing here names the person any more: their profile goes, and their keys end, which had their name on them."""
    connection.execute(delete(people).where((people.c.tenant == tenant) & (people.c.subject == subject)))
    theirs = (api_keys.c.tenant == tenant) & (api_keys.c.subject == subject)
    ended = connection.execute(
        update(api_keys).where(theirs & api_keys.c.revoked_at.is_(None)).values(revoked_at=at)
    ).rowcount
    connection.execute(update(api_keys).where(theirs).values(owner=""))
    if ended:
        add(database, connection, CHANGES, "", 1)


def _subject(connection: Connection, tenant: str, user_id: str) -> str:
    if not 0 < len(user_id) <= LONGEST_IDENTIFIER or not printable(user_id):
        raise BadPerson(f"a person's id is 1 to {LONGEST_IDENTIFIER} printable characters")
    return subject_of(organisation_key(connection, tenant), user_id)


def _refuse_bad(profile: Profile) -> None:
    for name in ("display_name", "email"):
        said = getattr(profile, name)
        if said is not None and not (0 < len(said) <= LONGEST_TEXT and printable(said)):
            raise BadPerson(f"{name} is 1 to {LONGEST_TEXT} printable characters")
    for name, (least, most) in {"weight_kg": WEIGHTS_KG, "height_cm": HEIGHTS_CM}.items():
        measure = getattr(profile, name)
        if measure is not None and not least <= measure <= most:
            raise BadPerson(f"{name} lies between {least:g} and {most:g}")


def _row(person: Person) -> dict[str, Any]:
    return {name: value for name, value in vars(person).items() if name != "profile"} | person.profile._asdict()


def _person(row: Row[Any]) -> Person:
    said = row._mapping
    profile = Profile(*(said[name] for name in Profile._fields))
    return Person(
        tenant=row.tenant, user_id=row.user_id, subject=row.subject, profile=profile, created_at=row.created_at
    )
