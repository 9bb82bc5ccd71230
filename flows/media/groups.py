"""A batch's events by session."""

import polars as pl

from flows.media.events import Events
from flows.media.order import grouped
from schemas.media.sessions import SESSION_KEY


class Groups:
    """A batch's events by session: `order` and `starts` index them in fold order, `slots` are the groups' sessions."""

    def __init__(self, rows: pl.DataFrame, events: Events) -> None:
        self.events = events
        self.order, self.starts = grouped(events["slot"], events)
        self._firsts = self.order[self.starts[:-1]]
        self.slots = events["slot"][self._firsts]
        self._rows = rows

    def events_of(self, group: int) -> Events:
        """The group's events in fold order."""
        found: Events = self.events[self.order[self.starts[group] : self.starts[group + 1]]]
        return found

    def identity(self, chosen: list[int] | None = None) -> pl.DataFrame:
        """Who the sessions are: SESSION_KEY and log_partition, one row a group."""
        firsts = self._firsts if chosen is None else self._firsts[chosen]
        return self._rows.select(pl.col(*SESSION_KEY, "log_partition").gather(firsts))

    def owners(self) -> pl.DataFrame:
        """Slot → tenant."""
        return pl.DataFrame({"slot": self.slots, "tenant": self._rows["tenant"].gather(self._firsts)})
