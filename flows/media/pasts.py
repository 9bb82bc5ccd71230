"""The earlier events of sessions that are folded again: what their minutes are made of, and what of it still counts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from flows.conveyor.known import KnownRecords
from flows.media.groups import Groups
from flows.media.store import SessionStore
from schemas.media.events import STREAM
from schemas.media.sessions import SESSION_KEY
from schemas.shared.columns import TIMESTAMP
from schemas.shared.consent_rules import FULL
from schemas.shared.scopes import INGEST_KEY
from sinks.media.folding.codes import Codes
from sinks.media.folding.events import DIMENSIONS, Events
from sinks.media.folding.records import NEEDED, records

_KEY: Final = DIMENSIONS.index(INGEST_KEY)

Scan = Callable[[str], pl.LazyFrame]
"""A table by its name, at its newest version."""

Unerased = Callable[[pl.DataFrame], pl.Series]
"""Which of some events (tenant, subject, session_id, ingest_key, occurred_at, received_at) no erasure takes."""

Committed = Callable[[], Mapping[int, int]]
"""Where the primary table stands, by partition."""


def everything(events: pl.DataFrame) -> pl.Series:
    """Where nobody is erased."""
    return pl.repeat(value=True, n=events.height, eager=True)


def nowhere() -> Mapping[int, int]:
    """Of a table that has nothing yet."""
    return {}


@dataclass(frozen=True, slots=True)
class Past:
    """A session's earlier events: `given` are those that the minutes have, `counting` those that consent allows."""

    given: Events
    counting: Events


class Pasts:
    """Finds them: in the history or, where that does not reach, in the primary table."""

    def __init__(
        self,
        store: SessionStore,
        scan: Scan,
        codes: Mapping[str, Codes],
        committed: Committed,
        unerased: Unerased,
    ) -> None:
        self._store = store
        self._scan = scan
        self._codes = codes
        self._committed = committed
        self._unerased = unerased

    def __call__(self, groups: Groups, late: NDArray[np.int64], known: KnownRecords | None) -> Mapping[int, Past]:
        """Late group → its session's past, by the consent records that are `known`."""
        histories = {int(group): self._store.history(groups.slots[group]) for group in late}
        doubted = {group for group, past in histories.items() if len(past) and self._store.partial[groups.slots[group]]}
        kept = {group: self._uncommitted(groups, group, histories[group]) for group in doubted}
        short = [group for group, past in histories.items() if self._store.misses(groups.slots[group], len(past))]
        stored = self._stored(groups, short)
        every = _with(histories, stored)
        allowed = self._left(groups, _allowed(groups, _with(histories | kept, stored), known))
        for group, past in every.items():
            self._store.reaches(groups.slots[[group]], past["at"].max(initial=-1))
        for group in doubted:
            self._store.remember_only(groups.slots[group], allowed[group])
        folded = {group: self._given(groups, group, histories[group], every[group]) for group in doubted}
        # what erased events gave to the minutes, the erasure takes off itself
        given = {**allowed, **self._left(groups, folded)}
        return {group: Past(given[group], allowed[group]) for group in every}

    def _left(self, groups: Groups, pasts: Mapping[int, Events]) -> Mapping[int, Events]:
        """What of them no erasure has taken; all decided at once."""
        if not pasts:
            return pasts
        chosen, sizes = list(pasts), [len(past) for past in pasts.values()]
        rows = groups.identity(chosen)[np.repeat(np.arange(len(chosen)), sizes)].with_columns(
            pl.Series(name, np.concatenate([past[field] for past in pasts.values()])).cast(TIMESTAMP)
            for name, field in (("occurred_at", "at"), ("received_at", "received"))
        )
        keys = np.concatenate([past["dimensions"][:, _KEY] for past in pasts.values()])
        rows = rows.with_columns(self._codes[INGEST_KEY].decode(keys).alias(INGEST_KEY))
        stays = np.split(self._unerased(rows).to_numpy(), np.cumsum(sizes)[:-1])
        return {group: past[mask] for (group, past), mask in zip(pasts.items(), stays, strict=True)}

    def _given(self, groups: Groups, group: int, history: Events, every: Events) -> Events:
        """What an open session was folded from: its history where it is whole, whatever the table has of it now."""
        return history if len(history) == self._store.sessions["events"][groups.slots[group]] else every

    def _uncommitted(self, groups: Groups, group: int, past: Events) -> Events:
        """What is on its way to the table: what is there and what is not there any more is the table's to say."""
        partition = groups.identity([group])["log_partition"].item()
        found: Events = past[past["offset"] >= self._committed().get(partition, 0)]
        return found

    def _stored(self, groups: Groups, chosen: list[int]) -> Mapping[int, Events]:
        """The committed events of some groups' sessions, one scan of the primary table for all of them."""
        if not chosen:
            return {}
        keys = groups.identity(chosen).with_columns(group=pl.Series(chosen, dtype=pl.Int64))
        near = [pl.col(name).is_in(keys[name].unique().implode()) for name in ("tenant", "session_id")]
        scan = self._scan(STREAM.primary.name).filter(*near).select(NEEDED)
        rows = scan.join(keys.lazy(), on=SESSION_KEY).collect()
        events, belongs = records(rows, self._codes), rows["group"].to_numpy()
        return {group: _of(groups, group, events[belongs == group]) for group in chosen}


def _of(groups: Groups, group: int, events: Events) -> Events:
    """The events with their session's slot."""
    events["slot"] = groups.slots[group]
    return events


def _with(histories: Mapping[int, Events], stored: Mapping[int, Events]) -> dict[int, Events]:
    """The table's events, and those of the history that it does not have."""

    def both(history: Events, rows: Events) -> Events:
        joined: Events = np.concatenate([rows, history[~np.isin(history["offset"], rows["offset"])]])
        return joined

    return {group: both(past, stored[group]) if group in stored else past for group, past in histories.items()}


def _allowed(groups: Groups, pasts: Mapping[int, Events], known: KnownRecords | None) -> Mapping[int, Events]:
    """What the records let through at the time of each event, at the level that they leave it; all decided at once."""
    if known is None or not known.known or not pasts:
        return pasts
    chosen, sizes = list(pasts), [len(past) for past in pasts.values()]
    times = pl.Series("occurred_at", np.concatenate([past["at"] for past in pasts.values()])).cast(TIMESTAMP)
    people = groups.identity(chosen)[np.repeat(np.arange(len(chosen)), sizes)]
    levels = known.levels(people.with_columns(times)).fill_null(FULL).to_numpy()
    parts = np.split(levels, np.cumsum(sizes)[:-1])
    return {group: _lowered(past, part) for (group, past), part in zip(pasts.items(), parts, strict=True)}


def _lowered(events: Events, levels: NDArray[np.int64]) -> Events:
    """Copies of the events that may stay at these levels."""
    kept: Events = events[levels >= STREAM.consent_level]
    kept["consent"] = np.minimum(kept["consent"], levels[levels >= STREAM.consent_level])
    return kept
