"""The table of what could not be processed, with the bytes to try again."""

import polars as pl

from schemas.shared.columns import TIMESTAMP, Column, Table
from schemas.shared.envelope import STREAM_COLUMN

DEAD_LETTERS = Table(
    "dead_letters",
    "Items of messages that could not be processed, with their bytes; `kinelake replay` sends them again.",
    (
        STREAM_COLUMN,
        Column("stage", pl.String, "Step that refused it: decode, repeats, …"),
        Column("reason", pl.String, "Stable name of the reason, such as undecodable or event_id_conflict."),
        Column("detail", pl.String, "What exactly was wrong, without the client's data."),
        Column(
            "value",
            pl.Binary,
            "A message of the one item, head and line as they lay on the log (no client address).",
        ),
        Column("message_key", pl.Binary, "The key that the log handed out with it."),
        Column("tenant", pl.String, "The organisation, where the message could be read."),
        Column("subject", pl.String, "The person, where the message could be read."),
        Column("event_id", pl.String, "The event's id, where the message could be read."),
        Column("schema_version", pl.Int64, "Version of the stream's schema that refused it."),
        Column("log_partition", pl.Int32, "Partition of the log it lay on."),
        Column("log_offset", pl.Int64, "Its message's offset in that partition."),
        Column("log_item", pl.Int32, "Its place among the items of its message; null in rows of version 0.1."),
        Column("failed_at", TIMESTAMP, "When it was refused.", "UTC"),
        Column("received_date", pl.Date, "UTC day of failed_at; the table's partition."),
    ),
    sort_by=("stream", "log_partition", "log_offset"),
    statistics=("stream", "reason", "log_partition", "log_offset", "failed_at"),
    retention_days=30,
)
