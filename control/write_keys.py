"""Write keys: what each lets in, and the look-up that it is known by. A key itself is nowhere.

A public one stands in every page's source and opens writing only; one for servers is a secret. `lookup` is an HMAC of
the key; `pepper` names the secret that made it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, select, update

from control.counters import add
from control.database import Database
from control.faults import KeyUnknown
from control.key_tables import WRITE_KEY_CHANGES, write_keys
from control.organisations import require_organisation, valid_name
from control.tables import counters
from schemas.shared.faults import Terminal

PURGE_KIND = "purge"
"""The kind of the job that removes a key's rows; its key is the key's id, its payload names tenant and ingest_key."""


class BadKeyName(Terminal):
    """The name cannot be a write key's."""


@dataclass(frozen=True, kw_only=True)
class WriteKey:
    """A write key of an organisation; `default_consent` is the level that it lets in at most.

    `origins` are those whose pages may use it, none for all. `categories` are levels by the lower-case name of a
    consent category, beside those that every key knows. What a `server` one says of its clients is believed.
    """

    id: str
    tenant: str
    name: str
    lookup: str = field(repr=False)
    server: bool
    default_consent: int
    origins: frozenset[str]
    categories: Mapping[str, int] = field(hash=False)
    created_at: datetime
    revoked_at: datetime | None = None


class WriteKeys:
    """The write keys of every organisation. `changes` counts what this object has changed, `revision` what anybody has.

    They are few, since each is made by hand: whoever asks for them has all of them in memory.
    """

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self.changes = 0

    def create(
        self,
        tenant: str,
        lookup: str,
        pepper: str,
        *,
        default_consent: int,
        name: str = "",
        server: bool = False,
        origins: frozenset[str] = frozenset(),
        categories: Mapping[str, int] | None = None,
    ) -> WriteKey:
        """A new key with its lookup, made with the pepper of that name; raises BadKeyName or OrganisationUnknown."""
        if name and not valid_name(name):
            raise BadKeyName("a key's name is 1 to 128 printable characters without blanks at its ends")
        made = WriteKey(
            id=str(uuid4()),
            tenant=tenant,
            name=name,
            lookup=lookup,
            server=server,
            default_consent=default_consent,
            origins=origins,
            categories=dict(categories or {}),
            created_at=self._clock(),
        )
        values = {**vars(made), "origins": sorted(origins), "pepper": pepper}
        with self._database.write() as connection:
            require_organisation(connection, tenant)
            connection.execute(write_keys.insert().values(values))
            add(self._database, connection, WRITE_KEY_CHANGES, "", 1)
        self.changes += 1
        return made

    def revoke(self, key_id: str) -> WriteKey:
        """Ends a key, which it may have been already; raises KeyUnknown."""
        valid = (write_keys.c.id == key_id) & write_keys.c.revoked_at.is_(None)
        with self._database.write() as connection:
            connection.execute(update(write_keys).where(valid).values(revoked_at=self._clock()))
            row = connection.execute(select(write_keys).where(write_keys.c.id == key_id)).one_or_none()
            if row is None:
                raise KeyUnknown(f"there is no write key {key_id!r}: `kinelake key list` shows their ids")
            add(self._database, connection, WRITE_KEY_CHANGES, "", 1)
        self.changes += 1
        return _key(row)

    def get(self, key_id: str) -> WriteKey | None:
        """The key of that id, revoked or not."""
        with self._database.read() as connection:
            row = connection.execute(select(write_keys).where(write_keys.c.id == key_id)).one_or_none()
        return None if row is None else _key(row)

    def list(self) -> list[WriteKey]:
        """All keys, the oldest first, revoked ones too."""
        with self._database.read() as connection:
            found = connection.execute(select(write_keys).order_by(write_keys.c.created_at, write_keys.c.id))
            return [_key(row) for row in found]

    def revision(self) -> int:
        """Grows with every key that is made or revoked."""
        named = (counters.c.name == WRITE_KEY_CHANGES) & (counters.c.stream == "")
        with self._database.read() as connection:
            return connection.execute(select(counters.c.value).where(named)).scalar() or 0

    def of_another_pepper(self, pepper: str) -> bool:
        """Whether there are keys whose lookup was made with another pepper."""
        strange = select(write_keys.c.id).where(write_keys.c.pepper != pepper).limit(1)
        with self._database.read() as connection:
            return connection.execute(strange).one_or_none() is not None


def _key(row: Row[Any]) -> WriteKey:
    values = dict(row._mapping)
    del values["pepper"]
    return WriteKey(**{**values, "origins": frozenset(row.origins)})
