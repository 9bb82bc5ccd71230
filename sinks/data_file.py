"""One Parquet file of a table, and the Delta action that adds it.

Polars writes it: an event's rows take half of the time, and less memory, than through Delta's own writer.
"""

import json
import time
import uuid
from collections.abc import Collection
from datetime import UTC, datetime
from itertools import accumulate
from typing import Any

import polars as pl
from deltalake import DeltaTable
from deltalake.fs import DeltaStorageHandler
from deltalake.transaction import AddAction

from schemas.shared.columns import Table


def added(table: DeltaTable, declared: Table, rows: pl.DataFrame, row_group: int, *, changes: bool = True) -> AddAction:
    """Writes sorted rows of one partition as a file, and returns the action that makes them the table's.

    Until that is committed no reader sees the file; if it never is, vacuum removes it. `changes` False says that
    readers see the same rows as before.
    """
    (partition,) = declared.partition_by
    day = rows[partition][0].isoformat()
    path = f"{partition}={day}/part-{uuid.uuid4()}.parquet"
    rows = rows.drop(partition)
    rows.write_parquet(
        data_uri(table, path), compression="zstd", compression_level=1, row_group_size=row_group, mkdir=True
    )
    (info,) = DeltaStorageHandler(table.table_uri).get_file_info([path])
    stats = json.dumps(_statistics(rows, bounded(declared)))
    return AddAction(path, info.size, {partition: day}, milliseconds(), changes, stats)


def parts(declared: Table, rows: pl.DataFrame) -> list[pl.DataFrame]:
    """The rows of each partition as slices; rows of one partition stand together."""
    (partition,) = declared.partition_by
    lengths = rows[partition].rle().struct.field("len").to_list()
    starts = accumulate(lengths, initial=0)
    return [rows.slice(start, length) for start, length in zip(starts, lengths, strict=False)]


def data_uri(table: DeltaTable, path: str) -> str:
    """Where polars finds a file of the table."""
    return f"{table.table_uri.removeprefix('file://').rstrip('/')}/{path}"


def bounded(declared: Table) -> list[str]:
    """The columns with min and max per file."""
    return [name for name in declared.statistics if name not in declared.partition_by]


def milliseconds() -> int:
    """The time now as Delta's actions have it."""
    return int(time.time() * 1000)


def _statistics(rows: pl.DataFrame, names: Collection[str]) -> dict[str, Any]:
    """Delta's per-file statistics."""
    return {
        "numRecords": rows.height,
        "minValues": {name: _plain(rows[name].min()) for name in names if rows[name].min() is not None},
        "maxValues": {name: _plain(rows[name].max()) for name in names if rows[name].max() is not None},
        "nullCount": {name: rows[name].null_count() for name in names},
    }


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if isinstance(value, datetime) else value
