"""Everybody's consent records: from the table at first, then from the log, read to its end before each decision.

All partitions are read, whatever share of its own stream a flow has: a person's records are on one of them, and nobody
knows on which. One reader serves all flows of a process.
"""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import datetime

import polars as pl
import structlog

from event_log import Fetched, LogOptions, Reader, open_admin, open_reader
from event_log.faults import LogUnavailable
from flows.consent.held import HASHED, RECORD, Held, Sorted, mixed
from flows.conveyor.source import Poll
from flows.steps.decode import Decode
from schemas.consent import STREAM
from sinks.location import Location
from sinks.reader import TableReader

POLL_MESSAGES = 10_000
POLL_SECONDS = 0.2
PATIENCE_SECONDS = 10.0
"""So long the log may take to hand out what it says it has."""

log = structlog.get_logger()


class LogRecords:
    """A `ConsentRecords`; opened at its first use, and again after an error."""

    def __init__(self, options: LogOptions, location: Location, clock: Callable[[], datetime]) -> None:
        self._options = options
        self._location = location
        self._decode = Decode(STREAM, clock)
        self._turn = threading.Lock()
        self._reader: Reader | None = None
        self._held = Held(Sorted.nothing(), Sorted.nothing(), {})
        self._began = float("-inf")

    def newest(self) -> Held:
        """All that lay on the log when this was called; who waits for another's reading shares it.

        Raises:
            LogUnavailable: the log does not say where it ends, or does not hand out what it has.
            TablesUnavailable: the table cannot be read.
        """
        asked = time.monotonic()
        with self._turn:
            # a reading that began after this was asked for has all of it
            if self._began <= asked:
                began = time.monotonic()
                self._read()
                self._began = began
            return self._held

    def close(self) -> None:
        """Let go of the log; the next use opens it again."""
        with self._turn:
            self._forget()

    def _read(self) -> None:
        try:
            reader = self._reader or self._opened()
            self._read_to(reader, reader.end_offsets())
        except LogUnavailable:
            # what is known stays, and the reader goes on when the log is back
            raise
        except BaseException:
            self._forget()
            raise

    def _opened(self) -> Reader:
        """Reads the table, and opens the log where the table ends."""
        with closing(open_admin(self._options.log_url, self._options)) as admin:
            admin.ensure_topic(STREAM.name, STREAM.max_record_bytes)
        tables, partitions = TableReader(self._location), range(self._options.partitions)
        there = self._location.exists(STREAM.primary.name)
        # offsets before rows: what is committed in between is read twice, and counts once
        starts = tables.offsets(STREAM.primary.name, STREAM.name, partitions) if there else dict.fromkeys(partitions, 0)
        settled = stored(tables) if there else Sorted.nothing()
        self._reader = open_reader(self._options.log_url, STREAM.name, starts, self._options)
        self._held = Held(settled, Sorted.nothing(), dict(starts) if len(settled) else {})
        self._reached = dict(starts)
        log.info("consent records read", records=len(settled), mebibytes=round(settled.bytes / 2**20, 1))
        return self._reader

    def _read_to(self, reader: Reader, ends: Mapping[int, int]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while any(self._reached[partition] < end for partition, end in ends.items()):
            fetched = reader.poll(POLL_MESSAGES, POLL_SECONDS)
            if len(fetched):
                self._take(fetched)
            elif time.monotonic() > deadline:
                raise LogUnavailable("the log does not hand out the consent records that it has; nothing is decided")

    def _take(self, fetched: Fetched) -> None:
        for partition, offset in zip(fetched.partitions.tolist(), fetched.offsets.tolist(), strict=True):
            self._reached[partition] = offset + 1
        rows = self._decode(Poll(fetched, {})).rows
        new = Sorted.of(records(rows.select(*HASHED, *NUMBERS))) if rows.height else Sorted.nothing()
        self._held = self._held.adding(new, dict(self._reached))

    def _forget(self) -> None:
        if self._reader is not None:
            self._reader.close()
        self._reader = None
        self._held = Held(Sorted.nothing(), Sorted.nothing(), {})
        # who waits for their turn is not to take this nothing for what was read after they asked
        self._began = float("-inf")


def stored(tables: TableReader) -> Sorted:
    """The table's records; its texts are hashed as they are read, and never all in memory."""
    rows = tables.scan(STREAM.primary.name).select(*HASHED, *NUMBERS)
    return Sorted.of(records(rows.collect(engine="streaming")))


NUMBERS = ("effective_at", "received_at", "record_number", "level", "log_offset", "log_partition")


def records(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of the stream that have been HASHED as `held.Sorted` has them; who names no time says it as it comes in."""
    found = rows.select(
        since=pl.coalesce("effective_at", "received_at").cast(pl.Int64),
        number=pl.col("record_number").fill_null(0),
        offset="log_offset",
        partition="log_partition",
        level="level",
    )
    return found.cast(RECORD).with_columns(person=pl.Series(mixed(rows), dtype=pl.UInt64))
