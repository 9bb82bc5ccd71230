"""Folds the batch's events into their sessions: new states and signed usage beside the rows."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from flows.conveyor.batch import Batch
from flows.conveyor.known import KnownRecords, Told
from flows.media.groups import Groups
from flows.media.options import FoldOptions
from flows.media.pasts import Committed, Past, Pasts, Scan, everything, nowhere
from flows.media.store import SessionStore, fold_in
from flows.steps.standard import Steps
from flows.steps.tombstones import Erased
from schemas.media.events import STREAM
from schemas.media.sessions import MEDIA_SESSION_STATES, MEDIA_SESSIONS, SESSION_KEY
from schemas.media.usage import MEDIA_USAGE
from schemas.shared.columns import Table
from sinks.decided import withdrawn
from sinks.media.folding.codes import Codes, sweep
from sinks.media.folding.events import DIMENSIONS, Events
from sinks.media.folding.fold import fold_again
from sinks.media.folding.minutes import USAGE
from sinks.media.folding.order import ordered
from sinks.media.folding.records import hashes, records, session_rows
from sinks.media.folding.session import new_session
from sinks.media.folding.usage import usage_rows
from sinks.reader import TableReader

ALL_THERE_IS: Final = np.iinfo(np.int64).min
"""A time (µs) that reaches back to every session."""


class Sessions:
    """The step; its sessions are rebuilt from the primary table, a late event makes its session be folded again.

    So does the first event of a session after consent records came that reach back to it, or after its person was
    erased: what these forbid is in the session no more, whether it is still in the table or not. A session that
    somebody asks for is folded again, too.
    """

    def __init__(
        self, store: SessionStore, scan: Scan, committed: Committed = nowhere, erased: Erased | None = None
    ) -> None:
        self._store = store
        self._erased = erased
        self._number = 0
        self._codes: Mapping[str, Codes] = {name: Codes() for name in DIMENSIONS}
        unerased = everything if erased is None else lambda events: ~erased.of(events)
        self._pasts = Pasts(store, scan, self._codes, committed, unerased)
        self._known: Mapping[int, int] = {}

    @classmethod
    def of(cls, steps: Steps) -> "Sessions":
        """The step as the tables leave it: every session known, none open."""
        own = steps.options_of(FoldOptions)
        store = SessionStore(own.open_sessions, own.history_events, steps.options.run_folder)
        sessions = cls(store, steps.tables.scan, steps.committed, steps.erased)
        # In this order: settling writes a session's row before it removes its states.
        for table in (*_withdrawn(steps.tables), MEDIA_SESSION_STATES, MEDIA_SESSIONS):
            if steps.tables.version(table.name) is not None:
                sessions.know(steps.tables.scan(table.name).select(SESSION_KEY).unique().collect())
        return sessions

    def know(self, keys: pl.DataFrame) -> None:
        """These sessions exist in the tables: an event for one of them folds it again from its rows."""
        first, second = hashes(keys)
        self._store.known.judge(first, second.view(np.int64), np.zeros(len(first), np.int64))

    def __call__(self, batch: Batch) -> Batch:
        """The same rows, with media_session_states and media_usage."""
        if batch.rows.is_empty() and batch.again.is_empty():
            return batch
        self._doubt(batch.records)
        for groups in self._groups(batch):
            usage = self._fold(groups, batch.records)
            if batch.landed:
                # these were decided as the first time, and records may have come since
                self._store.partial[groups.slots] = True
            batch = batch.adding(MEDIA_SESSION_STATES.name, self._states(groups)).adding(
                MEDIA_USAGE.name, usage_rows(usage, groups.owners(), self._codes)
            )
        sweep(self._codes, self._store.sessions, self._store.ring)
        return batch

    def _groups(self, batch: Batch) -> Iterator[Groups]:
        """The sessions that have events, and then those that were asked for."""
        if batch.rows.height:
            events = records(batch.rows, self._codes)
            events["slot"] = self._store.open(*hashes(batch.rows))
            yield Groups.of(batch.rows, events)
        if batch.again.height:
            slots = self._store.open(*hashes(batch.again))
            self._store.doubt_whole(slots)
            yield Groups.again(batch.again, slots)

    def _doubt(self, known: KnownRecords | None) -> None:
        """Learn of the consent records that came since the last batch, and of the people and keys erased since."""
        if known is not None and known.known != self._known:
            self._store.doubt(known.told(self._known))
            self._known = known.known
        if known is not None and self._erased is not None and self._erased.number > self._number:
            people = np.unique(known.people(self._erased.people(self._number)))
            self._store.doubt(Told(people, np.full(len(people), ALL_THERE_IS)))
            if self._erased.purges_since(self._number):
                self._store.doubt_keyed()
            self._number = self._erased.number

    def _fold(self, groups: Groups, known: KnownRecords | None) -> NDArray[Any]:
        store, events = self._store, groups.events
        late = np.zeros(len(groups.slots), np.bool_)
        usage = np.empty(2 * len(events) + 16, USAGE)
        ends = np.zeros(len(groups.slots), np.int64)
        grouped = (events, groups.order, groups.starts, groups.slots)
        inputs = (grouped, store.sessions, store.partial, store.open_usage(groups.slots))
        usage, used = fold_in(*inputs, usage, late, ends)
        store.keep_usage(groups.slots[~late], usage, ends[~late])
        if known is not None:
            store.people[groups.slots] = known.people(groups.identity())
        pasts = self._pasts(groups, np.flatnonzero(late), known)
        store.remember(events)
        for group, past in pasts.items():
            usage, used = self._refold(groups.slots[group], past, groups.events_of(group), usage, used)
        store.reaches(groups.slots, store.sessions["last_at"][groups.slots])
        return usage[:used]

    def _refold(self, slot: int, past: Past, new: Events, usage: NDArray[Any], used: int) -> tuple[NDArray[Any], int]:
        """Take back what the session gave to the minutes, and fold it whole."""
        before, after = new_session(), new_session()
        usage, used = fold_again(ordered(past.given), before[0], -1, usage, used)
        usage, used = fold_again(ordered(np.concatenate([past.counting, new])), after[0], 1, usage, used)
        self._store.sessions[slot] = after[0]
        self._store.keep_usage(np.array([slot]), usage, np.array([used]))
        self._store.partial[slot] = False
        return usage, used

    def _states(self, groups: Groups) -> pl.DataFrame:
        """What the sessions are now; one that nothing is left of has no row."""
        sessions = self._store.sessions
        # a revision is newer than all before, whatever of the session is left
        sessions["offset"][groups.slots] = np.maximum(sessions["offset"][groups.slots], groups.asked)
        rows = session_rows(sessions[groups.slots], groups.identity(), self._codes).filter(pl.col("events") > 0)
        return rows.with_columns(received_date=pl.col("last_received_at").dt.date())


def _withdrawn(tables: TableReader) -> tuple[Table, ...]:
    """The primary table, where rows were ever taken out of it: their sessions are in no other table any more."""
    primary = STREAM.primary
    if tables.version(primary.name) is None:
        return ()
    taken_out = tables.table(primary.name).transaction_version(withdrawn(STREAM.name))
    return () if taken_out is None else (primary,)
