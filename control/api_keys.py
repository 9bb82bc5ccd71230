"""API keys: what each may do, and the hashes that they are known by. A key itself is nowhere.

`lookup` is an HMAC of the key, by which it is found in one indexed read; `pepper` names the secret that made it.
An imported key has the `hash` that it came with: SHA-256 in hex, which has an index too, or bcrypt, which must be
tried. It gets its lookup the first time that it is shown.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeAlias
from uuid import uuid4

from sqlalchemy import Connection, Row, Select, func, select, update
from sqlalchemy.exc import IntegrityError

from control.applications import Application
from control.counters import add
from control.database import Database
from control.faults import KeyExists, KeyUnknown
from control.key_tables import CHANGES, api_keys, applications, projects
from control.people import Holder
from control.projects import Project
from control.tables import counters

BCRYPT = ("$2", "$3")
"""All bcrypt hashes stand from the first to before the second."""

NEXT = timedelta.resolution
"""So much later than the key before is one at least, whatever the clock says."""

Owner: TypeAlias = Project | Application | Holder
"""What a key is of."""


@dataclass(frozen=True, kw_only=True)
class ApiKey:
    """A key of a family of routes and of a project, whose `default_consent` its calls are stamped with.

    `scope` is what it may do beyond its project, "" for nothing. For an application's token `project_id` is the
    application's id, and `scope` which of its two tokens it is. A key that acts for a person has no project: `owner` is
    the person's clear id, gone once they are erased, `scope` their role.
    """

    id: str
    family: str
    tenant: str
    project_id: str
    scope: str
    default_consent: int
    created_at: datetime
    revoked_at: datetime | None
    owner: str = field(default="", repr=False)
    subject: str = ""
    plan: str = ""


class Untried(NamedTuple):
    """A key that is known by its bcrypt hash alone."""

    id: str
    hash: str


class ApiKeys:
    """The keys of every project. `changes` counts what this object has changed, `revision` what anybody has."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self.changes = 0

    def create(self, family: str, owner: Owner, scope: str, lookup: str, pepper: str) -> ApiKey:
        """A new key with its lookup, made with the pepper of that name; raises KeyExists where the lookup is known."""
        return self._add(family, owner, scope, {"lookup": lookup, "pepper": pepper})

    def rotate(self, family: str, owner: Owner, scope: str, lookup: str, pepper: str, *, keeps: int = 1) -> ApiKey:
        """The same beside the `keeps` newest keys of that owner and scope; older ones end.

        So two are valid at a time, or the new one alone.
        """
        return self._add(family, owner, scope, {"lookup": lookup, "pepper": pepper}, keeps)

    def end_older(self, family: str, owner: Owner, scope: str) -> Sequence[str]:
        """Ends all keys of that owner and scope but the newest that is valid; their ids."""
        with self._database.write() as connection:
            ended = self._end(connection, self._valid(connection, family, owner, scope)[1:])
            self._note_change(connection)
        self.changes += 1
        return ended

    def take_over(self, family: str, owner: Owner, scope: str, hashed: str) -> ApiKey:
        """A key that somebody has already; raises KeyExists where its hash is known, be it revoked."""
        return self._add(family, owner, scope, {"hash": hashed})

    def find(self, family: str, lookup: str, sha256: str) -> ApiKey | None:
        """The key of that lookup, else of that hash, revoked or not."""
        of_family = _keys().where(api_keys.c.family == family)
        with self._database.read() as connection:
            for known in (api_keys.c.lookup == lookup, api_keys.c.hash == sha256):
                row = connection.execute(of_family.where(known)).one_or_none()
                if row is not None:
                    return _key(row)
        return None

    def is_known(self, family: str, lookup: str) -> bool:
        """Whether there is a key of that lookup, revoked or not."""
        theirs = (api_keys.c.family == family) & (api_keys.c.lookup == lookup)
        with self._database.read() as connection:
            return connection.execute(select(api_keys.c.id).where(theirs)).one_or_none() is not None

    def untried(self, family: str) -> list[Untried]:
        """The imported keys that have never been shown, the oldest first."""
        lowest, beyond = BCRYPT
        bcrypt = (api_keys.c.hash >= lowest) & (api_keys.c.hash < beyond)
        open_ones = api_keys.c.lookup.is_(None) & api_keys.c.revoked_at.is_(None)
        found = select(api_keys.c.id, api_keys.c.hash).where((api_keys.c.family == family) & bcrypt & open_ones)
        with self._database.read() as connection:
            return [Untried(row.id, row.hash) for row in connection.execute(found.order_by("created_at", "id"))]

    def shown(self, key_id: str, lookup: str, pepper: str) -> ApiKey:
        """Notes the lookup of an imported key, and gives the key as it stands now."""
        first = update(api_keys).where((api_keys.c.id == key_id) & api_keys.c.lookup.is_(None))
        with self._database.write() as connection:
            connection.execute(first.values(lookup=lookup, pepper=pepper))
            return _key(connection.execute(_keys().where(api_keys.c.id == key_id)).one())

    def revoke(self, key_id: str) -> ApiKey:
        """Ends a key, which it may have been already; raises KeyUnknown."""
        valid = (api_keys.c.id == key_id) & api_keys.c.revoked_at.is_(None)
        with self._database.write() as connection:
            connection.execute(update(api_keys).where(valid).values(revoked_at=self._clock()))
            row = connection.execute(_keys().where(api_keys.c.id == key_id)).one_or_none()
            if row is None:
                raise KeyUnknown(f"there is no key {key_id!r}: `kinelake key list` shows their ids")
            self._note_change(connection)
        self.changes += 1
        return _key(row)

    def list(self) -> list[ApiKey]:
        """All keys, the oldest first, revoked ones too."""
        with self._database.read() as connection:
            return [_key(row) for row in connection.execute(_keys().order_by(api_keys.c.created_at, api_keys.c.id))]

    def plans(self, family: str, tenant: str, subject: str) -> frozenset[str]:
        """What a person pays for by their valid keys; none where they have no key, or none any more."""
        theirs = [api_keys.c[name] == value for name, value in (("tenant", tenant), ("subject", subject))]
        valid = api_keys.c.revoked_at.is_(None) & (api_keys.c.family == family)
        with self._database.read() as connection:
            return frozenset(connection.execute(select(api_keys.c.plan).where(valid, *theirs)).scalars())

    def revision(self) -> int:
        """Grows with every key that is made, taken over or revoked."""
        counter = select(counters.c.value).where((counters.c.name == CHANGES) & (counters.c.stream == ""))
        with self._database.read() as connection:
            return connection.execute(counter).scalar() or 0

    def of_another_pepper(self, pepper: str) -> bool:
        """Whether there are keys whose lookup was made with another pepper."""
        strange = api_keys.c.lookup.is_not(None) & (api_keys.c.pepper != pepper)
        with self._database.read() as connection:
            return connection.execute(select(api_keys.c.id).where(strange).limit(1)).one_or_none() is not None

    def _add(
        self, family: str, owner: Owner, scope: str, known_by: Mapping[str, str], keeps: int | None = None
    ) -> ApiKey:
        own = {"id": str(uuid4()), "family": family, "scope": scope, "created_at": self._clock(), "revoked_at": None}
        values: dict[str, Any] = {**own, **_owned(owner)}
        try:
            with self._database.write() as connection:
                if keeps is not None:
                    valid = self._valid(connection, family, owner, scope)
                    self._end(connection, valid[keeps:])
                    values["created_at"] = max([values["created_at"], *(key.created_at + NEXT for key in valid[:1])])
                connection.execute(api_keys.insert().values(**values, **known_by))
                self._note_change(connection)
        except IntegrityError as error:
            raise KeyExists("this hash is a key's already, revoked or not: `kinelake key list` shows them") from error
        self.changes += 1
        return ApiKey(**{**values, "default_consent": owner.default_consent})

    def _valid(self, connection: Connection, family: str, owner: Owner, scope: str) -> Sequence[Row[Any, Any]]:
        """Ids and times of the valid keys, the newest first; of two that rotate at once the second sees the first's."""
        self._database.lock(connection, api_keys)
        of = {"family": family, "scope": scope, "subject": "", **_owned(owner)}
        theirs = [api_keys.c[name] == of[name] for name in ("family", "scope", "tenant", "project_id", "subject")]
        valid = select(api_keys.c.id, api_keys.c.created_at).where(*theirs, api_keys.c.revoked_at.is_(None))
        return connection.execute(valid.order_by(api_keys.c.created_at.desc(), api_keys.c.id)).all()

    def _end(self, connection: Connection, keys: Sequence[Row[Any, Any]]) -> Sequence[str]:
        ended = [key.id for key in keys]
        connection.execute(update(api_keys).where(api_keys.c.id.in_(ended)).values(revoked_at=self._clock()))
        return ended

    def _note_change(self, connection: Connection) -> None:
        add(self._database, connection, CHANGES, "", 1)


def _keys() -> Select[Any]:
    apart = ("lookup", "pepper", "hash", "default_consent")
    columns = [column for column in api_keys.c if column.name not in apart]
    owners = (api_keys, projects, applications)
    consent = func.coalesce(*(each.c.default_consent for each in owners)).label("default_consent")
    keys = select(*columns, consent).outerjoin(projects, projects.c.id == api_keys.c.project_id)
    return keys.outerjoin(applications, applications.c.id == api_keys.c.project_id)


def _owned(owner: Owner) -> Mapping[str, Any]:
    """What the table says of whose a key is; the level of a project or an application stays with it."""
    if isinstance(owner, Holder):
        own = {"project_id": "", "owner": owner.user_id, "default_consent": owner.default_consent}
        return {"tenant": owner.tenant, **own, "subject": owner.subject, "plan": owner.plan}
    return {"tenant": owner.tenant, "project_id": owner.id}


def _key(row: Row[Any]) -> ApiKey:
    return ApiKey(**row._mapping)
