"""Budgets of requests that several processes share: by budget the window that runs, and what of it is used."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import case, delete, select

from control.database import Database
from control.key_tables import request_windows

MOST_WINDOWS = 100_000


class Leased(NamedTuple):
    """What a process may use of a window by itself, and what is left for everybody."""

    start: datetime
    granted: int
    left: int


class RequestWindows:
    """The windows of every budget. One lasts from its first request; then the next request begins another."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def lease(self, budget: str, most: int, of: int, lasting: timedelta, now: datetime) -> Leased:
        """Takes up to `most` of the `of` requests of the budget's window."""
        insert = self._database.insert(request_windows).values(budget=budget, window_start=now, used=most)
        # the clock of who began it may be ahead of this one
        start = request_windows.c.window_start
        runs = (start > now - lasting) & (start < now + lasting)
        upsert = insert.on_conflict_do_update(
            index_elements=["budget"],
            set_={
                "window_start": case((runs, start), else_=insert.excluded.window_start),
                "used": case((runs, request_windows.c.used + insert.excluded.used), else_=insert.excluded.used),
            },
        )
        with self._database.write() as connection:
            found = connection.execute(upsert.returning(start, request_windows.c.used)).one()
        granted = max(0, min(most, of - (found.used - most)))
        return Leased(found.window_start, granted, max(0, of - found.used))

    def sweep(self, before: datetime, keep: int = MOST_WINDOWS) -> None:
        """Forgets windows that began before then, and of the others all but the newest `keep`."""
        newest_first = select(request_windows.c.budget).order_by(request_windows.c.window_start.desc())
        with self._database.write() as connection:
            connection.execute(delete(request_windows).where(request_windows.c.window_start < before))
            beyond = newest_first.offset(keep).limit(keep)
            connection.execute(delete(request_windows).where(request_windows.c.budget.in_(beyond)))
