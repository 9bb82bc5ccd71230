"""Open sessions in arrays: which slot a session has, its newest state, and its recent events for folding it again.

Memory: about 600 bytes an open session and 32 bytes of hash table, anonymous; the history is one mapped file of
`history` records (about 150 bytes each) that no name points to.
"""

import tempfile
from pathlib import Path
from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from flows.conveyor.known import Told
from flows.conveyor.seen_index import NEW, SeenIndex
from schemas.shared.origins import INGEST_KEY_COLUMN
from sinks.media.folding.events import DIMENSIONS, EVENT, Events
from sinks.media.folding.fold import disturbs, prepare, step
from sinks.media.folding.minutes import USAGE, open_rows, resume
from sinks.media.folding.session import NEW_SESSION, SESSION

KEEP_RECENT: Final = 500_000
"""A session touched within this many events stays open: what it did may not be in the tables yet."""

INGEST_KEY: Final = DIMENSIONS.index(INGEST_KEY_COLUMN.name)

_FIRST_SLOTS: Final = 1 << 14
_ALWAYS: Final = 1 << 40
_NOTHING: Final = np.empty(0, USAGE)

Slots = NDArray[np.int64]
Hashes = NDArray[np.uint64]


class SessionStore:
    """Slots of open sessions; `known` remembers every session there ever was, so that a returning one is noticed."""

    def __init__(self, limit: int, history: int, folder: Path | None, keep_recent: int = KEEP_RECENT) -> None:
        self._limit = limit
        self._keep_recent = keep_recent
        self.known = SeenIndex(folder, window=_ALWAYS)
        self.sessions = np.full(_FIRST_SLOTS, NEW_SESSION, SESSION)
        self.newest = np.full(_FIRST_SLOTS, -1, np.int64)
        self.partial = np.zeros(_FIRST_SLOTS, np.bool_)
        self.people = np.zeros(_FIRST_SLOTS, np.uint64)
        self.reach = np.full(_FIRST_SLOTS, -1, np.int64)
        self._owners = np.zeros((_FIRST_SLOTS, 2), np.uint64)
        self._free = np.arange(_FIRST_SLOTS - 1, -1, -1, dtype=np.int64)
        self._unused = _FIRST_SLOTS
        self.head = 0
        self._open_usage: dict[int, NDArray[Any]] = {}
        with tempfile.TemporaryFile(dir=folder) as file:
            file.truncate(history * EVENT.itemsize)
            self.ring = np.asarray(np.memmap(file, dtype=EVENT, mode="r+", shape=(history,)))
        self._index()

    def open(self, first: Hashes, second: Hashes) -> Slots:
        """The slot of each session, by its two hashes; a session seen before but let go is marked `partial`."""
        self._make_room(len(np.unique(first)))
        slots = np.empty(len(first), np.int64)
        opened = np.empty(len(first), np.int64)
        count = _open(first, second, *self._table, self._owners, self._free, self._unused, slots, opened)
        self._unused -= count
        if count:
            fresh = opened[:count]
            owners = self._owners[fresh]
            self.sessions[fresh] = NEW_SESSION
            self.newest[fresh] = self.reach[fresh] = -1
            self._forget_usage(fresh)
            nothing = np.zeros(count, np.int64)
            verdicts = self.known.judge(owners[:, 0].copy(), owners[:, 1].copy().view(np.int64), nothing)
            self.partial[fresh] = verdicts != NEW
        return slots

    def remember(self, events: Events) -> None:
        """Append events, in log order, to the history and link them to their session's."""
        self.head = _remember(events, self.ring, self.newest, self.head)

    def history(self, slot: int) -> Events:
        """The session's events that the history still holds, newest first."""
        found: Events = _history(self.ring, self.head, self.newest[slot])
        return found

    def doubt(self, told: Told) -> None:
        """Mark `partial` the sessions that consent records reach back to: what was folded of them may not count."""
        if len(told.people):
            places = np.searchsorted(told.people, self.people)
            theirs = told.people.take(places, mode="clip") == self.people
            self.partial |= theirs & (told.since.take(places, mode="clip") <= self.reach)

    def doubt_keyed(self) -> None:
        """Mark `partial` the sessions of which anything came with a write key: some of it may not count any more."""
        self.partial |= self.sessions["dimensions"][:, INGEST_KEY] >= 0

    def doubt_whole(self, slots: Slots) -> None:
        """Mark `partial` those of the sessions of which the history says all that they gave to the minutes.

        The table may have more than they gave: where the history is not whole, what is folded stands as it is.
        """
        for slot in slots.tolist():
            self.partial[slot] |= not self.misses(slot, len(self.history(slot)))

    def reaches(self, slots: Slots, at: NDArray[np.int64]) -> None:
        """The sessions have events up to these times, whether these count now or not."""
        self.reach[slots] = np.maximum(self.reach[slots], at)

    def remember_only(self, slot: int, events: Events) -> None:
        """Let the session's history begin anew with these events."""
        self.newest[slot] = -1
        self.remember(events)

    def misses(self, slot: int, count: int) -> bool:
        """Whether `count` events are not all that the session has had."""
        return bool(self.partial[slot]) or count != self.sessions[slot]["events"]

    def open_usage(self, slots: Slots) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """What the sessions' open stretches gave to the minutes, one after another, and where each one's begins."""
        found = [self._open_usage.get(slot, _NOTHING) for slot in slots.tolist()] if self._open_usage else []
        starts = np.zeros(len(slots) + 1, np.int64)
        np.cumsum([len(rows) for rows in found] or np.zeros(len(slots), np.int64), out=starts[1:])
        return np.concatenate([_NOTHING, *found]), starts

    def keep_usage(self, slots: Slots, usage: NDArray[Any], ends: NDArray[np.int64]) -> None:
        """Remember what the sessions' open stretches gave; each one's usage ends before its entry of `ends`."""
        self._forget_usage(slots)
        for i in np.flatnonzero(self.sessions["open_us"][slots] > 0):
            self._open_usage[int(slots[i])] = open_rows(self.sessions[slots[i]], usage, ends[i])

    def _forget_usage(self, slots: Slots) -> None:
        for slot in slots.tolist() if self._open_usage else ():
            self._open_usage.pop(slot, None)

    def _make_room(self, count: int) -> None:
        open_now = len(self._free) - self._unused
        if open_now + count > self._limit:
            self._let_go(self._limit // 2)
        while self._unused < count:
            self._grow()

    def _let_go(self, keep: int) -> None:
        """Close the sessions that were quiet longest, down to `keep`, but none that was touched recently."""
        in_use = np.setdiff1d(np.arange(len(self._free)), self._free[: self._unused], assume_unique=True)
        quiet = in_use[self.newest[in_use] < self.head - self._keep_recent]
        oldest = quiet[np.argsort(self.newest[quiet], kind="stable")]
        closed = oldest[: max(0, len(in_use) - keep)]
        self._free[self._unused : self._unused + len(closed)] = closed
        self._unused += len(closed)
        self._index()

    def _grow(self) -> None:
        slots = len(self._free)
        self.sessions = np.concatenate([self.sessions, np.full(slots, NEW_SESSION, SESSION)])
        self.newest = np.concatenate([self.newest, np.full(slots, -1, np.int64)])
        self.partial = np.concatenate([self.partial, np.zeros(slots, np.bool_)])
        self.people = np.concatenate([self.people, np.zeros(slots, np.uint64)])
        self.reach = np.concatenate([self.reach, np.full(slots, -1, np.int64)])
        self._owners = np.concatenate([self._owners, np.zeros((slots, 2), np.uint64)])
        unused = np.concatenate([np.arange(2 * slots - 1, slots - 1, -1), self._free[: self._unused]])
        self._unused = len(unused)
        self._free = np.concatenate([unused, np.zeros(2 * slots - len(unused), np.int64)]).astype(np.int64)
        self._index()

    def _index(self) -> None:
        """Build the hash table anew over the slots in use, at most a quarter full."""
        in_use = np.setdiff1d(np.arange(len(self._free)), self._free[: self._unused], assume_unique=True)
        self._table = (np.full(4 * len(self._free), -1, np.int64),)
        _fill(in_use, self._owners, self._table[0])


@njit(cache=True)
def _open(first, second, table, owners, free, unused, slots, opened):  # type: ignore[no-untyped-def]
    mask = np.uint64(len(table) - 1)
    count = 0
    for i in range(len(first)):
        at = first[i] & mask
        while table[at] >= 0 and (owners[table[at], 0] != first[i] or owners[table[at], 1] != second[i]):
            at = (at + np.uint64(1)) & mask
        if table[at] < 0:
            slot = free[unused - 1 - count]
            table[at] = slot
            owners[slot, 0] = first[i]
            owners[slot, 1] = second[i]
            opened[count] = slot
            count += 1
        slots[i] = table[at]
    return count


@njit(cache=True)
def _fill(in_use, owners, table):  # type: ignore[no-untyped-def]
    mask = np.uint64(len(table) - 1)
    for slot in in_use:
        at = owners[slot, 0] & mask
        while table[at] >= 0:
            at = (at + np.uint64(1)) & mask
        table[at] = slot


@njit(cache=True)
def _remember(events, ring, newest, head):  # type: ignore[no-untyped-def]
    for i in range(len(events)):
        slot = events[i].slot
        events[i].previous = newest[slot]
        ring[head % len(ring)] = events[i]
        newest[slot] = head
        head += 1
    return head


@njit(cache=True)
def _history(ring, head, at):  # type: ignore[no-untyped-def]
    count = 0
    walk = at
    while walk >= 0 and walk >= head - len(ring):
        count += 1
        walk = ring[walk % len(ring)].previous
    events = np.empty(count, ring.dtype)
    for i in range(count):
        events[i] = ring[at % len(ring)]
        at = ring[at % len(ring)].previous
    return events


@njit(cache=True)
def fold_in(groups, sessions, partial, opened, usage, late, ends):  # type: ignore[no-untyped-def]
    """Fold each session's new events into its state; what disturbs the past is marked late.

    `groups` are events, order, starts, slots; `opened` the open stretches' usage and its starts; `ends` where each
    one's usage ends now.
    """
    events, order, starts, slots = groups
    rows_open, begins = opened
    used = 0
    for group in range(len(starts) - 1):
        rows = order[starts[group] : starts[group + 1]]
        slot = slots[group]
        session = sessions[slot]
        ended = session.ended != 0
        late[group] = partial[slot]
        for row in rows:
            late[group] = late[group] or (session.events > 0 and disturbs(session, events[row], ended))
            if not late[group]:
                ended = prepare(session, events[row], ended)
        if not late[group]:
            usage, used = resume(session, rows_open[begins[group] : begins[group + 1]], usage, used)
            for row in rows:
                usage, used = step(session, events[row], 1, usage, used)
        ends[group] = used
    return usage, used
