"""Folds the batch's events into their sessions: new states and signed usage beside the rows."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from flows.conveyor.batch import Batch
from flows.media.codes import Codes, sweep
from flows.media.events import DIMENSIONS, Events
from flows.media.minutes import USAGE
from flows.media.options import FoldOptions
from flows.media.order import grouped, ordered
from flows.media.records import NEEDED, hashes, records, session_rows
from flows.media.store import SessionStore, fold_again, fold_in, new_session
from flows.media.usage import usage_rows
from flows.steps.standard import Steps
from schemas.media.events import STREAM
from schemas.media.sessions import MEDIA_SESSION_STATES, MEDIA_SESSIONS, SESSION_KEY

Scan = Callable[[str], pl.LazyFrame]
"""A table by its name, at its newest version."""


class Sessions:
    """The step; its sessions are rebuilt from the primary table, a late event makes its session be folded again."""

    def __init__(self, store: SessionStore, scan: Scan) -> None:
        self._store = store
        self._scan = scan
        self._codes: Mapping[str, Codes] = {name: Codes() for name in DIMENSIONS}

    @classmethod
    def of(cls, steps: Steps) -> "Sessions":
        """The step as the tables leave it: every session known, none open."""
        own = steps.options_of(FoldOptions)
        store = SessionStore(own.open_sessions, own.history_events, steps.options.run_folder)
        sessions = cls(store, steps.tables.scan)
        # In this order: settling writes a session's row before it removes its states.
        for table in (MEDIA_SESSION_STATES, MEDIA_SESSIONS):
            if steps.tables.version(table.name) is not None:
                sessions.know(steps.tables.scan(table.name).select(SESSION_KEY).unique().collect())
        return sessions

    def know(self, keys: pl.DataFrame) -> None:
        """These sessions exist in the tables: an event for one of them folds it again from its rows."""
        first, second = hashes(keys)
        self._store.known.judge(first, second.view(np.int64), np.zeros(len(first), np.int64))

    def __call__(self, batch: Batch) -> Batch:
        """The same rows, with media_session_states and media_usage."""
        if batch.rows.is_empty():
            return batch
        first, second = hashes(batch.rows)
        events = records(batch.rows, self._codes)
        events["slot"] = self._store.open(first, second)
        groups = Groups(batch.rows, events)
        usage = self._fold(groups)
        done = batch.adding("media_session_states", self._states(groups)).adding(
            "media_usage", usage_rows(usage, groups.owners(), self._codes)
        )
        sweep(self._codes, self._store.sessions, self._store.ring)
        return done

    def _fold(self, groups: "Groups") -> NDArray[Any]:
        store, events = self._store, groups.events
        late = np.zeros(len(groups.slots), np.bool_)
        usage = np.empty(2 * len(events) + 16, USAGE)
        ends = np.zeros(len(groups.slots), np.int64)
        inputs = ((events, groups.order, groups.starts), store.sessions, store.partial, store.open_usage(groups.slots))
        usage, used = fold_in(*inputs, usage, late, ends)
        store.keep_usage(groups.slots[~late], usage, ends[~late])
        pasts = self._pasts(groups, np.flatnonzero(late))
        store.remember(events)
        for group, past in pasts.items():
            usage, used = self._refold(groups.slots[group], past, groups.events_of(group), usage, used)
        return usage[:used]

    def _refold(self, slot: int, past: Events, new: Events, usage: NDArray[Any], used: int) -> tuple[NDArray[Any], int]:
        """Take back what the session gave to the minutes, and fold it whole."""
        past["slot"] = slot
        before, after = new_session(), new_session()
        usage, used = fold_again(ordered(past), before[0], -1, usage, used)
        usage, used = fold_again(ordered(np.concatenate([past, new])), after[0], 1, usage, used)
        self._store.sessions[slot] = after[0]
        self._store.keep_usage(np.array([slot]), usage, np.array([used]))
        self._store.partial[slot] = False
        return usage, used

    def _pasts(self, groups: "Groups", late: NDArray[Any]) -> dict[int, Events]:
        """Late group → its session's earlier events, from the history or, where that does not reach, from the table."""
        store = self._store
        pasts = {int(group): store.history(groups.slots[group]) for group in late}
        short = [group for group, past in pasts.items() if store.misses(groups.slots[group], len(past))]
        for group, rows in self._stored(groups, short).items():
            unstored = pasts[group][~np.isin(pasts[group]["offset"], rows["offset"])]
            pasts[group] = np.concatenate([rows, unstored])
        return pasts

    def _stored(self, groups: "Groups", chosen: list[int]) -> dict[int, Events]:
        """The committed events of some groups' sessions, one scan of the primary table for all of them."""
        if not chosen:
            return {}
        keys = groups.identity(chosen).with_columns(group=pl.Series(chosen, dtype=pl.Int64))
        near = [pl.col(name).is_in(keys[name].unique().implode()) for name in ("tenant", "session_id")]
        scan = self._scan(STREAM.primary.name).filter(*near).select(NEEDED)
        rows = scan.join(keys.lazy(), on=SESSION_KEY).collect()
        events = records(rows, self._codes)
        belongs = rows["group"].to_numpy()
        return {group: events[belongs == group] for group in chosen}

    def _states(self, groups: "Groups") -> pl.DataFrame:
        rows = session_rows(self._store.sessions[groups.slots], groups.identity(), self._codes)
        return rows.with_columns(received_date=pl.col("last_received_at").dt.date())


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
