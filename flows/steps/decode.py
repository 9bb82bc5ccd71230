"""Bytes → columns: heads at once, items a kind at a time, a batch at a time; a bad line costs only itself."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from event_log import Fetched
from flows.conveyor.batch import Batch
from flows.conveyor.items import Items, added, counted, items_of
from flows.conveyor.source import Poll, taken
from flows.conveyor.text import Indexes, Text
from flows.steps.again import Again
from flows.steps.dead_letters import undecodable
from flows.steps.lines import Lines, Unread
from flows.steps.suppress import erased_counts
from schemas.shared.columns import TIMESTAMP, merged
from schemas.shared.declaration import KIND_BEHIND
from schemas.shared.defaults import fills
from schemas.shared.envelope import SCHEMA_VERSION
from schemas.shared.message import KIND_PREFIX
from schemas.shared.stream import Stream

HEAD_REQUIRED = ("schema_version", "tenant", "subject", "received_at", "consent_level")
ITEM_REQUIRED = ("event_type", "event_id", "occurred_at", "payload_digest")
"""What every head and every item has; a line without one of them is none of ours."""


class Decode:
    """The step: messages as fetched become a Batch whose rows have the stream's wire columns."""

    def __init__(self, stream: Stream, clock: Callable[[], datetime]) -> None:
        self._stream = stream
        self._clock = clock
        self._again = Again(stream.folded)
        self._heads = Lines(stream.head_columns, HEAD_REQUIRED, {"schema_version": SCHEMA_VERSION})
        self._head_fills = fills(stream.head_defaults)
        self._kinds = {kind.encode(): Lines(stream.item_columns(kind), ITEM_REQUIRED) for kind in stream.kinds}
        self._fills = {kind.encode(): fills(stream.item_defaults(kind)) for kind in stream.kinds}
        columns = merged([stream.head_columns, *map(stream.item_columns, stream.kinds)])
        self._times = [column.name for column in columns if column.dtype == TIMESTAMP]
        self._kind_of = _Kinds(tuple(self._kinds))

    def __call__(self, poll: Poll) -> Batch:
        """The items of one poll in log order within their partition, and the dead letters of what is none."""
        if not len(poll.fetched):
            return Batch(pl.DataFrame(), poll.next_offsets, ends=poll.ends, landed=poll.landed)
        fetched, erased = _without_erased(poll.fetched)
        fetched, again = self._again(fetched)
        items = items_of(fetched)
        rows, failed = self._rows(items, *self._heads(items.heads))
        passed = added(counted(fetched, items), counted(erased, items_of(erased)))
        batch = Batch(rows, poll.next_offsets, passed, items, poll.ends, poll.landed, again=again)
        now = self._clock()
        batch = batch.adding("suppressed", erased_counts(self._stream.name, erased, now))
        letters = undecodable(self._stream.name, items.letters(list(failed)), list(failed.values()), now)
        return batch.adding("dead_letters", letters)

    def _rows(self, items: Items, heads: pl.DataFrame, headless: Unread) -> tuple[pl.DataFrame, dict[int, str]]:
        """One row an item that can be read, and why the others cannot, by their index."""
        without_head = np.flatnonzero(np.isin(items.of, list(headless))).tolist() if headless else []
        failed = {index: f"head: {headless[int(items.of[index])]}" for index in without_head}
        frames: list[pl.DataFrame] = []
        for kind, indexes in self._kind_of(items.lines).items():
            frame, unread = self._frame(kind, items.lines, _without(indexes, failed))
            frames.append(frame)
            failed.update(unread)
        rows = pl.concat(frames, how="diagonal", rechunk=True) if frames else pl.DataFrame()
        if rows.is_empty():
            return rows, failed
        of = items.of[rows["index"].to_numpy()]
        heads = heads.with_columns(self._head_fills)
        rows = _joined(rows, heads[_numbered(len(items.heads), headless)[of]])
        return self._located(rows, of, items), failed

    def _frame(self, kind: bytes, lines: Text, indexes: Indexes) -> tuple[pl.DataFrame, Unread]:
        """The rows of one kind with their index among the items, and what failed with its reason."""
        if kind not in self._kinds:
            return pl.DataFrame(), {i: "unknown event_type" if lines[i] else "no item" for i in indexes.tolist()}
        frame, unread = self._kinds[kind](lines.taken(indexes))
        failed = {int(indexes[number]): why for number, why in unread.items()}
        there = pl.Series("index", _without(indexes, failed), dtype=pl.Int64)
        return frame.with_columns(there, *self._fills[kind]), failed

    def _located(self, rows: pl.DataFrame, of: NDArray[np.int64], items: Items) -> pl.DataFrame:
        """Rows with their stream, their place in the log and real timestamps."""
        fetched = items.fetched
        times = [pl.col(name).cast(TIMESTAMP) for name in self._times if name in rows.columns]
        return rows.with_columns(times).with_columns(
            pl.lit(self._stream.name).alias("stream"),
            pl.col("received_at").dt.date().alias("received_date"),
            pl.Series("log_partition", fetched.partitions[of], dtype=pl.Int32),
            pl.Series("log_offset", fetched.offsets[of], dtype=pl.Int64),
            pl.Series("log_item", items.places[rows["index"].to_numpy()], dtype=pl.Int32),
        )


def _without(indexes: Indexes, failed: Mapping[int, str]) -> Indexes:
    """Those that have not failed: usually all, and then none is looked at."""
    return indexes[~np.isin(indexes, list(failed))] if failed else indexes


def _numbered(messages: int, headless: Unread) -> NDArray[np.int64]:
    """Message → the row of its head among those that could be read."""
    read = np.ones(messages, np.int64)
    read[list(headless)] = 0
    return np.cumsum(read) - 1


def _joined(rows: pl.DataFrame, heads: pl.DataFrame) -> pl.DataFrame:
    """What an item says of itself counts before what its request says."""
    own = [pl.coalesce(pl.col(name), heads[name]).alias(name) for name in heads.columns if name in rows.columns]
    return rows.with_columns(own).hstack([heads[name] for name in heads.columns if name not in rows.columns])


def _without_erased(fetched: Fetched) -> tuple[Fetched, Fetched]:
    """What is to be read, and what an erasure has emptied on the log."""
    if all(fetched.values):
        return fetched, Fetched.nothing()
    full = np.array([bool(value) for value in fetched.values])
    return taken(fetched, full), taken(fetched, ~full)


class _Kinds:
    """Tells items by the kind that stands first in every one of them."""

    def __init__(self, kinds: Sequence[bytes]) -> None:
        self._kinds = kinds
        # as far as every kind's items begin alike; declarations see to it that kinds differ before
        self._length = len(KIND_PREFIX) + min(map(len, kinds)) + KIND_BEHIND
        beginnings = pl.Series([self._beginning(kind) for kind in kinds], dtype=pl.Binary)
        self._beginnings = beginnings.to_arrow(compat_level=pl.CompatLevel.oldest())

    def __call__(self, lines: Text) -> Mapping[bytes, Indexes]:
        """Kind → indexes of its items; what begins otherwise has kind ""."""
        found = lines.first_in(self._beginnings, self._length)
        groups = ((kind, np.flatnonzero(found == code)) for code, kind in ((-1, b""), *enumerate(self._kinds)))
        return {kind: indexes for kind, indexes in groups if len(indexes)}

    def _beginning(self, kind: bytes) -> bytes:
        """The first bytes of every item of a kind: the event id's name follows it."""
        return (KIND_PREFIX + kind + b'","event_id":"')[: self._length]
