"""A session's events as JSON, some at a time, so that a session of a million events does not fill memory.

Their order is read first, a few bytes an event; then the events themselves in that order, as many at a time as their
payloads allow. All are read from the files that there were when the order was read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
import polars as pl
from msgspec import Raw, Struct

from query_api.faults import RowsGone
from query_api.tables import EARLIEST, LATEST, Extent, Tables
from schemas.capture.events import EVENTS
from schemas.shared.times import microseconds, text

PAGE_EVENTS: Final = 5_000
PAGE_BYTES: Final = 4 * 2**20
"""Of payloads."""
ORDER: Final = ("timestamp_ms", "position")
SHOWN: Final = ("position", "interaction", "timestamp_ms", "x", "y", "target", "payload", "occurred_at")
NULL: Final = Raw(b"null")


class SessionEvent(Struct, frozen=True):
    """One event; `id` is its place in the session in the order in which events were taken in."""

    id: int
    session_id: str
    event_type: str
    timestamp_ms: int
    x: int | None
    y: int | None
    target: str | None
    payload: Raw
    created_at: str


@dataclass(frozen=True)
class SessionEvents:
    """The events of one session in the order of `timestamp_ms`, then `position`.

    `order` (N): ORDER and `bytes`, the size of the payload.
    """

    session_id: str
    rows: pl.LazyFrame
    order: pl.DataFrame

    @classmethod
    def of(cls, tables: Tables, tenant: str, session_id: str) -> "SessionEvents":
        """Those that the tables have now."""
        rows = tables.rows(EVENTS.primary, Extent(tenant, "occurred_at", EARLIEST, LATEST, session_id))
        return cls.among(rows, session_id)

    @classmethod
    def among(cls, rows: pl.LazyFrame, session_id: str) -> "SessionEvents":
        """Those that are among rows of capture_events, all of them the session's."""
        size = pl.col("payload").str.len_bytes().fill_null(0).alias("bytes")
        return cls(session_id, rows.select(SHOWN), rows.select(*ORDER, size).sort(ORDER).collect())

    @property
    def count(self) -> int:
        """How many there are."""
        return self.order.height

    @property
    def last_ms(self) -> int | None:
        """The largest timestamp_ms; None without events."""
        return self.order["timestamp_ms"][-1] if self.count else None

    def part(self, offset: int, limit: int | None) -> "SessionEvents":
        """Some of them, in the same order."""
        return SessionEvents(self.session_id, self.rows, self.order.slice(offset, limit))

    def pages(self) -> Iterator[bytes]:
        """JSON of one event after the other with a comma between two, some at a time.

        Raises RowsGone where some of them are not there any more.
        """
        for number, page in enumerate(self._pages()):
            objects = msgspec.json.encode([self._event(row) for row in self._read(page).iter_rows(named=True)])
            yield b"," * (number > 0) + objects[1:-1]

    def _pages(self) -> Iterator[pl.DataFrame]:
        by_size = pl.col("bytes").cum_sum() // PAGE_BYTES
        number = by_size + pl.int_range(pl.len()) // PAGE_EVENTS
        for _, page in self.order.with_columns(page=number).group_by("page", maintain_order=True):
            yield page

    def _read(self, page: pl.DataFrame) -> pl.DataFrame:
        least, most = page["timestamp_ms"][0], page["timestamp_ms"][-1]
        # by values and not by a join, so that of all other events not even the payload is decoded
        these = pl.col("position").is_in(pl.lit(page["position"].implode()))
        found = self.rows.filter(pl.col("timestamp_ms").is_between(least, most), these).collect().sort(ORDER)
        if found.height != page.height:
            raise RowsGone("events of this session went while they were read; ask again")
        return found

    def _event(self, row: dict[str, Any]) -> SessionEvent:
        payload = NULL if row["payload"] is None else Raw(row["payload"].encode())
        at: datetime = row["occurred_at"]
        said = row["interaction"], row["timestamp_ms"], row["x"], row["y"], row["target"]
        return SessionEvent(row["position"], self.session_id, *said, payload, text(microseconds(at)))
