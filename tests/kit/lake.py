"""Tables and a log filled by hand, as a flow and a gateway would leave them."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import polars as pl

from event_log import Record, open_publisher
from kinelake.installation import Installation
from schemas.media.events import STREAM
from schemas.shared.columns import Table
from schemas.shared.dead_letters import DEAD_LETTERS
from schemas.shared.envelope import SCHEMA_VERSION
from schemas.shared.suppressed import SUPPRESSED
from sinks.delta_sink import DeltaSink

AT = datetime(2026, 2, 17, 10, tzinfo=UTC)
TABLES = (STREAM.primary, *STREAM.derived_tables, SUPPRESSED, DEAD_LETTERS)


def publish(installation: Installation, values: Sequence[bytes], key: bytes = b"", stream: str = STREAM.name) -> None:
    """Puts messages on a stream's topic; the empty key is partition 0."""
    installation.log.ensure_topic(stream)

    async def send() -> None:
        publisher = open_publisher(installation.settings.log_url, installation.settings)
        await publisher.publish(stream, [Record(key, value) for value in values])
        await publisher.close()

    asyncio.run(send())


def commit(installation: Installation, rows: Mapping[str, pl.DataFrame], next_offset: int, passed: int) -> None:
    """One commit of the media flow, partition 0 up to that offset, with so many items passed since the last."""
    sink = DeltaSink(installation.location, TABLES, STREAM.name, range(12), installation.settings)
    sink.open()
    sink.commit(rows, {0: next_offset}, {0: passed})


def rows(table: Table, *given: Mapping[str, Any]) -> pl.DataFrame:
    """Rows of a table, null where nothing is given."""
    return pl.DataFrame([{**dict.fromkeys(table.schema.names()), **row} for row in given], schema=table.schema)


def event(offset: int, at: datetime = AT) -> dict[str, Any]:
    """A row of media_events."""
    place = {"log_partition": 0, "log_offset": offset, "log_item": 0}
    return {"stream": STREAM.name, "tenant": "o", "occurred_at": at, "received_date": at.date(), **place}


def dead(offset: int, value: bytes, at: datetime = AT, **more: Any) -> dict[str, Any]:
    """A row of dead_letters."""
    named = {"stream": STREAM.name, "stage": "decode", "reason": "undecodable", "value": value}
    item = {"message_key": b"", "schema_version": SCHEMA_VERSION}
    return {
        **named,
        **item,
        "log_partition": 0,
        "log_offset": offset,
        "failed_at": at,
        "received_date": at.date(),
        **more,
    }


def suppressed(offset: int, reason: str, count: int = 1, at: datetime = AT) -> dict[str, Any]:
    """A row of suppressed."""
    place = {"log_partition": 0, "first_offset": offset, "last_offset": offset + count - 1}
    named = {"stream": STREAM.name, "reason": reason, "minute": at, "count": count}
    return {**named, **place, "received_date": at.date()}
