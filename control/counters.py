"""Counters that outlive a process, such as the rows that retention deleted."""

from sqlalchemy import Connection, select

from control.database import Database
from control.tables import counters


class Counters:
    """Sums by name and stream; they only grow."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, name: str, stream: str, n: int) -> None:
        """Adds n items to the counter of that name and stream."""
        with self._database.write() as connection:
            add(self._database, connection, name, stream, n)

    def read(self, name: str) -> dict[str, int]:
        """Stream → items counted under that name."""
        with self._database.read() as connection:
            rows = connection.execute(select(counters).where(counters.c.name == name).order_by("stream"))
            return {row.stream: row.value for row in rows}


def add(database: Database, connection: Connection, name: str, stream: str, n: int) -> None:
    """Adds n to a counter within a transaction of somebody's."""
    if n < 0:
        raise ValueError("a counter only grows")
    insert = database.insert(counters).values(name=name, stream=stream, value=n)
    grown = {"value": counters.c.value + insert.excluded.value}
    connection.execute(insert.on_conflict_do_update(index_elements=["name", "stream"], set_=grown))
