"""A batch's events by session."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from flows.media.store import Slots
from schemas.media.sessions import SESSION_KEY
from sinks.media.folding.events import EVENT, Events
from sinks.media.folding.order import grouped

Indexes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Groups:
    """A batch's events by session: `order` and `starts` index them in fold order, `slots` are the groups' sessions.

    `named` are rows of the groups, one each, that say who they are; `asked` the offset from which a group was asked
    for again, -1 where it was not.
    """

    events: Events
    order: Indexes
    starts: Indexes
    slots: Slots
    named: pl.DataFrame
    asked: Indexes

    @classmethod
    def of(cls, rows: pl.DataFrame, events: Events) -> Self:
        """Those of rows and their events."""
        order, starts = grouped(events["slot"], events)
        firsts = order[starts[:-1]]
        named = rows.select(pl.col(*SESSION_KEY, "log_partition").gather(firsts))
        return cls(events, order, starts, events["slot"][firsts], named, np.full(len(firsts), -1, np.int64))

    @classmethod
    def again(cls, sessions: pl.DataFrame, slots: Slots) -> Self:
        """Sessions that are to be folded again, a group each without an event."""
        nothing, starts = np.empty(0, np.int64), np.zeros(len(slots) + 1, np.int64)
        named = sessions.select(*SESSION_KEY, "log_partition")
        return cls(np.empty(0, EVENT), nothing, starts, slots, named, sessions["log_offset"].to_numpy())

    def events_of(self, group: int) -> Events:
        """The group's events in fold order."""
        found: Events = self.events[self.order[self.starts[group] : self.starts[group + 1]]]
        return found

    def identity(self, chosen: list[int] | None = None) -> pl.DataFrame:
        """Who the sessions are: SESSION_KEY and log_partition, one row a group."""
        return self.named if chosen is None else self.named[chosen]

    def owners(self) -> pl.DataFrame:
        """Slot → tenant."""
        return pl.DataFrame({"slot": self.slots, "tenant": self.named["tenant"]})
