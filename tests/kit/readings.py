"""A primary and a derived table made for these tests, the rows of their log, and what landed."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import polars as pl

from schemas.shared.columns import TIMESTAMP, Column, Table
from sinks.delta_sink import DeltaSink
from sinks.location import Location
from sinks.options import SinkOptions
from sinks.reader import TableReader

COLUMNS = (
    Column("tenant", pl.String, "Whose."),
    Column("session_id", pl.String, "Which."),
    Column("event_id", pl.String, "One."),
    Column("occurred_at", TIMESTAMP, "When.", "UTC"),
    Column("value", pl.Float64, "How much.", "ms"),
    Column("log_partition", pl.Int32, "Where on the log."),
    Column("log_offset", pl.Int64, "Where in the partition."),
    Column("received_date", pl.Date, "Day."),
)
READINGS = Table("readings", "For tests.", COLUMNS)
PEAKS = Table("peaks", "What a flow makes of readings: every third one.", COLUMNS)
DAY = date(2026, 2, 1)
NOON = datetime(2026, 2, 1, 12, tzinfo=UTC)


def rows(first: int, count: int, day: date = DAY, partition: int = 0) -> pl.DataFrame:
    """The readings at some offsets of a partition of the log, sessions in no order."""
    offsets = range(first, first + count)
    return pl.DataFrame(
        {
            "tenant": ["t"] * count,
            "session_id": [f"{offset * 7919 % 97:02}" for offset in offsets],
            "event_id": [f"{partition}-{offset}" for offset in offsets],
            "occurred_at": [NOON + timedelta(seconds=offset) for offset in offsets],
            "value": [float(offset) for offset in offsets],
            "log_partition": [partition] * count,
            "log_offset": list(offsets),
            "received_date": [day] * count,
        },
        schema=READINGS.schema,
    )


def opened(
    location: Location,
    partitions: Sequence[int] = (0,),
    tables: Sequence[Table] = (READINGS,),
    options: SinkOptions | None = None,
) -> DeltaSink:
    """The flow's sink over the tables as they are now."""
    sink = DeltaSink(location, tables, "flow", partitions, options or SinkOptions(commit_attempts=3))
    sink.open()
    return sink


def advance(sink: DeltaSink, next_offsets: Mapping[int, int]) -> None:
    """What a flow does: from where the primary table stands, without what the derived one has beyond it."""
    sink.commit(
        {
            "readings": _between(sink.offsets(), next_offsets),
            "peaks": _between(sink.offsets("peaks"), next_offsets).filter(pl.col("log_offset") % 3 == 0),
        },
        next_offsets,
        {},
    )


def stored(location: Location, table: str = "readings", partition: int = 0) -> list[int]:
    """The offsets of a partition that a table has, in order."""
    found = TableReader(location).scan(table).filter(pl.col("log_partition") == partition).collect()
    return sorted(found["log_offset"].to_list())


def _between(begin: Mapping[int, int], end: Mapping[int, int]) -> pl.DataFrame:
    return pl.concat(rows(begin[p], max(0, end[p] - begin[p]), partition=p) for p in end)
