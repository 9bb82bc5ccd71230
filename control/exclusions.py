"""MaxMind's privacy exclusions: networks whose people have asked not to be located.

An exclusion that has left the list stays as inactive and counts for nothing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import Any, TypeAlias
from uuid import UUID, uuid5

from sqlalchemy import Connection, Row, func, select, update

from control.database import Database
from control.tables import exclusion_changes, privacy_exclusions

SYNC_KIND = "exclusions_sync"
"""The kind of the jobs that bring the list up to date, and their key: one at a time."""

NAMESPACE = UUID("7f1b2f5c-8a63-5d0e-9b3e-4f2f6c1d7a90")
"""Of the ids of exclusions: uuid5 of type and network."""

ROWS_AT_ONCE = 5000

Network: TypeAlias = IPv4Network | IPv6Network


@dataclass(frozen=True)
class Listed:
    """One exclusion as MaxMind lists it."""

    exclusion_type: str
    network: Network
    last_updated: datetime

    @property
    def id(self) -> str:
        """The same for the same type and network, whoever asks and whenever."""
        return str(uuid5(NAMESPACE, f"{self.exclusion_type}{self.network}"))


@dataclass(frozen=True)
class Exclusion:
    """One exclusion as it is kept; `network` is in CIDR notation."""

    id: str
    network: str
    exclusion_type: str
    is_active: bool
    last_updated: datetime


@dataclass(frozen=True)
class Changes:
    """How many exclusions a synchronisation has added, updated and made inactive."""

    added: int
    updated: int
    deactivated: int


class Exclusions:
    """Written by the synchronisation, read by flows and by the administrators' routes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def version(self) -> int:
        """A number that grows whenever the list changes; 0 before its first change."""
        with self._database.read() as connection:
            return connection.execute(select(func.max(exclusion_changes.c.number))).scalar() or 0

    def active(self) -> list[str]:
        """Every network of the list, in CIDR notation."""
        query = select(privacy_exclusions.c.network).where(privacy_exclusions.c.is_active)
        with self._database.read() as connection:
            return list(connection.execute(query).scalars())

    def newest(self) -> datetime | None:
        """When MaxMind last changed what is kept here."""
        with self._database.read() as connection:
            return connection.execute(select(func.max(privacy_exclusions.c.last_updated))).scalar()

    def page(self, number: int, size: int) -> tuple[list[Exclusion], int]:
        """A page (the first is 1) by address, IPv4 first; and how many exclusions there are, inactive ones included."""
        by_address = select(privacy_exclusions).order_by(privacy_exclusions.c.position, privacy_exclusions.c.id)
        with self._database.read() as connection:
            rows = connection.execute(by_address.limit(size).offset((number - 1) * size)).all()
            total = connection.execute(select(func.count()).select_from(privacy_exclusions)).scalar_one()
        return [_exclusion(row) for row in rows], total

    def covering(self, address: IPv4Address | IPv6Address) -> Exclusion | None:
        """The active exclusion with the longest prefix that holds the address."""
        around = [str(ip_network((address, length), strict=False)) for length in range(address.max_prefixlen + 1)]
        held = privacy_exclusions.c.network.in_(around), privacy_exclusions.c.is_active
        with self._database.read() as connection:
            found = [_exclusion(row) for row in connection.execute(select(privacy_exclusions).where(*held))]
        return max(found, key=lambda one: (ip_network(one.network).prefixlen, one.id), default=None)

    def apply(self, job: int, listed: Iterable[Listed], *, whole: bool) -> Changes:
        """Takes over what MaxMind lists, in one transaction; of a `whole` list what is missing becomes inactive."""
        newest = {one.id: one for one in sorted(listed, key=lambda one: one.last_updated)}
        with self._database.write() as connection:
            self._database.lock(connection, privacy_exclusions)
            known = {row.id: row for row in connection.execute(select(privacy_exclusions))}
            fresh = [one for name, one in newest.items() if name not in known]
            moved = [one for name, one in newest.items() if name in known and _differs(known[name], one)]
            gone = [name for name, row in known.items() if whole and row.is_active and name not in newest]
            self._write(connection, [*fresh, *moved])
            _deactivate(connection, gone)
            changes = Changes(len(fresh), len(moved), len(gone))
            if any(vars(changes).values()):
                connection.execute(exclusion_changes.insert().values(job=job, **vars(changes)))
        return changes

    def changes(self, job: int) -> Changes:
        """What all attempts of a job have changed."""
        counts = [func.coalesce(func.sum(exclusion_changes.c[name]), 0) for name in Changes.__dataclass_fields__]
        with self._database.read() as connection:
            row = connection.execute(select(*counts).where(exclusion_changes.c.job == job)).one()
        return Changes(*map(int, row))

    def _write(self, connection: Connection, listed: Sequence[Listed]) -> None:
        insert = self._database.insert(privacy_exclusions)
        values = {name: insert.excluded[name] for name in ("is_active", "last_updated")}
        statement = insert.on_conflict_do_update(index_elements=["id"], set_=values)
        for rows in _portions(listed):
            connection.execute(statement, [_values(one) for one in rows])


def _exclusion(row: Row[Any]) -> Exclusion:
    return Exclusion(row.id, row.network, row.exclusion_type, row.is_active, row.last_updated)


def _differs(row: Row[Any], listed: Listed) -> bool:
    return not row.is_active or bool(row.last_updated < listed.last_updated)


def _values(listed: Listed) -> Mapping[str, Any]:
    network = listed.network
    position = bytes([network.version]) + network.network_address.packed + bytes([network.prefixlen])
    named = {"id": listed.id, "network": str(network), "position": position}
    return {**named, "exclusion_type": listed.exclusion_type, "is_active": True, "last_updated": listed.last_updated}


def _deactivate(connection: Connection, ids: Sequence[str]) -> None:
    for some in _portions(ids):
        inactive = update(privacy_exclusions).where(privacy_exclusions.c.id.in_(some)).values(is_active=False)
        connection.execute(inactive)


def _portions(items: Sequence[Any]) -> Iterable[Collection[Any]]:
    """Statements of a bounded size."""
    return (items[start : start + ROWS_AT_ONCE] for start in range(0, len(items), ROWS_AT_ONCE))
