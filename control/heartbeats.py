"""Heartbeats: which roles are alive, for `kinelake status`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select

from control.database import Database
from control.tables import heartbeats

ALIVE_WITHIN = timedelta(seconds=15)
FORGOTTEN_AFTER = timedelta(days=1)


@dataclass(frozen=True)
class Heartbeat:
    """A process as it last reported; `alive` when that is at most 15 s ago."""

    role: str
    instance: str
    seen_at: datetime
    alive: bool
    detail: Mapping[str, Any]


class Heartbeats:
    """One row per process, written by it every few seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def beat(self, role: str, instance: str, now: datetime, detail: Mapping[str, Any]) -> None:
        """Says that the process is alive at `now`; forgets processes silent for a day."""
        insert = self._database.insert(heartbeats).values(
            role=role, instance=instance, seen_at=now, detail=dict(detail)
        )
        newest = {"seen_at": insert.excluded.seen_at, "detail": insert.excluded.detail}
        with self._database.write() as connection:
            connection.execute(delete(heartbeats).where(heartbeats.c.seen_at < now - FORGOTTEN_AFTER))
            connection.execute(insert.on_conflict_do_update(index_elements=["role", "instance"], set_=newest))

    def remove(self, role: str, instance: str) -> None:
        """A process that ends in order takes its row with it."""
        mine = (heartbeats.c.role == role) & (heartbeats.c.instance == instance)
        with self._database.write() as connection:
            connection.execute(delete(heartbeats).where(mine))

    def list(self, now: datetime) -> list[Heartbeat]:
        """Every process that reported within a day, by role and instance."""
        with self._database.read() as connection:
            rows = connection.execute(select(heartbeats).order_by("role", "instance")).all()
        return [
            Heartbeat(row.role, row.instance, row.seen_at, now - row.seen_at <= ALIVE_WITHIN, row.detail)
            for row in rows
        ]
